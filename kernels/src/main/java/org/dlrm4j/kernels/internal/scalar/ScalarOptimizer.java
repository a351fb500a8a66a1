package org.dlrm4j.kernels.internal.scalar;

import static org.dlrm4j.kernels.internal.Layouts.FLOAT;

import java.lang.foreign.MemorySegment;
import org.dlrm4j.kernels.internal.OptimizerKernel;

/** Optimizer steps in plain Java; also the tails of the vector kernels. */
public final class ScalarOptimizer implements OptimizerKernel {
    @Override
    public void sgd(MemorySegment p, long pOffset, MemorySegment g, long gOffset, long count, float learningRate,
            float weightDecay) {
        for (long i = 0; i < count; i++) {
            final long at = i << 2;
            final float parameter = p.get(FLOAT, pOffset + at);
            final float gradient = Math.fma(weightDecay, parameter, g.get(FLOAT, gOffset + at));
            p.set(FLOAT, pOffset + at, Math.fma(-learningRate, gradient, parameter));
        }
    }

    @Override
    public void adagrad(MemorySegment p, long pOffset, MemorySegment g, long gOffset, MemorySegment state,
            long stateOffset, long count, float learningRate, float epsilon, float weightDecay) {
        for (long i = 0; i < count; i++) {
            final long at = i << 2;
            final float parameter = p.get(FLOAT, pOffset + at);
            final float gradient = Math.fma(weightDecay, parameter, g.get(FLOAT, gOffset + at));
            final float sum = Math.fma(gradient, gradient, state.get(FLOAT, stateOffset + at));
            state.set(FLOAT, stateOffset + at, sum);
            final float step = learningRate * gradient / ((float) Math.sqrt(sum) + epsilon);
            p.set(FLOAT, pOffset + at, parameter - step);
        }
    }

    @Override
    public void momentum(MemorySegment p, long pOffset, MemorySegment g, long gOffset, MemorySegment buffer,
            long bufferOffset, long count, float learningRate, float momentum, boolean nesterov, float weightDecay) {
        final float gradientFactor = nesterov ? 1 : 0;
        final float bufferFactor = nesterov ? momentum : 1;
        for (long i = 0; i < count; i++) {
            final long at = i << 2;
            final float parameter = p.get(FLOAT, pOffset + at);
            final float gradient = Math.fma(weightDecay, parameter, g.get(FLOAT, gOffset + at));
            final float velocity = Math.fma(momentum, buffer.get(FLOAT, bufferOffset + at), gradient);
            buffer.set(FLOAT, bufferOffset + at, velocity);
            final float step = Math.fma(bufferFactor, velocity, gradientFactor * gradient);
            p.set(FLOAT, pOffset + at, Math.fma(-learningRate, step, parameter));
        }
    }

    @Override
    public void adam(MemorySegment p, long pOffset, MemorySegment g, long gOffset, MemorySegment mean, long meanOffset,
            MemorySegment square, long squareOffset, long count, float rate1, float rate2, float stepSize,
            float rootScale, float epsilon, float weightDecay, float shrink) {
        for (long i = 0; i < count; i++) {
            final long at = i << 2;
            final float parameter = p.get(FLOAT, pOffset + at);
            final float gradient = Math.fma(weightDecay, parameter, g.get(FLOAT, gOffset + at));
            final float oldMean = mean.get(FLOAT, meanOffset + at);
            final float oldSquare = square.get(FLOAT, squareOffset + at);
            final float newMean = Math.fma(rate1, gradient - oldMean, oldMean);
            final float newSquare = Math.fma(rate2 * gradient, gradient, (1 - rate2) * oldSquare);
            mean.set(FLOAT, meanOffset + at, newMean);
            square.set(FLOAT, squareOffset + at, newSquare);
            final float step = stepSize * newMean / Math.fma((float) Math.sqrt(newSquare), rootScale, epsilon);
            p.set(FLOAT, pOffset + at, Math.fma(shrink, parameter, -step));
        }
    }

    @Override
    public void ftrl(MemorySegment p, long pOffset, MemorySegment g, long gOffset, MemorySegment n, long nOffset,
            MemorySegment z, long zOffset, long count, float inverseLearningRate, float l1, float ridge) {
        for (long i = 0; i < count; i++) {
            final long at = i << 2;
            final float gradient = g.get(FLOAT, gOffset + at);
            final float oldSum = n.get(FLOAT, nOffset + at);
            final float newSum = Math.fma(gradient, gradient, oldSum);
            final float root = (float) Math.sqrt(newSum);
            final float sigma = (root - (float) Math.sqrt(oldSum)) * inverseLearningRate;
            final float linear = z.get(FLOAT, zOffset + at) + Math.fma(-sigma, p.get(FLOAT, pOffset + at), gradient);
            n.set(FLOAT, nOffset + at, newSum);
            z.set(FLOAT, zOffset + at, linear);
            final float clamped = Math.max(Math.min(linear, l1), -l1);
            // A parameter that never had a gradient has a divisor of 0, and must stay 0.
            final float divisor = Math.max(Math.fma(root, inverseLearningRate, ridge), Float.MIN_NORMAL);
            p.set(FLOAT, pOffset + at, (clamped - linear) / divisor);
        }
    }
}
