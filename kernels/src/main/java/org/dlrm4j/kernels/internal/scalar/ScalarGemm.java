package org.dlrm4j.kernels.internal.scalar;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import org.dlrm4j.kernels.Activation;
import org.dlrm4j.kernels.internal.GemmKernel;

/** Matrix product in plain Java: four columns at a time, the same sums in the same order as the vector kernel's. */
final class ScalarGemm implements GemmKernel {
    private static final int LANES = 4;

    @Override
    public int lanes() {
        return LANES;
    }

    @Override
    public int panelVectors() {
        return 1;
    }

    @Override
    public void pack(MemorySegment b, long bOffset, long rowStrideBytes, long columnStrideBytes, int k, int n,
            int kFrom,
            int kTo, int nFrom, int nTo, MemorySegment packed, long packedOffset) {
        for (int group = nFrom / LANES; group * LANES < nTo; group++) {
            final long panel = packedOffset + (long) group * LANES * Float.BYTES * k;
            for (int p = kFrom; p < kTo; p++) {
                for (int lane = 0; lane < LANES; lane++) {
                    final int j = group * LANES + lane;
                    final float value = j < n
                            ? b.get(JAVA_FLOAT_UNALIGNED, bOffset + p * rowStrideBytes + j * columnStrideBytes)
                            : 0f;
                    packed.set(JAVA_FLOAT_UNALIGNED, panel + ((long) p * LANES + lane) * Float.BYTES, value);
                }
            }
        }
    }

    @Override
    public void multiply(MemorySegment a, long aOffset, long aRowStrideBytes, long aColumnStrideBytes,
            MemorySegment packed, long packedOffset, int m, int k, int nFrom, int nTo, MemorySegment c, long cOffset,
            long cRowStrideBytes, boolean accumulate, MemorySegment bias, long biasOffset, Activation activation) {
        final float floor = activation == Activation.RELU ? 0f : Float.NEGATIVE_INFINITY;
        for (int group = nFrom / LANES; group * LANES < nTo; group++) {
            final long panel = packedOffset + (long) group * LANES * Float.BYTES * k;
            final int columns = Math.min(LANES, nTo - group * LANES);
            for (int i = 0; i < m; i++) {
                final long row = cOffset + i * cRowStrideBytes + (long) group * LANES * Float.BYTES;
                for (int block = 0; block < k || block == 0; block += BLOCK_STEPS) {
                    final int steps = Math.min(BLOCK_STEPS, k - block);
                    float c0 = 0;
                    float c1 = 0;
                    float c2 = 0;
                    float c3 = 0;
                    long aAt = aOffset + i * aRowStrideBytes + block * aColumnStrideBytes;
                    long bAt = panel + (long) block * LANES * Float.BYTES;
                    for (int p = 0; p < steps; p++) {
                        final float x = a.get(JAVA_FLOAT_UNALIGNED, aAt);
                        c0 = Math.fma(x, packed.get(JAVA_FLOAT_UNALIGNED, bAt), c0);
                        c1 = Math.fma(x, packed.get(JAVA_FLOAT_UNALIGNED, bAt + 4), c1);
                        c2 = Math.fma(x, packed.get(JAVA_FLOAT_UNALIGNED, bAt + 8), c2);
                        c3 = Math.fma(x, packed.get(JAVA_FLOAT_UNALIGNED, bAt + 12), c3);
                        aAt += aColumnStrideBytes;
                        bAt += LANES * Float.BYTES;
                    }
                    final boolean first = block == 0 && !accumulate;
                    final MemorySegment init = first ? bias : c;
                    final long initAt = first ? biasOffset + (long) group * LANES * Float.BYTES : row;
                    final float minimum = block + steps == k ? floor : Float.NEGATIVE_INFINITY;
                    finish(c0, init, initAt, minimum, c, row);
                    if (columns > 1) {
                        finish(c1, init, initAt + 4, minimum, c, row + 4);
                    }
                    if (columns > 2) {
                        finish(c2, init, initAt + 8, minimum, c, row + 8);
                    }
                    if (columns > 3) {
                        finish(c3, init, initAt + 12, minimum, c, row + 12);
                    }
                }
            }
        }
    }

    private static void finish(float sum, MemorySegment init, long initAt, float floor, MemorySegment c, long at) {
        final float start = init == null ? 0f : init.get(JAVA_FLOAT_UNALIGNED, initAt);
        c.set(JAVA_FLOAT_UNALIGNED, at, Math.max(start + sum, floor));
    }
}
