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
                final MemorySegment init = accumulate ? c : bias;
                final long initAt = accumulate ? row : biasOffset + (long) group * LANES * Float.BYTES;
                float c0 = init == null ? 0f : init.get(JAVA_FLOAT_UNALIGNED, initAt);
                float c1 = init == null || columns < 2 ? 0f : init.get(JAVA_FLOAT_UNALIGNED, initAt + 4);
                float c2 = init == null || columns < 3 ? 0f : init.get(JAVA_FLOAT_UNALIGNED, initAt + 8);
                float c3 = init == null || columns < 4 ? 0f : init.get(JAVA_FLOAT_UNALIGNED, initAt + 12);
                long aAt = aOffset + i * aRowStrideBytes;
                long bAt = panel;
                for (int p = 0; p < k; p++) {
                    final float x = a.get(JAVA_FLOAT_UNALIGNED, aAt);
                    c0 = Math.fma(x, packed.get(JAVA_FLOAT_UNALIGNED, bAt), c0);
                    c1 = Math.fma(x, packed.get(JAVA_FLOAT_UNALIGNED, bAt + 4), c1);
                    c2 = Math.fma(x, packed.get(JAVA_FLOAT_UNALIGNED, bAt + 8), c2);
                    c3 = Math.fma(x, packed.get(JAVA_FLOAT_UNALIGNED, bAt + 12), c3);
                    aAt += aColumnStrideBytes;
                    bAt += LANES * Float.BYTES;
                }
                c.set(JAVA_FLOAT_UNALIGNED, row, Math.max(c0, floor));
                if (columns > 1) {
                    c.set(JAVA_FLOAT_UNALIGNED, row + 4, Math.max(c1, floor));
                }
                if (columns > 2) {
                    c.set(JAVA_FLOAT_UNALIGNED, row + 8, Math.max(c2, floor));
                }
                if (columns > 3) {
                    c.set(JAVA_FLOAT_UNALIGNED, row + 12, Math.max(c3, floor));
                }
            }
        }
    }
}
