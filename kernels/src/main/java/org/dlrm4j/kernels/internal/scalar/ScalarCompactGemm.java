package org.dlrm4j.kernels.internal.scalar;

import static org.dlrm4j.kernels.internal.GemmKernel.BLOCK_STEPS;
import static org.dlrm4j.kernels.internal.Layouts.FLOAT;

import java.lang.foreign.MemorySegment;
import org.dlrm4j.kernels.Activation;
import org.dlrm4j.kernels.WeightFormat;
import org.dlrm4j.kernels.internal.CompactGemmKernel;

/**
 * Matrix product over rounded weights in plain Java: four columns at a time, the same sums in the same order as the vector kernel's. Reads
 * them as floats: widening one by one takes longer than reading twice as much.
 */
final class ScalarCompactGemm implements CompactGemmKernel {
    private static final int LANES = 4;

    @Override
    public int lanes() {
        return LANES;
    }

    @Override
    public long columnOffset(WeightFormat format, int k, int n, int j) {
        return ((long) j / LANES * LANES * k + j % LANES) * format.elementBytes();
    }

    @Override
    public long stepBytes(WeightFormat format, int n, int j) {
        return (long) LANES * format.elementBytes();
    }

    @Override
    public void multiply(WeightFormat format, MemorySegment a, long aOffset, long aRowStrideBytes,
            MemorySegment packed, long panels, long floats, long scales, int m, int k, int n, MemorySegment c,
            long cOffset, long cRowStrideBytes, MemorySegment bias, long biasOffset, Activation activation) {
        final float floor = activation == Activation.RELU ? 0f : Float.NEGATIVE_INFINITY;
        for (int column = 0; column < n; column += LANES) {
            final long panel = floats + (long) column * Float.BYTES * k;
            for (int i = 0; i < m; i++) {
                final long row = cOffset + i * cRowStrideBytes;
                for (int block = 0; block < k || block == 0; block += BLOCK_STEPS) {
                    final int end = Math.min(block + BLOCK_STEPS, k);
                    float c0 = 0;
                    float c1 = 0;
                    float c2 = 0;
                    float c3 = 0;
                    for (int p = block; p < end; p++) {
                        final float x = a.get(FLOAT, aOffset + i * aRowStrideBytes + ((long) p << 2));
                        final long at = panel + (long) p * LANES * Float.BYTES;
                        c0 = Math.fma(x, packed.get(FLOAT, at), c0);
                        c1 = Math.fma(x, packed.get(FLOAT, at + 4), c1);
                        c2 = Math.fma(x, packed.get(FLOAT, at + 8), c2);
                        c3 = Math.fma(x, packed.get(FLOAT, at + 12), c3);
                    }
                    for (int lane = 0; lane < Math.min(LANES, n - column); lane++) {
                        final long at = (long) (column + lane) << 2;
                        final float sum = lane == 0 ? c0 : lane == 1 ? c1 : lane == 2 ? c2 : c3;
                        final float product = format == WeightFormat.I8 ? sum * packed.get(FLOAT, scales + at) : sum;
                        final float start = block > 0
                                ? c.get(FLOAT, row + at)
                                : bias == null ? 0f : bias.get(FLOAT, biasOffset + at);
                        c.set(FLOAT, row + at, Math.max(start + product, end == k ? floor : Float.NEGATIVE_INFINITY));
                    }
                }
            }
        }
    }
}
