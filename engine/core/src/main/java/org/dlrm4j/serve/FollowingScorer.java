package org.dlrm4j.serve;

import java.util.concurrent.atomic.AtomicReference;
import org.dlrm4j.train.WorkerPool;

/**
 * A scorer that changes to a {@link ModelServer}'s current version between requests. Confined to one thread at a time.
 *
 * <p>Call {@link #newest()} once a request, and score all of it with what it returns. A version stays in memory until every scorer
 * has let go of it, which happens in the next {@link #newest()} or {@link #close()}: a scorer that nobody uses keeps an old one.
 */
public final class FollowingScorer implements AutoCloseable {
    /** A version and, unless it is made with a pool, which only its thread may use, a scorer of it; owns both. */
    private record Version(Model model, Scorer scorer) implements AutoCloseable {
        @Override
        public void close() {
            if (scorer != null) {
                scorer.close();
            }
            model.close();
        }
    }

    private final ModelServer server;
    private final int maxBatch;
    private final WorkerPool pool;
    private final AtomicReference<Version> offered = new AtomicReference<>();
    private Version current;

    /** Takes ownership of the model, also when this throws. */
    FollowingScorer(ModelServer server, int maxBatch, WorkerPool pool, Model first) {
        this.server = server;
        this.maxBatch = maxBatch;
        this.pool = pool;
        current = withScorer(new Version(first, null));
    }

    private Version withScorer(Version version) {
        final Model model = version.model();
        try {
            return new Version(model, pool == null ? model.scorer(maxBatch) : model.scorer(maxBatch, pool));
        } catch (RuntimeException | OutOfMemoryError e) {
            model.close();
            throw e;
        }
    }

    /**
     * Makes what the thread will change to, in the thread that publishes. Takes ownership of the model, also when this throws.
     *
     * @return tells the thread to change, or gives the version back if it is not to be published
     */
    Offer prepare(Model model) {
        final Version version = pool == null ? withScorer(new Version(model, null)) : new Version(model, null);
        if (version.scorer() != null) {
            try {
                version.scorer().touch();
            } catch (RuntimeException | OutOfMemoryError e) {
                version.close();
                throw e;
            }
        }
        return new Offer(version);
    }

    /** A version that is ready for this scorer's thread. */
    final class Offer {
        private final Version version;

        private Offer(Version version) {
            this.version = version;
        }

        void publish() {
            final Version passedOver = offered.getAndSet(version);
            if (passedOver != null) {
                passedOver.close();
            }
        }

        void withdraw() {
            version.close();
        }
    }

    /**
     * Returns a scorer of the server's current version. Costs one volatile read and does not allocate; the scorer of a new version was
     * made before it was published, unless it has a pool: then its workspace is allocated here.
     *
     * @return the scorer, owned by this object, valid until the next call
     * @throws IllegalStateException if this scorer is closed
     */
    public Scorer newest() {
        requireOpen();
        if (offered.get() != null) {
            change();
        }
        return current.scorer();
    }

    /**
     * Returns the version that {@link #newest()} returned last.
     *
     * @return its model, owned by this object
     * @throws IllegalStateException if this scorer is closed
     */
    public Model model() {
        requireOpen();
        return current.model();
    }

    private void requireOpen() {
        if (current == null) {
            throw new IllegalStateException("the scorer is closed");
        }
    }

    private void change() {
        Version next = offered.getAndSet(null);
        if (next.scorer() == null) {
            next = withScorer(next);
        }
        server.closeLater(current);
        current = next;
    }

    /** Lets go of the version. A second call does nothing. */
    @Override
    public void close() {
        if (current != null) {
            server.forget(this);
            final Version unused = offered.getAndSet(null);
            if (unused != null) {
                unused.close();
            }
            current.close();
            current = null;
        }
    }
}
