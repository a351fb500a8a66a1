package org.dlrm4j.bench;

/** Size of the pages that hold a table. */
public enum PageSize {
    /** Huge pages where the kernel grants them, as the engine asks for. */
    HUGE,
    /** Pages of the smallest size, 4 KiB on x86. */
    SMALL
}
