/**
 * Embedding tables in anonymous or file-backed memory, and model directories that appear atomically. Whoever
 * opens closes; files that were sealed are never changed in place. Nothing here knows what a model computes.
 */
package org.dlrm4j.store;
