package org.dlrm4j.bench.peers;

/**
 * One engine doing one row's work.
 *
 * @param engine its name
 * @param call the work; each call takes the engine's next batch
 */
record Contestant(String engine, Runnable call) {}
