/**
 * Embedding tables in anonymous or file-backed memory, and model directories that appear atomically. Whoever
 * opens closes; a committed generation is never changed in place, and a sealed table only by whoever opens it for
 * writing. Nothing here knows what a model computes.
 */
package org.dlrm4j.store;
