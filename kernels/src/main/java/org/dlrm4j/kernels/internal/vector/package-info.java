/**
 * Kernels on the JDK's Vector API: the only library package that imports the incubating module. Each class has a
 * sibling of the same stem in {@code scalar} that computes the same thing.
 */
package org.dlrm4j.kernels.internal.vector;
