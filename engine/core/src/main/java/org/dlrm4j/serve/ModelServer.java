package org.dlrm4j.serve;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.dlrm4j.model.ModelConfig;
import org.dlrm4j.store.ModelDirectory;
import org.dlrm4j.store.ModelFormatException;
import org.dlrm4j.store.ModelStamp;
import org.dlrm4j.store.StoreException;
import org.dlrm4j.train.WorkerPool;

/**
 * The current version of the model in a directory, for an application that scores while new checkpoints and deltas arrive. A version
 * is opened, verified and read into memory as {@link ServerOptions} say, warmed up, and only then published, by one write: a request
 * sees one version, tables and layers alike. An old version goes when the last who holds it lets go.
 *
 * <p>Each version maps the tables' files anew; what is mapped already is shared, so that a new version costs memory for its layers
 * and, where there are deltas, at most 4 KiB a changed row. {@link #refresh()} looks for a new version once, {@link #follow} again
 * and again. If a new version cannot be opened, the current one goes on; a server that starts opens the newest state that is not
 * damaged. Both are told in the log ({@code org.dlrm4j.serve}). What {@link #follow} found damaged it does not read again before its
 * files change.
 *
 * <p>Thread-safe. The owner closes it; models and scorers that others hold stay usable.
 */
public final class ModelServer implements AutoCloseable {
    private static final System.Logger LOGGER = System.getLogger("org.dlrm4j.serve");

    private final Path directory;
    private final ServerOptions options;
    private final Object refreshing = new Object();
    private final CountDownLatch closing = new CountDownLatch(1);
    private final ExecutorService closer = Executors
            .newSingleThreadExecutor(Thread.ofPlatform().daemon().name("dlrm4j-model-closer").factory());
    private final List<FollowingScorer> scorers = new ArrayList<>();
    private Model former;
    private Integer rejected;
    private volatile Model current;
    private volatile RuntimeException lastFailure;
    /** What the files of the newest state were when it was found damaged, or null. */
    private ModelStamp damaged;
    private Thread follower;
    private boolean closed;

    private ModelServer(Path directory, ServerOptions options) {
        this.directory = directory;
        this.options = options;
        current = prepare(openNewestGood());
        // Starts the thread, which takes longer than a request.
        closer.execute(() -> {});
    }

    /**
     * Opens and prepares the directory's newest version or, if that is damaged, the newest of those that are kept; then
     * {@link #lastFailure()} has the damage, and each {@link #refresh()} tries the newest again. Damage of rows is found if the options
     * say {@link ServerOptions#verify}.
     *
     * @param directory the model directory
     * @param options what is done with each version before requests see it
     * @return the server, owned by the caller
     * @throws StoreException if there is no model or everything is damaged, naming file and field
     */
    public static ModelServer open(Path directory, ServerOptions options) {
        return new ModelServer(directory, options);
    }

    private Model openNewestGood() {
        final List<RuntimeException> damage = new ArrayList<>();
        final ModelStamp files = ModelStamp.of(directory);
        final Model model = Model.openNewestGood(directory, options.verify(), options.denseWeights(),
                damage::add);
        if (!damage.isEmpty()) {
            damaged = files;
            lastFailure = damage.getFirst();
            damage.forEach(each -> LOGGER.log(System.Logger.Level.WARNING, each.getMessage()));
            LOGGER.log(System.Logger.Level.WARNING, directory + ": serving " + name(model.directory())
                    + ", the newest state that is not damaged");
        }
        return model;
    }

    private static String name(ModelDirectory version) {
        return "generation " + version.generation()
                + (version.deltas() == 0 ? "" : " and its deltas up to " + version.deltas());
    }

    private Model prepare(Model model) {
        try {
            if (options.prefetch()) {
                model.prefetchLookups();
            }
            model.copyHotRows(options.hotBytes(), options.placement());
            if (options.prefault()) {
                model.prefault(options.placement());
            }
            if (!options.warmUp().isZero()) {
                model.warmUp(options.warmUp(),
                        options.warmUpBatchSizes().stream().mapToInt(Integer::intValue).toArray());
            }
            return model;
        } catch (RuntimeException | OutOfMemoryError e) {
            model.close();
            throw e;
        }
    }

