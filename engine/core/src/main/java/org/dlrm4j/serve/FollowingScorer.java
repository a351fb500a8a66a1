package org.dlrm4j.serve;

import org.dlrm4j.train.WorkerPool;

/**
 * A scorer that changes to a {@link ModelServer}'s current version between requests. Confined to one thread at a time.
 *
 * <p>Call {@link #newest()} once a request, and score all of it with what it returns. A version stays in memory until every scorer
 * has let go of it, which happens in the next {@link #newest()} or {@link #close()}: a scorer that nobody uses keeps an old one.
 */
public final class FollowingScorer implements AutoCloseable {
    private final ModelServer server;
    private final int maxBatch;
    private final WorkerPool pool;
    private Model model;
    private Scorer scorer;

    FollowingScorer(ModelServer server, int maxBatch, WorkerPool pool) {
        this.server = server;
        this.maxBatch = maxBatch;
        this.pool = pool;
        change();
    }

    /**
     * Returns a scorer of the server's current version. Without a new version this costs one volatile read and does not allocate;
     * with one, workspace is allocated.
     *
     * @return the scorer, owned by this object, valid until the next call
     * @throws IllegalStateException if this scorer or the server is closed
     */
    public Scorer newest() {
        if (scorer == null) {
            throw new IllegalStateException("the scorer is closed");
        }
        if (!server.isCurrent(model)) {
            change();
        }
        return scorer;
    }

    /**
     * Returns the version that {@link #newest()} returned last.
     *
     * @return its model, owned by this object
     */
    public Model model() {
        return model;
    }

    private void change() {
        final Model newModel = server.acquire();
        final Scorer newScorer;
        try {
            newScorer = pool == null ? newModel.scorer(maxBatch) : newModel.scorer(maxBatch, pool);
        } catch (RuntimeException | OutOfMemoryError e) {
            newModel.close();
            throw e;
        }
        release();
        model = newModel;
        scorer = newScorer;
    }

    private void release() {
        if (scorer != null) {
            scorer.close();
            model.close();
        }
    }

    /** Lets go of the version. A second call does nothing. */
    @Override
    public void close() {
        release();
        scorer = null;
    }
}
