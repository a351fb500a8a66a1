package org.dlrm4j.kernels.internal;

import static org.dlrm4j.kernels.internal.Layouts.FLOAT;
import static org.dlrm4j.kernels.internal.Layouts.SHORT;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.dlrm4j.kernels.RowFormat;

/** Conversion of one row, with the arithmetic of FBGEMM's reference. Arguments were checked by the facade. */
public final class RowCodec {
    private static final float I8_LEVELS = 255f;
    private static final int I4_LEVELS = 15;
    /** Keeps the inverse scale of a row of equal numbers finite. */
    private static final float I8_EPSILON = 1e-8f;

    private RowCodec() {}

    /** Returns the first column whose number has no place in a row with scale and bias, or -1. */
    public static int firstNonFinite(MemorySegment source, long from, int dim) {
        for (int j = 0; j < dim; j++) {
            if (!Float.isFinite(source.get(FLOAT, from + ((long) j << 2)))) {
                return j;
            }
        }
        return -1;
    }

    /** Writes a row in any format. */
    public static void encode(RowFormat format, MemorySegment source, long from, int dim, MemorySegment target,
            long to) {
        switch (format) {
            case F32 -> MemorySegment.copy(source, from, target, to, (long) dim << 2);
            case F16 -> {
                for (int j = 0; j < dim; j++) {
                    target.set(SHORT, to + ((long) j << 1),
                            Float.floatToFloat16(source.get(FLOAT, from + ((long) j << 2))));
                }
            }
            case BF16 -> {
                for (int j = 0; j < dim; j++) {
                    target.set(SHORT, to + ((long) j << 1), Bf16.nearest(source.get(FLOAT, from + ((long) j << 2))));
                }
            }
            case I8 -> encodeI8(source, from, dim, target, to);
            case I4 -> encodeI4(source, from, dim, target, to);
        }
    }

    private static void encodeI8(MemorySegment source, long from, int dim, MemorySegment target, long to) {
        final float min = min(source, from, dim);
        final float range = max(source, from, dim) - min;
        final float inverse = I8_LEVELS / (range + I8_EPSILON);
        for (int j = 0; j < dim; j++) {
            final float x = source.get(FLOAT, from + ((long) j << 2));
            target.set(ValueLayout.JAVA_BYTE, to + j, (byte) Math.rint((x - min) * inverse));
        }
        target.set(FLOAT, to + dim, range / I8_LEVELS);
        target.set(FLOAT, to + dim + Float.BYTES, min);
    }

    private static void encodeI4(MemorySegment source, long from, int dim, MemorySegment target, long to) {
        final short bias = Float.floatToFloat16(min(source, from, dim));
        final float min = Float.float16ToFloat(bias);
        final float range = max(source, from, dim) - min;
        short scale = Float.floatToFloat16(range == 0 ? 1f : range / I4_LEVELS);
        if (Float.float16ToFloat(scale) == 0) {
            scale = Float.floatToFloat16(1f);
        }
        final float inverse = 1f / Float.float16ToFloat(scale);
        for (int j = 0; j < dim; j += 2) {
            final int low = nibble(source.get(FLOAT, from + ((long) j << 2)), min, inverse);
            final int high = nibble(source.get(FLOAT, from + ((long) (j + 1) << 2)), min, inverse);
            target.set(ValueLayout.JAVA_BYTE, to + (j >> 1), (byte) (low | high << 4));
        }
        target.set(SHORT, to + dim / 2, scale);
        target.set(SHORT, to + dim / 2 + Short.BYTES, bias);
    }

    private static int nibble(float x, float min, float inverse) {
        return Math.clamp((long) Math.rint((x - min) * inverse), 0, I4_LEVELS);
    }

    /** Of equal numbers the first, whose sign counts if they are zero. */
    private static float min(MemorySegment source, long from, int dim) {
        float min = source.get(FLOAT, from);
        for (int j = 1; j < dim; j++) {
            final float x = source.get(FLOAT, from + ((long) j << 2));
            min = x < min ? x : min;
        }
        return min;
    }

    private static float max(MemorySegment source, long from, int dim) {
        float max = source.get(FLOAT, from);
        for (int j = 1; j < dim; j++) {
            final float x = source.get(FLOAT, from + ((long) j << 2));
            max = x > max ? x : max;
        }
        return max;
    }

    /** Reads a row in any format. */
    public static void decode(RowFormat format, MemorySegment source, long from, int dim, MemorySegment target,
            long to) {
        switch (format) {
            case F32 -> MemorySegment.copy(source, from, target, to, (long) dim << 2);
            case F16 -> {
                for (int j = 0; j < dim; j++) {
                    target.set(FLOAT, to + ((long) j << 2), half(source, from + ((long) j << 1)));
                }
            }
            case BF16 -> {
                for (int j = 0; j < dim; j++) {
                    target.set(FLOAT, to + ((long) j << 2), Bf16.toFloat(source.get(SHORT, from + ((long) j << 1))));
                }
            }
            case I8 -> {
                final float scale = source.get(FLOAT, from + dim);
                final float bias = source.get(FLOAT, from + dim + Float.BYTES);
                for (int j = 0; j < dim; j++) {
                    target.set(FLOAT, to + ((long) j << 2), Math.fma(i8(source, from, j), scale, bias));
                }
            }
            case I4 -> {
                final float scale = half(source, from + dim / 2);
                final float bias = half(source, from + dim / 2 + Short.BYTES);
                for (int j = 0; j < dim; j++) {
                    target.set(FLOAT, to + ((long) j << 2), Math.fma(i4(source, from, j), scale, bias));
                }
            }
        }
    }

    /** Returns whether scale and bias of a row with either are numbers. */
    public static boolean hasFiniteScale(RowFormat format, MemorySegment segment, long row, int dim) {
        return format == RowFormat.I8
                ? Float.isFinite(segment.get(FLOAT, row + dim))
                        && Float.isFinite(segment.get(FLOAT, row + dim + Float.BYTES))
                : Float.isFinite(half(segment, row + dim / 2))
                        && Float.isFinite(half(segment, row + dim / 2 + Short.BYTES));
    }

    /** Returns an element of a float32 row. */
    public static float number(MemorySegment segment, long row, int column) {
        return segment.get(FLOAT, row + ((long) column << 2));
    }

    /** Returns the binary16 at a byte. */
    static float half(MemorySegment segment, long at) {
        return Float.float16ToFloat(segment.get(SHORT, at));
    }

    /** Returns the code of an element of a row of bytes. */
    static int i8(MemorySegment segment, long row, int j) {
        return segment.get(ValueLayout.JAVA_BYTE, row + j) & 0xFF;
    }

    /** Returns the code of an element of a row of nibbles. */
    static int i4(MemorySegment segment, long row, int j) {
        return segment.get(ValueLayout.JAVA_BYTE, row + (j >> 1)) >> ((j & 1) << 2) & 0xF;
    }
}
