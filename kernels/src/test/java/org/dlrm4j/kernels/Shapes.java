package org.dlrm4j.kernels;

import java.util.TreeSet;

/** Sizes that kernels are tried with. */
final class Shapes {
    /** Row widths of FBGEMM's tests of its embedding kernels: a tail of each kind, and more than any register tile. */
    private static final int[] FBGEMM_DIMS = {1, 4, 8, 16, 32, 40, 48, 56, 64, 85, 96, 128, 163, 256};

    /**
     * Batches of FBGEMM's tests: bags, rows of the table, width, average length. Lengths of 100 stand as 25, and tables of
     * 4000 rows as 400: what they try, bags longer than any unrolled loop and rows that seldom repeat, they still try.
     */
    static final int[][] FBGEMM_BATCHES = {{1, 8, 8, 4}, {2, 8, 16, 4}, {10, 400, 32, 25}, {100, 400, 32, 25},
            {10, 400, 64, 25}, {10, 400, 128, 25}, {4, 400, 256, 10}, {10, 400, 48, 25}, {10, 400, 40, 25},
            {10, 400, 56, 25}, {10, 400, 1, 25}, {10, 400, 4, 25}, {10, 40, 16, 10}, {10, 40, 85, 10}, {10, 40, 8, 10},
            {10, 40, 96, 10}, {10, 40, 163, 10}};

    private Shapes() {}

    /** Returns FBGEMM's widths and those next to whole vectors, ascending, from 1. */
    static int[] dims() {
        final TreeSet<Integer> dims = new TreeSet<>();
        for (int dim : FBGEMM_DIMS) {
            dims.add(dim);
        }
        final int lanes = lanes();
        for (int dim : new int[]{1, 2, 3, lanes - 1, lanes, lanes + 1, 2 * lanes - 1, 2 * lanes + 1, 4 * lanes + 3}) {
            dims.add(dim);
        }
        return dims.stream().mapToInt(Integer::intValue).toArray();
    }

    /** Returns {@link #dims} and 0, for kernels that have nothing against empty operands. */
    static int[] dimsFromZero() {
        final int[] dims = dims();
        final int[] all = new int[dims.length + 1];
        System.arraycopy(dims, 0, all, 1, dims.length);
        return all;
    }

    /** Floats of the kernels' vectors; where there are none, those of the layouts that scalar kernels share. */
    static int lanes() {
        return KernelInfo.isVector() ? KernelInfo.vectorBits() / Float.SIZE : 16;
    }
}
