package org.dlrm4j.kernels.internal.vector;

import static org.dlrm4j.kernels.internal.vector.VectorConstants.FLOATS;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LANES;
import static org.dlrm4j.kernels.internal.vector.VectorConstants.LE;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import org.dlrm4j.kernels.internal.OptimizerKernel;
import org.dlrm4j.kernels.internal.scalar.ScalarOptimizer;

/** Optimizer steps on vectors. Tails run the scalar kernels, whose operations are the same. */
final class VectorOptimizer implements OptimizerKernel {
    private final ScalarOptimizer tail = new ScalarOptimizer();

    @Override
    public void sgd(MemorySegment p, long pOffset, MemorySegment g, long gOffset, long count, float learningRate,
            float weightDecay) {
        final long bound = FLOATS.loopBound(count);
        final long at = bound << 2;
        sgdBody(p, pOffset, g, gOffset, bound, learningRate, weightDecay);
        tail.sgd(p, pOffset + at, g, gOffset + at, count - bound, learningRate, weightDecay);
    }

    @Override
    public void adagrad(MemorySegment p, long pOffset, MemorySegment g, long gOffset, MemorySegment state,
            long stateOffset, long count, float learningRate, float epsilon, float weightDecay) {
        final long bound = FLOATS.loopBound(count);
        final long at = bound << 2;
        adagradBody(p, pOffset, g, gOffset, state, stateOffset, bound, learningRate, epsilon, weightDecay);
        tail.adagrad(p, pOffset + at, g, gOffset + at, state, stateOffset + at, count - bound, learningRate, epsilon,
                weightDecay);
    }

    @Override
    public void momentum(MemorySegment p, long pOffset, MemorySegment g, long gOffset, MemorySegment buffer,
            long bufferOffset, long count, float learningRate, float momentum, boolean nesterov, float weightDecay) {
        final long bound = FLOATS.loopBound(count);
        final long at = bound << 2;
        momentumBody(p, pOffset, g, gOffset, buffer, bufferOffset, bound, learningRate, momentum, nesterov ? 1 : 0,
                nesterov ? momentum : 1, weightDecay);
        tail.momentum(p, pOffset + at, g, gOffset + at, buffer, bufferOffset + at, count - bound, learningRate,
                momentum, nesterov, weightDecay);
    }

    @Override
    public void adam(MemorySegment p, long pOffset, MemorySegment g, long gOffset, MemorySegment mean, long meanOffset,
            MemorySegment square, long squareOffset, long count, float rate1, float rate2, float stepSize,
            float rootScale, float epsilon, float weightDecay, float shrink) {
        final long bound = FLOATS.loopBound(count);
        final long at = bound << 2;
        adamBody(p, pOffset, g, gOffset, mean, meanOffset, square, squareOffset, bound, rate1, rate2, stepSize,
                rootScale, epsilon, weightDecay, shrink);
        tail.adam(p, pOffset + at, g, gOffset + at, mean, meanOffset + at, square, squareOffset + at, count - bound,
                rate1, rate2, stepSize, rootScale, epsilon, weightDecay, shrink);
    }

    @Override
    public void ftrl(MemorySegment p, long pOffset, MemorySegment g, long gOffset, MemorySegment n, long nOffset,
            MemorySegment z, long zOffset, long count, float inverseLearningRate, float l1, float ridge) {
        final long bound = FLOATS.loopBound(count);
        final long at = bound << 2;
        ftrlBody(p, pOffset, g, gOffset, n, nOffset, z, zOffset, bound, inverseLearningRate, l1, ridge);
        tail.ftrl(p, pOffset + at, g, gOffset + at, n, nOffset + at, z, zOffset + at, count - bound,
                inverseLearningRate, l1, ridge);
    }

    private static void sgdBody(MemorySegment p, long pOffset, MemorySegment g, long gOffset, long bound,
            float learningRate, float weightDecay) {
        for (long i = 0; i < bound; i += LANES) {
            final long at = i << 2;
            final FloatVector parameter = FloatVector.fromMemorySegment(FLOATS, p, pOffset + at, LE);
            parameter.fma(FloatVector.broadcast(FLOATS, weightDecay),
                    FloatVector.fromMemorySegment(FLOATS, g, gOffset + at, LE))
                    .fma(FloatVector.broadcast(FLOATS, -learningRate), parameter)
                    .intoMemorySegment(p, pOffset + at, LE);
        }
    }

