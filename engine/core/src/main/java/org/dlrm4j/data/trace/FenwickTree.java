package org.dlrm4j.data.trace;

import java.util.Arrays;

/** Numbers of which any can change and any leading part be summed or searched in logarithmic time (Fenwick, 1994). */
final class FenwickTree {
    /** Entry {@code i} sums the numbers of {@code (i - lowest bit of i, i]}, counted from 1. */
    private final long[] sums;
    private final int highestStep;

    /** Makes a tree of zeros. */
    FenwickTree(int length) {
        sums = new long[length + 1];
        highestStep = Integer.highestOneBit(length);
    }

    /** Sets all numbers. */
    void fill(long... numbers) {
        System.arraycopy(numbers, 0, sums, 1, numbers.length);
        Arrays.fill(sums, numbers.length + 1, sums.length, 0);
        for (int i = 1; i < sums.length; i++) {
            int parent = i + (i & -i);
            if (parent < sums.length) {
                sums[parent] += sums[i];
            }
        }
    }

    void add(int place, long change) {
        for (int i = place + 1; i < sums.length; i += i & -i) {
            sums[i] += change;
        }
    }

    /** Sums the numbers before a place. */
    long sumBefore(int place) {
        long sum = 0;
        for (int i = place; i > 0; i &= i - 1) {
            sum += sums[i];
        }
        return sum;
    }

    /** Finds the place where the sum from the beginning first exceeds a number below the sum of all; no number is negative. */
    int find(long target) {
        int place = 0;
        long left = target;
        for (int step = highestStep; step > 0; step >>>= 1) {
            if (place + step < sums.length && sums[place + step] <= left) {
                place += step;
                left -= sums[place];
            }
        }
        return place;
    }
}
