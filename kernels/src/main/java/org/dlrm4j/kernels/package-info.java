/**
 * Checked facade over float32 kernels on native memory: sparse-length-sum, matrix products, feature interaction,
 * element-wise functions, losses and optimizer steps. Every method checks shapes, ranges and indices once per call and
 * then runs an implementation that trusts them; {@link org.dlrm4j.kernels.KernelInfo} tells which one was chosen. Nothing
 * here allocates, logs after start-up, starts threads or keeps state.
 */
package org.dlrm4j.kernels;
