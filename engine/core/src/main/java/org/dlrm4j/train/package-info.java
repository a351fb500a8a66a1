/**
 * Optimizers, learning-rate schedule, trainer, metrics and checkpoints.
 */
package org.dlrm4j.train;
