/**
 * {@code dlrm bench}: whole models under load. Measures and reports; what is measured is the engine's, and benchmarks of single
 * kernels are elsewhere.
 */
package org.dlrm4j.cli.bench;
