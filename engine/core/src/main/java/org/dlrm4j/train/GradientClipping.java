package org.dlrm4j.train;

import org.dlrm4j.data.Batch;
import org.dlrm4j.kernels.GradientNorm;
import org.dlrm4j.kernels.SparseUpdate;
import org.dlrm4j.model.BackwardPass;
import org.dlrm4j.model.Lookup;
import org.dlrm4j.model.Network;
import org.dlrm4j.model.Parameter;
import org.dlrm4j.model.SparseGradient;
import org.dlrm4j.store.EmbeddingTable;

/**
 * Measures the norm of all gradients and the factor that brings it down to a limit, as PyTorch's {@code clip_grad_norm_} does of
 * a model with dense gradients: gradients of a row that occurs several times are summed before they are squared. A task is
 * a whole table or parameter, however many threads there are, so that sums have one order.
 */
final class GradientClipping implements AutoCloseable {
    private final Lookup[] lookups;
    private final Parameter[] parameters;
    private final double[] sums;
    private final float maxNorm;
    private final UpdateScratch scratch;

    GradientClipping(Network network, float maxNorm, int threads) {
        this.maxNorm = maxNorm;
        lookups = network.lookups().toArray(Lookup[]::new);
        parameters = network.parameters().toArray(Parameter[]::new);
        sums = new double[lookups.length + parameters.length];
        scratch = new UpdateScratch(threads);
    }

    int tasks() {
        return sums.length;
    }

    /** Sums the squares of one table's or parameter's gradient. */
    void measure(int task, BackwardPass backward, Batch batch, int thread) {
        if (task < lookups.length) {
            final Lookup lookup = lookups[task];
            final EmbeddingTable t = lookup.table();
            final SparseGradient g = backward.sparseGradient(lookup, batch);
            sums[task] = SparseUpdate.sumOfSquares(t.name(), t.rowFormat(), t.segment(), t.dataOffset(),
                    t.rowStrideBytes(), t.rows(),
                    t.dim(), g.indices(), 0, g.indexCount(), g.offsets(), 0, g.bags(), g.pooling(), g.weights(), 0,
                    g.gradient(), g.gradientOffset(), g.gradientStrideBytes(),
                    scratch.of(thread, g.indexCount(), t.dim()), 0);
        } else {
            final int number = task - lookups.length;
            sums[task] = GradientNorm.sumOfSquares(backward.parameterGradient(number), 0, parameters[number].count());
        }
    }

    /** Returns the norm, after all tasks. */
    double norm() {
        double sum = 0;
        for (double part : sums) {
            sum += part;
        }
        return Math.sqrt(sum);
    }

    /** Returns what gradients of this norm are to be multiplied by. */
    float factor(double norm) {
        return GradientNorm.clipFactor(norm, maxNorm);
    }

    @Override
    public void close() {
        scratch.close();
    }
}
