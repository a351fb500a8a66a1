package org.dlrm4j.os;

/** What a program tells the kernel about its future accesses to a mapping, see {@code madvise(2)}. */
public enum Advice {
    /** Moderate read-ahead: the kernel's default, and the right choice unless a measurement says otherwise. */
    NORMAL(0),
    /**
     * No read-ahead. Random lookups in a cold table fault faster, but Linux from 6.3 on reclaims such pages eagerly, so
     * that a table that would have stayed in memory keeps faulting. Measure major faults before using it.
     */
    RANDOM(1),
    /** Aggressive read-ahead; pages may be dropped soon after use. */
    SEQUENTIAL(2),
    /** Start reading the range in the background. */
    WILL_NEED(3),
    /** Back the range with huge pages where the file system can. */
    HUGE_PAGE(Libc.MADV_HUGEPAGE),
    /** Back the range with pages of the smallest size only, for example to measure what huge pages gain. */
    SMALL_PAGE(Libc.MADV_NOHUGEPAGE),
    /** Collapse the range into huge pages now, best effort (Linux 6.1). */
    COLLAPSE(25);

    final int code;

    Advice(int code) {
        this.code = code;
    }
}
