/**
 * The choice between implementations and the interfaces they share; primitives and segments only. An interface has one
 * loaded implementation per JVM, so that calls through it stay monomorphic. No import of the incubating vector module.
 */
package org.dlrm4j.kernels.internal;
