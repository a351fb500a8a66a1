package org.dlrm4j.model;

/** Where the deep MLP of a DCNv2 stands. */
public enum CrossStructure {
    /** Behind the cross network, whose output it reads. */
    STACKED,
    /** Beside the cross network; the last layer reads both. */
    PARALLEL
}
