/**
 * Scoring for embedding applications: opens a model directory, maps its tables, packs its dense weights, and
 * hands out thread-confined scorers that do not allocate.
 */
package org.dlrm4j.serve;
