/**
 * Micro-benchmarks of the kernels and of the whole model, and the machine's limits to hold them against. One class per
 * kernel, nothing that a library needs. {@code BenchmarkCorrectnessTest} checks the answer of each benchmark, so that only
 * right answers are timed.
 */
package org.dlrm4j.bench;
