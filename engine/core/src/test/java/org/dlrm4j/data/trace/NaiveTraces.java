package org.dlrm4j.data.trace;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.dlrm4j.data.NumpyRandom;

/** Stack distances and the reference's generator by lists, as slow as they are plain; and traces to try them on. */
final class NaiveTraces {
    private NaiveTraces() {}

    static long[] distances(long[] trace) {
        List<Long> stack = new ArrayList<>();
        long[] distances = new long[trace.length];
        for (int i = 0; i < trace.length; i++) {
            int at = stack.indexOf(trace[i]);
            if (at >= 0) {
                distances[i] = stack.size() - at;
                stack.remove(at);
            }
            stack.add(trace[i]);
        }
        return distances;
    }

    /** The share of accesses that a cache hits which is empty at first. */
    static double hitRate(long[] trace, int cacheRows) {
        List<Long> cache = new ArrayList<>();
        int hits = 0;
        for (long row : trace) {
            if (cache.remove((Long) row)) {
                hits++;
            } else if (cache.size() == cacheRows) {
                cache.removeFirst();
            }
            cache.add(row);
        }
        return (double) hits / trace.length;
    }

    static long[] generate(TraceProfile profile, int length, int seed, boolean move, boolean padding) {
        List<Long> lines = new ArrayList<>();
        for (long row : profile.rows()) {
            lines.add(row);
        }
        long[] distances = profile.distances();
        double[] cumulative = profile.cumulative();
        NumpyRandom random = new NumpyRandom(seed);
        long[] trace = new long[length];
        int seen = 0;
        for (int t = 0; t < length; t++) {
            double u = random.nextDouble();
            if (seen < distances[distances.length - 1]) {
                int j = 0;
                while (j + 1 < distances.length && distances[j + 1] <= seen) {
                    j++;
                }
                u *= cumulative[j];
            } else if (padding) {
                u = (1 - cumulative[0]) * u + cumulative[0];
            }
            int d = 0;
            while (d < distances.length - 1 && u > cumulative[d]) {
                d++;
            }
            int at = distances[d] == 0 ? 0 : lines.size() - (int) distances[d];
            trace[t] = lines.get(at);
            seen += distances[d] == 0 ? 1 : 0;
            if (move || distances[d] == 0) {
                lines.add(lines.remove(at));
            }
        }
        return trace;
    }

    /** Rows of which some are popular, with drifting popularity and immediate repetitions. */
    static long[] drifting(long seed, int length, int rows) {
        Random random = new Random(seed);
        long[] trace = new long[length];
        for (int i = 0; i < length; i++) {
            double u = random.nextDouble();
            long row = (long) (rows * u * u * u) + (long) i * rows / length / 2;
            trace[i] = i > 0 && random.nextInt(10) == 0 ? trace[i - 1] : 1_000_000_007L * (row + 1);
        }
        return trace;
    }

    static TraceProfiler profiler(long[] trace) {
        TraceProfiler profiler = new TraceProfiler();
        for (long row : trace) {
            profiler.add(row);
        }
        return profiler;
    }
}
