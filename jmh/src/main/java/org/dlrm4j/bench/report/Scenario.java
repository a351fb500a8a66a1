package org.dlrm4j.bench.report;

import java.util.Arrays;
import org.dlrm4j.model.Dlrm;
import org.dlrm4j.model.ModelConfig;
import org.dlrm4j.preset.Workload;
import org.dlrm4j.train.OptimizerKind;

/**
 * A model and how it is trained.
 *
 * @param workload the model and the shape of its data
 * @param batch samples of a batch
 * @param threads threads that train
 * @param optimizer the method
 */
record Scenario(Workload workload, int batch, int threads, OptimizerKind optimizer) {
    ModelConfig config() {
        return workload.config();
    }

    private Scenario with(Workload other) {
        return new Scenario(other, batch, threads, optimizer);
    }

    Scenario withBatch(int samples) {
        return new Scenario(workload, samples, threads, optimizer);
    }

    Scenario withThreads(int count) {
        return new Scenario(workload, batch, count, optimizer);
    }

    /** Gives all bags so many rows. */
    Scenario withPooling(int rows) {
        final int[] bags = workload.bagRows();
        if (workload.fixedBags() && Arrays.stream(bags).allMatch(bag -> bag == rows)) {
            return this;
        }
        Arrays.fill(bags, rows);
        return with(new Workload(config(), bags, true));
    }

    /** Makes all tables larger or smaller. */
    Scenario withRowsTimes(double factor) {
        return factor == 1 ? this : with(workload.withRows(rows -> Math.max(1, Math.round(rows * factor))));
    }

    /** Makes the rows of all tables wider or narrower, and the bottom MLP of a DLRM with them. */
    Scenario withDim(int dim) {
        final ModelConfig config = config();
        if (dim == config.dim()) {
            return this;
        }
        var architecture = config.architecture();
        if (architecture instanceof Dlrm dlrm) {
            final int[] bottom = dlrm.bottom();
            bottom[bottom.length - 1] = dim;
            architecture = new Dlrm(bottom, dlrm.top(), dlrm.interaction(), dlrm.itself());
        }
        return with(new Workload(new ModelConfig(config.denseFeatures(), config.rows(), dim, architecture,
                config.pooling(), config.loss(), config.lossThreshold(), config.lossWeights()), workload.bagRows(),
                workload.fixedBags()));
    }
}
