package org.dlrm4j.bench;

/** How lookups spread over a table's rows. */
public enum IndexDistribution {
    /** Every row is equally likely: the worst case for caches. */
    UNIFORM,
    /** Zipf's law with exponent {@value ZipfSampler#EXPONENT}, about what click logs show. Popular rows are scattered. */
    ZIPF
}