    /**
     * Returns the current version, for as long as the caller wants it.
     *
     * @return a model that the caller closes, whatever the server does meanwhile
     * @throws IllegalStateException if the server is closed
     */
    public synchronized Model acquire() {
        requireOpen();
        return current.share();
    }

    /**
     * Creates a scorer for the calling thread that follows the current version.
     *
     * @param maxBatch samples of its largest batch, 1 or more
     * @return the scorer, owned by the caller
     * @throws IllegalStateException if the server is closed
     */
    public FollowingScorer scorer(int maxBatch) {
        return newFollower(maxBatch, null);
    }

    /**
     * Creates a scorer that follows the current version and spreads large batches over threads.
     *
     * @param maxBatch samples of its largest batch, 1 or more
     * @param pool the threads; owned by the caller, whose thread must be the only one that uses pool and scorer
     * @return the scorer, owned by the caller
     * @throws IllegalStateException if the server is closed
     */
    public FollowingScorer scorer(int maxBatch, WorkerPool pool) {
        return newFollower(maxBatch, Objects.requireNonNull(pool, "pool"));
    }

    private synchronized FollowingScorer newFollower(int maxBatch, WorkerPool pool) {
        final FollowingScorer scorer = new FollowingScorer(this, maxBatch, pool, acquire());
        scorers.add(scorer);
        return scorer;
    }

    synchronized void forget(FollowingScorer scorer) {
        scorers.remove(scorer);
    }

    /** Closes what a request is done with: to unmap a large table takes milliseconds, which are not the request's. */
    void closeLater(AutoCloseable version) {
        try {
            closer.execute(() -> close(version));
        } catch (RejectedExecutionException e) {
            // The server is closed, and its thread with it.
            close(version);
        }
    }

