package org.dlrm4j.serve;

import java.time.Duration;

/**
 * What a warm-up reached. Until the JVM's optimizing compiler has translated the kernels, a request takes some hundred times
 * as long as afterwards; this tells how far it got.
 *
 * @param samples samples of each call
 * @param calls number of calls
 * @param firstCall time of the first call
 * @param fastestCall mean time of a call in the fastest stretch of 20 ms
 * @param total time of the whole warm-up
 * @param steady whether calls stopped getting faster before the budget was spent
 */
public record WarmUp(int samples, long calls, Duration firstCall, Duration fastestCall, Duration total,
        boolean steady) {}
