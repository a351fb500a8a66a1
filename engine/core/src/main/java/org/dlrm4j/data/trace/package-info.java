/**
 * Traces of row numbers: profiled by stack distance, made anew from a profile, compared. A trace is the sequence of rows
 * of one embedding table in the order of their lookups. What is generated feeds {@link org.dlrm4j.data.StreamSource}; no
 * class here knows about samples or models.
 */
package org.dlrm4j.data.trace;