    private static void adagradBody(MemorySegment p, long pOffset, MemorySegment g, long gOffset, MemorySegment state,
            long stateOffset, long bound, float learningRate, float epsilon, float weightDecay) {
        for (long i = 0; i < bound; i += LANES) {
            final long at = i << 2;
            final FloatVector parameter = FloatVector.fromMemorySegment(FLOATS, p, pOffset + at, LE);
            final FloatVector gradient = parameter.fma(FloatVector.broadcast(FLOATS, weightDecay),
                    FloatVector.fromMemorySegment(FLOATS, g, gOffset + at, LE));
            final FloatVector sum = gradient.fma(gradient,
                    FloatVector.fromMemorySegment(FLOATS, state, stateOffset + at, LE));
            sum.intoMemorySegment(state, stateOffset + at, LE);
            parameter.sub(gradient.mul(learningRate).div(sum.sqrt().add(epsilon)))
                    .intoMemorySegment(p, pOffset + at, LE);
        }
    }

    private static void momentumBody(MemorySegment p, long pOffset, MemorySegment g, long gOffset, MemorySegment buffer,
            long bufferOffset, long bound, float learningRate, float momentum, float gradientFactor,
            float bufferFactor, float weightDecay) {
        for (long i = 0; i < bound; i += LANES) {
            final long at = i << 2;
            final FloatVector parameter = FloatVector.fromMemorySegment(FLOATS, p, pOffset + at, LE);
            final FloatVector gradient = parameter.fma(FloatVector.broadcast(FLOATS, weightDecay),
                    FloatVector.fromMemorySegment(FLOATS, g, gOffset + at, LE));
            final FloatVector velocity = FloatVector.fromMemorySegment(FLOATS, buffer, bufferOffset + at, LE)
                    .fma(FloatVector.broadcast(FLOATS, momentum), gradient);
            velocity.intoMemorySegment(buffer, bufferOffset + at, LE);
            velocity.fma(FloatVector.broadcast(FLOATS, bufferFactor), gradient.mul(gradientFactor))
                    .fma(FloatVector.broadcast(FLOATS, -learningRate), parameter)
                    .intoMemorySegment(p, pOffset + at, LE);
        }
    }

    private static void adamBody(MemorySegment p, long pOffset, MemorySegment g, long gOffset, MemorySegment mean,
            long meanOffset, MemorySegment square, long squareOffset, long bound, float rate1, float rate2,
            float stepSize, float rootScale, float epsilon, float weightDecay, float shrink) {
        for (long i = 0; i < bound; i += LANES) {
            final long at = i << 2;
            final FloatVector parameter = FloatVector.fromMemorySegment(FLOATS, p, pOffset + at, LE);
            final FloatVector gradient = parameter.fma(FloatVector.broadcast(FLOATS, weightDecay),
                    FloatVector.fromMemorySegment(FLOATS, g, gOffset + at, LE));
            final FloatVector oldMean = FloatVector.fromMemorySegment(FLOATS, mean, meanOffset + at, LE);
            final FloatVector newMean = gradient.sub(oldMean).fma(FloatVector.broadcast(FLOATS, rate1), oldMean);
            final FloatVector newSquare = gradient.mul(rate2).fma(gradient,
                    FloatVector.fromMemorySegment(FLOATS, square, squareOffset + at, LE).mul(1 - rate2));
            newMean.intoMemorySegment(mean, meanOffset + at, LE);
            newSquare.intoMemorySegment(square, squareOffset + at, LE);
            final FloatVector divisor = newSquare.sqrt().fma(FloatVector.broadcast(FLOATS, rootScale),
                    FloatVector.broadcast(FLOATS, epsilon));
            parameter.fma(FloatVector.broadcast(FLOATS, shrink), newMean.mul(stepSize).div(divisor).neg())
                    .intoMemorySegment(p, pOffset + at, LE);
        }
    }

    private static void ftrlBody(MemorySegment p, long pOffset, MemorySegment g, long gOffset, MemorySegment n,
            long nOffset, MemorySegment z, long zOffset, long bound, float inverseLearningRate, float l1,
            float ridge) {
        for (long i = 0; i < bound; i += LANES) {
            final long at = i << 2;
            final FloatVector gradient = FloatVector.fromMemorySegment(FLOATS, g, gOffset + at, LE);
            final FloatVector oldSum = FloatVector.fromMemorySegment(FLOATS, n, nOffset + at, LE);
            final FloatVector newSum = gradient.fma(gradient, oldSum);
            final FloatVector root = newSum.sqrt();
            final FloatVector sigma = root.sub(oldSum.sqrt()).mul(inverseLearningRate);
            final FloatVector linear = FloatVector.fromMemorySegment(FLOATS, z, zOffset + at, LE)
                    .add(sigma.neg().fma(FloatVector.fromMemorySegment(FLOATS, p, pOffset + at, LE), gradient));
            newSum.intoMemorySegment(n, nOffset + at, LE);
            linear.intoMemorySegment(z, zOffset + at, LE);
            final FloatVector divisor = root.fma(FloatVector.broadcast(FLOATS, inverseLearningRate),
                    FloatVector.broadcast(FLOATS, ridge)).max(Float.MIN_NORMAL);
            linear.min(l1).max(-l1).sub(linear).div(divisor).intoMemorySegment(p, pOffset + at, LE);
        }
    }
}
