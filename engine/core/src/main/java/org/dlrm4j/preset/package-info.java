/**
 * Published models with the shape of their data, for measurements: what is looked up, how often, in tables of which size.
 * Everything is made up here but the shapes; nothing is read or downloaded.
 */
package org.dlrm4j.preset;
