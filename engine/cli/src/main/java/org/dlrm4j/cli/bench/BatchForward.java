package org.dlrm4j.cli.bench;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.dlrm4j.data.Batch;
import org.dlrm4j.model.Network;
import org.dlrm4j.os.NativeMemory;
import org.dlrm4j.train.ParallelForward;
import org.dlrm4j.train.WorkerPool;

/** Predicts batches of any size by pieces whose activations stay in the caches, as a scorer does. */
final class BatchForward implements AutoCloseable {
    private static final int SLOTS_PER_THREAD = 128;

    private final Network network;
    private final ParallelForward forward;
    private final NativeMemory predictions;

    /**
     * Allocates workspace.
     *
     * @param network the parameters; owned by the caller
     * @param maxBatch samples of the largest batch
     * @param pool the threads; owned by the caller
     */
    BatchForward(Network network, int maxBatch, WorkerPool pool) {
        this.network = network;
        forward = new ParallelForward(network, (int) Math.min(maxBatch, (long) SLOTS_PER_THREAD * pool.threads()),
                pool);
        predictions = NativeMemory.allocate((long) maxBatch * Float.BYTES);
    }

    void run(Batch batch) {
        network.derive(batch);
        for (int at = 0; at < batch.size(); at += forward.capacity()) {
            final int m = Math.min(forward.capacity(), batch.size() - at);
            forward.run(batch, at, m);
            MemorySegment.copy(forward.predictions(), 0, predictions.segment(), (long) at * Float.BYTES,
                    (long) m * Float.BYTES);
        }
    }

    float prediction(int sample) {
        return predictions.segment().getAtIndex(ValueLayout.JAVA_FLOAT, sample);
    }

    @Override
    public void close() {
        forward.close();
        predictions.close();
    }
}
