/**
 * Where samples come from: Criteo text and its preprocessing into the binary click log, feature dictionaries,
 * synthetic data, and the batches that models eat. Data flows from here to the other packages; nothing here knows
 * about models.
 */
package org.dlrm4j.data;
