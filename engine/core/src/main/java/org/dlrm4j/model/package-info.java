/**
 * Model definitions and their layers: configuration, parameters, forward and backward. Nothing here chooses an
 * optimizer or reads a data set.
 */
package org.dlrm4j.model;
