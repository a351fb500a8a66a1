package org.dlrm4j.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;

/** A random table of raw rows, and what they mean by the definition of each format, computed apart from the library. */
final class CompactTable {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;

    final RowFormat format;
    final int rows;
    final int dim;
    final int strideBytes;
    final MemorySegment segment;

    /** Ends at an inaccessible page; gaps between rows are {@code pad} bytes of ones. */
    CompactTable(GuardPages pages, SplittableRandom random, RowFormat format, int rows, int dim, int pad) {
        this.format = format;
        this.rows = rows;
        this.dim = dim;
        strideBytes = format.rowBytes(dim) + pad;
        segment = pages.allocate((rows - 1L) * strideBytes + format.rowBytes(dim));
        segment.fill((byte) -1);
        for (int row = 0; row < rows; row++) {
            fill(random, (long) row * strideBytes);
        }
    }

    private void fill(SplittableRandom random, long row) {
        switch (format) {
            case F32 -> {
                for (int j = 0; j < dim; j++) {
                    segment.set(FLOAT, row + 4L * j, (float) random.nextDouble(-1, 1));
                }
            }
            case F16, BF16 -> {
                for (int j = 0; j < dim; j++) {
                    segment.set(SHORT, row + 2L * j, finiteBits(random));
                }
            }
            case I8 -> {
                fillBytes(random, row, dim);
                segment.set(FLOAT, row + dim, (float) random.nextDouble(0.01));
                segment.set(FLOAT, row + dim + 4, (float) random.nextDouble(-1, 1));
            }
            case I4 -> {
                fillBytes(random, row, dim / 2);
                segment.set(SHORT, row + dim / 2, Float.floatToFloat16((float) random.nextDouble(0.1)));
                segment.set(SHORT, row + dim / 2 + 2, Float.floatToFloat16((float) random.nextDouble(-1, 1)));
            }
        }
    }

    private void fillBytes(SplittableRandom random, long at, int count) {
        for (int i = 0; i < count; i++) {
            segment.set(ValueLayout.JAVA_BYTE, at + i, (byte) random.nextInt());
        }
    }

    /** Any finite binary16, zeros and subnormal numbers often; bfloat16 of magnitudes that a sum survives. */
    private short finiteBits(SplittableRandom random) {
        final int sign = random.nextInt(2) << 15;
        if (format == RowFormat.BF16) {
            final int exponent = random.nextInt(8) == 0 ? 0 : random.nextInt(100, 150);
            return (short) (sign | exponent << 7 | random.nextInt(128));
        }
        final int exponent = random.nextInt(4) == 0 ? 0 : random.nextInt(31);
        return (short) (sign | exponent << 10 | (random.nextInt(8) == 0 ? 0 : random.nextInt(1024)));
    }

    /** Sums in the promised order of operations. */
    float[] sum(Bags b) {
        final float[] out = new float[b.bags() * dim];
        for (int bag = 0; bag < b.bags(); bag++) {
            for (int j = 0; j < dim; j++) {
                float sum = 0;
                for (int p = b.offsets()[bag]; p < b.offsets()[bag + 1]; p++) {
                    sum = add(sum, b.weight(p), b.indices()[p] * strideBytes, j);
                }
                final boolean mean = b.pooling() == Pooling.MEAN && b.length(bag) > 0;
                out[bag * dim + j] = mean ? sum * (1f / b.length(bag)) : sum;
            }
        }
        return out;
    }

    private float add(float sum, float weight, long row, int j) {
        return switch (format) {
            case F32 -> Math.fma(weight, segment.get(FLOAT, row + 4L * j), sum);
            case F16 -> Math.fma(weight, half(row + 2L * j), sum);
            case BF16 -> Math.fma(weight, Float.intBitsToFloat(segment.get(SHORT, row + 2L * j) << 16), sum);
            case I8 -> Math.fma(code(row, j), weight * segment.get(FLOAT, row + dim),
                    sum + weight * segment.get(FLOAT, row + dim + 4));
            case I4 -> Math.fma(code(row, j), weight * half(row + dim / 2), sum + weight * half(row + dim / 2 + 2));
        };
    }

    private int code(long row, int j) {
        if (format == RowFormat.I8) {
            return Byte.toUnsignedInt(segment.get(ValueLayout.JAVA_BYTE, row + j));
        }
        final int pair = Byte.toUnsignedInt(segment.get(ValueLayout.JAVA_BYTE, row + j / 2));
        return j % 2 == 0 ? pair % 16 : pair / 16;
    }

    private float half(long at) {
        return half(segment.get(SHORT, at));
    }

    /** The value of a binary16 by its definition. */
    static float half(short bits) {
        final int sign = bits < 0 ? -1 : 1;
        final int exponent = bits >> 10 & 31;
        final int fraction = bits & 1023;
        if (exponent == 31) {
            return fraction == 0 ? sign * Float.POSITIVE_INFINITY : Float.NaN;
        }
        return (float) (sign * (exponent == 0
                ? Math.scalb((double) fraction, -24)
                : Math.scalb(1024.0 + fraction, exponent - 25)));
    }
}
