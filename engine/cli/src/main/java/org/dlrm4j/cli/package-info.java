/** The {@code dlrm} command: argument parsing, progress, tables for people. No logic that a library user could want. */
package org.dlrm4j.cli;
