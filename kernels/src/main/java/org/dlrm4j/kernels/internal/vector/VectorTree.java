package org.dlrm4j.kernels.internal.vector;

import static org.dlrm4j.kernels.internal.vector.VectorConstants.DOUBLES;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.FLOATS;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LANES;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;

/**
 * Sums of a vector's lanes as a halving tree. {@code reduceLanes} would do, were its order of float additions
 * specified. Conditions on the vector width are constants to C2: no variable meets two vectors.
 */
final class VectorTree {
    private static final VectorShuffle<Float> BY_8 = VectorShuffle.iota(FLOATS, 8 % LANES, 1, true);
    private static final VectorShuffle<Float> BY_4 = VectorShuffle.iota(FLOATS, 4 % LANES, 1, true);
    private static final VectorShuffle<Float> BY_2 = VectorShuffle.iota(FLOATS, 2 % LANES, 1, true);
    private static final VectorShuffle<Float> BY_1 = VectorShuffle.iota(FLOATS, 1, 1, true);

    private static final int DOUBLE_LANES = DOUBLES.length();
    private static final VectorShuffle<Double> DOUBLES_BY_4 = VectorShuffle.iota(DOUBLES, 4 % DOUBLE_LANES, 1, true);
    private static final VectorShuffle<Double> DOUBLES_BY_2 = VectorShuffle.iota(DOUBLES, 2 % DOUBLE_LANES, 1, true);

    private VectorTree() {}

    /** Returns the sum of all lanes: l + (l + half), then + (l + a quarter), and so on. */
    static float sumBody(FloatVector v) {
        final FloatVector v8 = LANES > 8 ? v.add(v.rearrange(BY_8)) : v;
        final FloatVector v4 = LANES > 4 ? v8.add(v8.rearrange(BY_4)) : v8;
        final FloatVector v2 = v4.add(v4.rearrange(BY_2));
        return v2.add(v2.rearrange(BY_1)).lane(0);
    }

    /** Returns the sum of all lanes, in the same order. */
    static double sumBody(DoubleVector v) {
        final DoubleVector v4 = DOUBLE_LANES > 4 ? v.add(v.rearrange(DOUBLES_BY_4)) : v;
        final DoubleVector v2 = DOUBLE_LANES > 2 ? v4.add(v4.rearrange(DOUBLES_BY_2)) : v4;
        // C2 has no shuffle of two lanes.
        return v2.lane(0) + v2.lane(1);
    }
}
