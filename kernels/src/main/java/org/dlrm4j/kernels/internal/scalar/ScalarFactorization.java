package org.dlrm4j.kernels.internal.scalar;

import static org.dlrm4j.kernels.internal.Layouts.FLOAT;

import java.lang.foreign.MemorySegment;
import org.dlrm4j.kernels.internal.FactorizationKernel;
import org.dlrm4j.kernels.internal.ReductionKernel;

/** Factorization machines in plain Java, column by column; also the tails of the vector kernels. */
public final class ScalarFactorization implements FactorizationKernel {
    @Override
    public void forward(MemorySegment v, long vOffset, long sampleStrideBytes, long vectorStrideBytes, int features,
            int d, int m, MemorySegment out, long outOffset, long outStrideBytes) {
        final int whole = d - d % ReductionKernel.LANES;
        for (int i = 0; i < m; i++) {
            final long sample = vOffset + i * sampleStrideBytes;
            float sum = 0;
            for (int j = 0; j < whole; j += ReductionKernel.LANES) {
                sum += group(v, sample + ((long) j << 2), vectorStrideBytes, features);
            }
            out.set(FLOAT, outOffset + i * outStrideBytes,
                    0.5f * pairsTail(v, sample, vectorStrideBytes, features, whole, d, sum));
        }
    }

    @Override
    public void backward(MemorySegment v, long vOffset, long sampleStrideBytes, long vectorStrideBytes, int features,
            int d, int m, MemorySegment dOut, long dOutOffset, long dOutStrideBytes, boolean accumulate,
            MemorySegment dv, long dvOffset, long dvSampleStrideBytes, long dvVectorStrideBytes) {
        for (int i = 0; i < m; i++) {
            backwardColumns(v, vOffset + i * sampleStrideBytes, vectorStrideBytes, features, 0, d,
                    dOut.get(FLOAT, dOutOffset + i * dOutStrideBytes), accumulate, dv,
                    dvOffset + i * dvSampleStrideBytes, dvVectorStrideBytes);
        }
    }

    /** Returns {@code sum} plus the columns {@code [from, to)}, one after the other. */
    public static float pairsTail(MemorySegment v, long sample, long vectorStrideBytes, int features, int from, int to,
            float sum) {
        float total = sum;
        for (int j = from; j < to; j++) {
            total += pairs(v, sample + ((long) j << 2), vectorStrideBytes, features);
        }
        return total;
    }

    /** Computes the gradients of columns {@code [from, to)} of a sample. */
    public static void backwardColumns(MemorySegment v, long sample, long vectorStrideBytes, int features, int from,
            int to, float gradient, boolean accumulate, MemorySegment dv, long dvSample, long dvVectorStrideBytes) {
        for (int j = from; j < to; j++) {
            final long at = sample + ((long) j << 2);
            final long dvAt = dvSample + ((long) j << 2);
            float sum = 0;
            for (int f = 0; f < features; f++) {
                sum += v.get(FLOAT, at + f * vectorStrideBytes);
            }
            for (int f = 0; f < features; f++) {
                final long target = dvAt + f * dvVectorStrideBytes;
                final float others = sum - v.get(FLOAT, at + f * vectorStrideBytes);
                dv.set(FLOAT, target, Math.fma(others, gradient, accumulate ? dv.get(FLOAT, target) : 0f));
            }
        }
    }

    private static float group(MemorySegment v, long at, long vectorStrideBytes, int features) {
        return (quad(v, at, vectorStrideBytes, features) + quad(v, at + 8, vectorStrideBytes, features))
                + (quad(v, at + 4, vectorStrideBytes, features) + quad(v, at + 12, vectorStrideBytes, features));
    }

    /** Returns the sum of four columns of a group: l, l + 8, l + 4, l + 12. */
    private static float quad(MemorySegment v, long at, long vectorStrideBytes, int features) {
        return (pairs(v, at, vectorStrideBytes, features) + pairs(v, at + 32, vectorStrideBytes, features))
                + (pairs(v, at + 16, vectorStrideBytes, features) + pairs(v, at + 48, vectorStrideBytes, features));
    }

    /** Returns twice the sum of one column's products of pairs. */
    private static float pairs(MemorySegment v, long at, long vectorStrideBytes, int features) {
        float sum = 0;
        float squares = 0;
        for (int f = 0; f < features; f++) {
            final float value = v.get(FLOAT, at + f * vectorStrideBytes);
            sum += value;
            squares = Math.fma(value, value, squares);
        }
        return Math.fma(sum, sum, -squares);
    }
}
