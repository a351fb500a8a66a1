/**
 * Kernels in plain Java: what runs where the vector module is missing. Each class has a sibling of the same stem in
 * {@code vector}. Not the tests' oracle, which is written independently in double precision.
 */
package org.dlrm4j.kernels.internal.scalar;
