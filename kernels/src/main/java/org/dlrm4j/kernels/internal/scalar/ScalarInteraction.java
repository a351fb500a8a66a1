package org.dlrm4j.kernels.internal.scalar;

import static org.dlrm4j.kernels.internal.Layouts.FLOAT;

import java.lang.foreign.MemorySegment;
import org.dlrm4j.kernels.internal.InteractionKernel;

/** Pairwise dot products in plain Java. */
final class ScalarInteraction implements InteractionKernel {
    @Override
    public long scratchBytes(int features, int dim) {
        return 0;
    }

    @Override
    public void forward(MemorySegment t, long tOffset, long tSampleStrideBytes, int features, int dim, boolean itself,
            int batch, MemorySegment out, long outOffset, long outSampleStrideBytes, MemorySegment scratch,
            long scratchOffset) {
        final long rowBytes = (long) dim << 2;
        for (int b = 0; b < batch; b++) {
            final long sample = tOffset + b * tSampleStrideBytes;
            long to = outOffset + b * outSampleStrideBytes;
            MemorySegment.copy(t, sample, out, to, rowBytes);
            to += rowBytes;
            for (int i = 0; i < features; i++) {
                final int columns = itself ? i + 1 : i;
                for (int j = 0; j < columns; j++) {
                    out.set(FLOAT, to, dot(t, sample + i * rowBytes, sample + j * rowBytes, dim));
                    to += Float.BYTES;
                }
            }
        }
    }

    @Override
    public void backward(MemorySegment t, long tOffset, long tSampleStrideBytes, int features, int dim, boolean itself,
            int batch, MemorySegment dOut, long dOutOffset, long dOutSampleStrideBytes, MemorySegment dT, long dTOffset,
            long dTSampleStrideBytes, MemorySegment scratch, long scratchOffset) {
        final long rowBytes = (long) dim << 2;
        for (int b = 0; b < batch; b++) {
            final long from = tOffset + b * tSampleStrideBytes;
            final long direct = dOutOffset + b * dOutSampleStrideBytes;
            final long to = dTOffset + b * dTSampleStrideBytes;
            dT.asSlice(to, features * rowBytes).fill((byte) 0);
            for (int i = 0; i < features; i++) {
                for (int j = 0; j < features; j++) {
                    final float g = pairGradient(dOut, direct + rowBytes, i, j, itself);
                    ScalarElementwise.addScaled(dT, to + i * rowBytes, t, from + j * rowBytes, dim, g);
                }
            }
            ScalarElementwise.addScaled(dT, to, dOut, direct, dim, 1f);
        }
    }

    /** Returns element (i, j) of {@code G + Gᵀ}. */
    private static float pairGradient(MemorySegment dOut, long triangle, int i, int j, boolean itself) {
        if (i == j && !itself) {
            return 0;
        }
        final int row = Math.max(i, j);
        final int before = row * (itself ? row + 1 : row - 1) / 2;
        final float g = dOut.get(FLOAT, triangle + ((long) (before + Math.min(i, j)) << 2));
        return i == j ? 2 * g : g;
    }

    private static float dot(MemorySegment t, long a, long b, int dim) {
        float sum = 0;
        for (int k = 0; k < dim; k++) {
            final long at = (long) k << 2;
            sum = Math.fma(t.get(FLOAT, a + at), t.get(FLOAT, b + at), sum);
        }
        return sum;
    }
}