    private static void close(AutoCloseable version) {
        try {
            version.close();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Returns what is current.
     *
     * @return generation and deltas
     */
    public ModelDirectory version() {
        return current.directory();
    }

    /**
     * Looks for a newer state in the directory; if there is one, prepares and publishes it. Takes as long as that takes, in the
     * calling thread, while others score.
     *
     * @return whether there is a new version
     * @throws StoreException if the new state cannot be opened, naming file and field, or has other features than the current one;
     *     that goes on, and the next call reads the new state again
     * @throws IllegalStateException if the server is closed
     */
    public boolean refresh() {
        synchronized (refreshing) {
            final int newest = ModelDirectory.open(directory).checksum();
            synchronized (this) {
                requireOpen();
                if (newest == current.directory().checksum() || rejected != null && newest == rejected) {
                    return false;
                }
            }
            publish(prepareSuccessor());
            return true;
        }
    }

    private Model prepareSuccessor() {
        // By this thread alone: the other processors are those of the requests.
        final Model next = prepare(Model.open(directory, options.verify() ? 1 : 0, options.denseWeights()));
        final ModelConfig before = current.config();
        final ModelConfig after = next.config();
        if (after.denseFeatures() != before.denseFeatures() || after.sparseFeatures() != before.sparseFeatures()) {
            next.close();
            throw new ModelFormatException(next.directory().manifestFile(), "configuration",
                    "generation " + next.generation() + " has " + after.denseFeatures() + " dense and "
                            + after.sparseFeatures() + " sparse features, but the requests are made for "
                            + before.denseFeatures() + " and " + before.sparseFeatures()
                            + "; serve it from a directory and a server of its own");
        }
        return next;
    }

    private void publish(Model next) {
        final Model unneeded;
        synchronized (this) {
            if (closed) {
                next.close();
                requireOpen();
            }
            try {
                offer(next);
            } catch (RuntimeException | OutOfMemoryError e) {
                next.close();
                throw e;
            }
            unneeded = options.keepFormer() ? former : current;
            former = options.keepFormer() ? current : null;
            rejected = null;
            current = next;
            lastFailure = null;
        }
        if (unneeded != null) {
            unneeded.close();
        }
    }

    /** Makes a scorer for each thread that follows, then tells all of them, or none if one cannot be made. */
    private void offer(Model next) {
        final List<FollowingScorer.Offer> offers = new ArrayList<>();
        try {
            for (FollowingScorer scorer : scorers) {
                offers.add(scorer.prepare(next.share()));
            }
        } catch (RuntimeException | OutOfMemoryError e) {
            offers.forEach(FollowingScorer.Offer::withdraw);
            throw e;
        }
        offers.forEach(FollowingScorer.Offer::publish);
    }

    /**
     * Makes the version before the current one current again. The version that was current is not taken again: the next one that
     * differs from it is.
     *
     * @return whether there was a former version; it is kept if {@link ServerOptions#keepFormer}, and once
     * @throws IllegalStateException if the server is closed
     */
    public boolean rollBack() {
        final Model left;
        synchronized (this) {
            requireOpen();
            if (former == null) {
                return false;
            }
            offer(former);
            left = current;
            rejected = left.directory().checksum();
            current = former;
            former = null;
        }
        left.close();
        return true;
    }

    /**
     * Looks for newer states as {@link #refresh()} does, again and again in a thread of its own until the server is closed. A failure
     * is logged, once as long as it stays the same, and found in {@link #lastFailure()}. A state that is damaged is read once, and again
     * when one of its files was written, replaced, added or removed.
     *
     * @param interval time between two looks at the directory, more than zero
     * @throws IllegalArgumentException if the interval is not positive
     * @throws IllegalStateException if the server follows already or is closed
     */
    public synchronized void follow(Duration interval) {
        requireOpen();
        if (!interval.isPositive()) {
            throw new IllegalArgumentException("the interval is " + interval + ", expected more than zero");
        }
        if (follower != null) {
            throw new IllegalStateException("the server follows " + directory + " already");
        }
        follower = Thread.ofPlatform().daemon().name("dlrm4j-model-server").start(() -> lookAgainEvery(interval));
    }

    private void lookAgainEvery(Duration interval) {
        try {
            while (!closing.await(interval.toNanos(), TimeUnit.NANOSECONDS)) {
                try {
                    refreshUnlessDamaged();
                } catch (RuntimeException e) {
                    failed(e);
                } catch (OutOfMemoryError e) {
                    // What serves goes on, and the next look may find memory.
                    failed(new StoreException(directory + ": no memory for a new version: " + e.getMessage(), e));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void refreshUnlessDamaged() {
        final ModelStamp files = ModelStamp.of(directory);
        if (files.equals(damaged)) {
            return;
        }
        try {
            refresh();
            damaged = null;
            lastFailure = null;
        } catch (ModelFormatException e) {
            damaged = files;
            throw e;
        }
    }

    private void failed(RuntimeException failure) {
        if (closing.getCount() == 0) {
            return;
        }
        final RuntimeException before = lastFailure;
        lastFailure = failure;
        if (before == null || !Objects.equals(before.getMessage(), failure.getMessage())) {
            LOGGER.log(System.Logger.Level.WARNING, "the model stays at " + name(version())
                    + ", because a newer one cannot be served: " + failure.getMessage());
        }
    }

    /**
     * Returns why the directory's newest state is not served, as {@link #open} or the last look of {@link #follow} found.
     *
     * @return empty if that succeeded
     */
    public Optional<RuntimeException> lastFailure() {
        return Optional.ofNullable(lastFailure);
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the model server is closed");
        }
    }

    /** Ends following and lets go of the versions. A second call does nothing. */
    @Override
    public void close() {
        final Thread waitFor;
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            closing.countDown();
            closer.shutdown();
            waitFor = follower;
            current.close();
            if (former != null) {
                former.close();
            }
        }
        boolean interrupted = false;
        while (waitFor != null && waitFor.isAlive()) {
            try {
                waitFor.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
