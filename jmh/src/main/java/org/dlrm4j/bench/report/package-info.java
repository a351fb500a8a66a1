/**
 * What binds a model on a machine, and what would on another: limits, work and times of each operator, a model fitted to
 * them, and the page that shows all of it. Reads the engine through its public API; kernels are timed elsewhere.
 */
package org.dlrm4j.bench.report;
