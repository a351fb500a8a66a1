package org.dlrm4j.kernels.internal.vector;

import static org.dlrm4j.kernels.internal.vector.VectorConstants.FLOAT;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.FLOATS;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LANES;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LE;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.VECTOR_BYTES;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import org.dlrm4j.kernels.internal.FactorizationKernel;
import org.dlrm4j.kernels.internal.ReductionKernel;
import org.dlrm4j.kernels.internal.scalar.ScalarFactorization;

/**
 * Factorization machines on vectors: sums over features stay in registers, a group of 16 columns at a time, in as many
 * vectors as that takes.
 */
final class VectorFactorization implements FactorizationKernel {
    @Override
    public void forward(MemorySegment v, long vOffset, long sampleStrideBytes, long vectorStrideBytes, int features,
            int d, int m, MemorySegment out, long outOffset, long outStrideBytes) {
        final int whole = d - d % ReductionKernel.LANES;
        for (int i = 0; i < m; i++) {
            final long sample = vOffset + i * sampleStrideBytes;
            float sum = 0;
            for (int j = 0; j < whole; j += ReductionKernel.LANES) {
                final long at = sample + ((long) j << 2);
                sum += switch (LANES) {
                    case 16 -> pairs1vBody(v, at, vectorStrideBytes, features);
                    case 8 -> pairs2vBody(v, at, vectorStrideBytes, features);
                    default -> pairs4vBody(v, at, vectorStrideBytes, features);
                };
            }
            out.set(FLOAT, outOffset + i * outStrideBytes, 0.5f
                    * ScalarFactorization.pairsTail(v, sample, vectorStrideBytes, features, whole, d, sum));
        }
    }

    @Override
    public void backward(MemorySegment v, long vOffset, long sampleStrideBytes, long vectorStrideBytes, int features,
            int d, int m, MemorySegment dOut, long dOutOffset, long dOutStrideBytes, boolean accumulate,
            MemorySegment dv, long dvOffset, long dvSampleStrideBytes, long dvVectorStrideBytes) {
        final int bound = FLOATS.loopBound(d);
        for (int i = 0; i < m; i++) {
            final long sample = vOffset + i * sampleStrideBytes;
            final long dvSample = dvOffset + i * dvSampleStrideBytes;
            final float gradient = dOut.get(FLOAT, dOutOffset + i * dOutStrideBytes);
            for (int j = 0; j < bound; j += LANES) {
                final long at = (long) j << 2;
                if (!accumulate) {
                    zeroBody(dv, dvSample + at, dvVectorStrideBytes, features);
                }
                backwardBody(v, sample + at, vectorStrideBytes, features, gradient, dv, dvSample + at,
                        dvVectorStrideBytes);
            }
            ScalarFactorization.backwardColumns(v, sample, vectorStrideBytes, features, bound, d, gradient, accumulate,
                    dv, dvSample, dvVectorStrideBytes);
        }
    }

    private static void zeroBody(MemorySegment dv, long to, long dvVectorStrideBytes, int features) {
        for (int f = 0; f < features; f++) {
            FloatVector.zero(FLOATS).intoMemorySegment(dv, to + f * dvVectorStrideBytes, LE);
        }
    }

    private static void backwardBody(MemorySegment v, long at, long vectorStrideBytes, int features, float gradient,
            MemorySegment dv, long to, long dvVectorStrideBytes) {
        FloatVector sum = FloatVector.zero(FLOATS);
        for (int f = 0; f < features; f++) {
            sum = sum.add(FloatVector.fromMemorySegment(FLOATS, v, at + f * vectorStrideBytes, LE));
        }
        for (int f = 0; f < features; f++) {
            final long target = to + f * dvVectorStrideBytes;
            sum.sub(FloatVector.fromMemorySegment(FLOATS, v, at + f * vectorStrideBytes, LE))
                    .fma(FloatVector.broadcast(FLOATS, gradient),
                            FloatVector.fromMemorySegment(FLOATS, dv, target, LE))
                    .intoMemorySegment(dv, target, LE);
        }
    }

    private static float pairs1vBody(MemorySegment v, long at, long vectorStrideBytes, int features) {
        FloatVector sum = FloatVector.zero(FLOATS);
        FloatVector squares = FloatVector.zero(FLOATS);
        for (int f = 0; f < features; f++) {
            final FloatVector value = FloatVector.fromMemorySegment(FLOATS, v, at + f * vectorStrideBytes, LE);
            sum = sum.add(value);
            squares = value.fma(value, squares);
        }
        return VectorTree.sumBody(sum.fma(sum, squares.neg()));
    }

    private static float pairs2vBody(MemorySegment v, long at, long vectorStrideBytes, int features) {
        FloatVector sum0 = FloatVector.zero(FLOATS);
        FloatVector sum1 = FloatVector.zero(FLOATS);
        FloatVector squares0 = FloatVector.zero(FLOATS);
        FloatVector squares1 = FloatVector.zero(FLOATS);
        for (int f = 0; f < features; f++) {
            final long row = at + f * vectorStrideBytes;
            final FloatVector value0 = FloatVector.fromMemorySegment(FLOATS, v, row, LE);
            final FloatVector value1 = FloatVector.fromMemorySegment(FLOATS, v, row + VECTOR_BYTES, LE);
            sum0 = sum0.add(value0);
            sum1 = sum1.add(value1);
            squares0 = value0.fma(value0, squares0);
            squares1 = value1.fma(value1, squares1);
        }
        return VectorTree.sumBody(sum0.fma(sum0, squares0.neg()).add(sum1.fma(sum1, squares1.neg())));
    }

    private static float pairs4vBody(MemorySegment v, long at, long vectorStrideBytes, int features) {
        FloatVector sum0 = FloatVector.zero(FLOATS);
        FloatVector sum1 = FloatVector.zero(FLOATS);
        FloatVector sum2 = FloatVector.zero(FLOATS);
        FloatVector sum3 = FloatVector.zero(FLOATS);
        FloatVector squares0 = FloatVector.zero(FLOATS);
        FloatVector squares1 = FloatVector.zero(FLOATS);
        FloatVector squares2 = FloatVector.zero(FLOATS);
        FloatVector squares3 = FloatVector.zero(FLOATS);
        for (int f = 0; f < features; f++) {
            final long row = at + f * vectorStrideBytes;
            final FloatVector value0 = FloatVector.fromMemorySegment(FLOATS, v, row, LE);
            final FloatVector value1 = FloatVector.fromMemorySegment(FLOATS, v, row + VECTOR_BYTES, LE);
            final FloatVector value2 = FloatVector.fromMemorySegment(FLOATS, v, row + 2 * VECTOR_BYTES, LE);
            final FloatVector value3 = FloatVector.fromMemorySegment(FLOATS, v, row + 3 * VECTOR_BYTES, LE);
            sum0 = sum0.add(value0);
            sum1 = sum1.add(value1);
            sum2 = sum2.add(value2);
            sum3 = sum3.add(value3);
            squares0 = value0.fma(value0, squares0);
            squares1 = value1.fma(value1, squares1);
            squares2 = value2.fma(value2, squares2);
            squares3 = value3.fma(value3, squares3);
        }
        final FloatVector even = sum0.fma(sum0, squares0.neg()).add(sum2.fma(sum2, squares2.neg()));
        final FloatVector odd = sum1.fma(sum1, squares1.neg()).add(sum3.fma(sum3, squares3.neg()));
        return VectorTree.sumBody(even.add(odd));
    }
}
