package org.dlrm4j.bench.peers;

import java.util.List;
import java.util.function.Consumer;

/**
 * Goes round a list of batches, one a call.
 *
 * @param <T> an engine's form of a batch
 */
final class Turns<T> implements Runnable {
    private final List<T> batches;
    private final Consumer<T> work;
    private int next;

    /**
     * Starts {@code engine} thirds into the list: were engines to take the same batches one after the other, each would find
     * rows in the cache that the one before it has fetched.
     */
    Turns(List<T> batches, int engine, Consumer<T> work) {
        this.batches = batches;
        this.work = work;
        next = batches.size() * engine / 3;
    }

    @Override
    public void run() {
        work.accept(batches.get(next));
        next = next + 1 == batches.size() ? 0 : next + 1;
    }
}
