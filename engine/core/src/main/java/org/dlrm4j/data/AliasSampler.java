package org.dlrm4j.data;

/** Draws from a finite distribution in constant time by Walker's alias method, as Vose (1991) sets up its table. */
final class AliasSampler {
    private static final long LOWER = 0xffffffffL;

    /** Threshold in the lower half, alias in the upper one: a draw touches one cache line. */
    private final long[] columns;

    /** Prepares weights, which need not sum to one. */
    AliasSampler(double[] weights) {
        int n = weights.length;
        int[] alias = new int[n];
        int[] threshold = new int[n];
        double sum = 0;
        for (double weight : weights) {
            sum += weight;
        }
        double[] scaled = new double[n];
        int[] small = new int[n];
        int[] large = new int[n];
        int smalls = 0;
        int larges = 0;
        for (int i = 0; i < n; i++) {
            scaled[i] = weights[i] / sum * n;
            if (scaled[i] < 1) {
                small[smalls++] = i;
            } else {
                large[larges++] = i;
            }
            alias[i] = i;
            threshold[i] = Integer.MAX_VALUE;
        }
        while (smalls > 0 && larges > 0) {
            int poor = small[--smalls];
            int rich = large[larges - 1];
            threshold[poor] = (int) (scaled[poor] * 0x1p31);
            alias[poor] = rich;
            scaled[rich] -= 1 - scaled[poor];
            if (scaled[rich] < 1) {
                larges--;
                small[smalls++] = rich;
            }
        }
        columns = new long[n];
        for (int i = 0; i < n; i++) {
            columns[i] = (long) alias[i] << 32 | threshold[i];
        }
    }

    /** Turns 64 random bits into a deviate: the upper half chooses the column, the lower tosses its coin. */
    int sample(long bits) {
        long column = column(bits);
        return (int) toss(bits, column, columns[(int) column]);
    }

    /** Does so for a block of bits. What only computes is apart from the look-ups, since C2 makes vector code of it. */
    void sample(long[] bits, int count, long[] scratch, long[] into) {
        for (int r = 0; r < count; r++) {
            into[r] = column(bits[r]);
        }
        for (int r = 0; r < count; r++) {
            scratch[r] = columns[(int) into[r]];
        }
        for (int r = 0; r < count; r++) {
            into[r] = toss(bits[r], into[r], scratch[r]);
        }
    }

    private long column(long bits) {
        return (bits >>> 32) * columns.length >>> 32;
    }

    private static long toss(long bits, long column, long thresholdAndAlias) {
        long alias = thresholdAndAlias >>> 32;
        // All ones below the threshold: a branch would be mispredicted every other time.
        long below = ((bits & LOWER) >>> 1) - (thresholdAndAlias & LOWER) >> Long.SIZE - 1;
        return alias ^ (alias ^ column) & below;
    }
}
