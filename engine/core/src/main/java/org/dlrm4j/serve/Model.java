package org.dlrm4j.serve;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.dlrm4j.data.SampleEncoder;
import org.dlrm4j.kernels.WeightFormat;
import org.dlrm4j.model.ModelConfig;
import org.dlrm4j.model.ModelFiles;
import org.dlrm4j.model.TablePlacement;
import org.dlrm4j.model.Vocabulary;
import org.dlrm4j.store.EmbeddingTable;
import org.dlrm4j.store.ModelDirectory;
import org.dlrm4j.store.ModelFormatException;
import org.dlrm4j.store.Prefault;
import org.dlrm4j.train.WorkerPool;

/**
 * A model opened for scoring: tables mapped read-only from their files, layers packed in memory. Opening costs time in
 * proportion to the layers and the dictionaries, not to the tables, whose pages come in on first use or by {@link #prefault}.
 *
 * <p>Thread-safe. Each thread that scores takes a {@link Scorer} of its own. Memory is released when the model and all its
 * scorers are closed, in any order: closing a model while others still score is safe, and no new scorer can be taken then.
 */
public final class Model implements AutoCloseable {
    private final SharedModel shared;
    private final ModelFiles.Loaded loaded;
    private boolean closed;

    private Model(SharedModel shared) {
        this.shared = shared;
        loaded = shared.loaded();
    }

    /**
     * Opens the newest state of a model directory: the current generation and its deltas. What is written later does not change this
     * model.
     *
     * @param directory the model directory
     * @return the model, owned by the caller
     * @throws org.dlrm4j.store.StoreException if there is no model or a file is damaged, naming file and field
     */
    public static Model open(Path directory) {
        return open(directory, false);
    }

    /**
     * Opens the newest state of a model directory.
     *
     * @param directory the model directory
     * @param verify whether all processors first read all files and compare them with their checksums
     * @return the model, owned by the caller
     * @throws org.dlrm4j.store.StoreException if there is no model or a file is damaged, naming file and field
     */
    public static Model open(Path directory, boolean verify) {
        return open(directory, verifyThreads(verify), null);
    }

    /**
     * Opens the newest state of a model directory to score with compact weights, or with float32 ones although the model says otherwise.
     *
     * @param directory the model directory
     * @param denseWeights what layers multiply with
     * @return the model, owned by the caller
     * @throws org.dlrm4j.store.StoreException if there is no model or a file is damaged, or if a weight has no place in the format, naming
     *     file and field
     */
    public static Model open(Path directory, WeightFormat denseWeights) {
        return open(directory, 0, Objects.requireNonNull(denseWeights, "denseWeights"));
    }

    /** The same with as many threads as the caller can spare, or none, and as the model says if {@code denseWeights} is null. */
    static Model open(Path directory, int verifyThreads, WeightFormat denseWeights) {
        return new Model(new SharedModel(ModelFiles.open(directory, verifyThreads, denseWeights)));
    }

    private static int verifyThreads(boolean verify) {
        return verify ? Runtime.getRuntime().availableProcessors() : 0;
    }

    /** Returns another owner of what this model holds. */
    synchronized Model share() {
        requireOpen();
        shared.retain();
        return new Model(shared);
    }

    /**
     * Opens the newest state of a model directory that opens: the current one or, if that is damaged, the newest of those that
     * are kept. Rows of tables are not read: {@link ModelDirectory#verify} finds damage there.
     *
     * @param directory the model directory
     * @param damage is told of everything newer that is damaged, before this returns an older state
     * @return the model, owned by the caller
     * @throws org.dlrm4j.store.StoreException if there is no model or everything is damaged, naming file and field
     */
    public static Model openNewestGood(Path directory, Consumer<? super ModelFormatException> damage) {
        return openNewestGood(directory, false, null, damage);
    }

    /**
     * Opens the newest state of a model directory that opens and, if wanted, whose files all match their checksums.
     *
     * @param directory the model directory
     * @param verify whether all processors first read all files and compare them with their checksums
     * @param damage is told of everything newer that is damaged, before this returns an older state
     * @return the model, owned by the caller
     * @throws org.dlrm4j.store.StoreException if there is no model or everything is damaged, naming file and field
     */
    public static Model openNewestGood(Path directory, boolean verify, Consumer<? super ModelFormatException> damage) {
        return openNewestGood(directory, verify, null, damage);
    }

    /** The same, and as the model says if {@code denseWeights} is null. */
    static Model openNewestGood(Path directory, boolean verify, WeightFormat denseWeights,
            Consumer<? super ModelFormatException> damage) {
        return new Model(new SharedModel(
                ModelFiles.openNewestGood(directory, verifyThreads(verify), denseWeights, damage)));
    }

    /**
     * Returns the architecture.
     *
     * @return the configuration
     */
    public ModelConfig config() {
        return loaded.network().config();
    }

    /**
     * Returns what layers multiply with.
     *
     * @return the format that the weights of layers are rounded to
     */
    public WeightFormat denseWeights() {
        return loaded.network().denseWeights();
    }

    /**
     * Returns the number of the generation that was opened.
     *
     * @return counts from 1
     */
    public long generation() {
        return loaded.directory().generation();
    }

    /**
     * Returns what was opened.
     *
     * @return the generation and its deltas
     */
    public ModelDirectory directory() {
        return loaded.directory();
    }

    /**
     * Returns whether raw values can be scored.
     *
     * @return false if the model was trained on row numbers
     */
    public boolean hasVocabulary() {
        return loaded.vocabulary() != null;
    }

    /**
     * Returns how rows of text that follow the model's schema are encoded: {@code encoder().rows(name)} fills
     * {@link Scorer#batch()}.
     *
     * @return the encoder, or null if the model was trained on Criteo's format or on row numbers
     */
    public SampleEncoder encoder() {
        return loaded.vocabulary() == null ? null : loaded.vocabulary().encoder();
    }

    Vocabulary vocabulary() {
        return loaded.vocabulary();
    }

    /** Reads all pages of the tables into memory, so that first requests do not wait for the disk. */
    public void prefault() {
        prefault(TablePlacement.DEFAULT);
    }

    /**
     * Reads all pages of the tables into memory, placed on NUMA nodes. Pages that are in memory already, because another
     * process or an earlier one read the files, stay where they are: {@link #checkPlacement} tells.
     *
     * @param placement which table goes where
     * @throws org.dlrm4j.store.StoreException if the device cannot supply a page
     * @throws IllegalStateException if this model is closed, or if {@code placement} is not the default and the calling
     *     thread is virtual
     */
    public void prefault(TablePlacement placement) {
        prefault(placement, new Prefault(Prefault.NO_LIMIT, done -> {}));
    }

    /**
     * Reads all pages of the tables into memory as {@link #prefault(TablePlacement)} does, at a pace.
     *
     * @param placement which table goes where
     * @param pace rate and progress, out of {@link #tableBytes}
     * @throws org.dlrm4j.store.StoreException if the device cannot supply a page, or the thread is interrupted
     * @throws IllegalStateException if this model is closed, or if {@code placement} is not the default and the calling
     *     thread is virtual
     */
    public void prefault(TablePlacement placement, Prefault pace) {
        // Minutes may pass: other threads can take scorers meanwhile.
        try (Model held = share()) {
            placement.prefault(held.loaded.network().tables(), pace);
        }
    }

    /**
     * Copies the first rows of each table into huge pages of this process, see {@link EmbeddingTable#copyFirstRows}: dictionaries number
     * values in the order of their first appearance, so that these are the rows that are used most. Scorers go on meanwhile, and scores
     * are the same. Call it before {@link #lockTables}.
     *
     * @param maxBytes of all copies together, 0 or more; no table has more than another unless that is copied whole
     * @param placement which table goes where
     * @return bytes that were copied
     * @throws IllegalArgumentException if {@code maxBytes} is negative
     * @throws org.dlrm4j.store.StoreException if the device cannot supply a page, or memory is refused
     * @throws IllegalStateException if this model is closed
     */
    public long copyHotRows(long maxBytes, TablePlacement placement) {
        try (Model held = share()) {
            return placement.copyHotRows(held.loaded.network().tables(), maxBytes);
        }
    }

    /**
     * Returns the size of the tables' files.
     *
     * @return bytes, holes included
     */
    public long tableBytes() {
        return loaded.network().tables().stream().mapToLong(EmbeddingTable::fileBytes).sum();
    }

    /**
     * Keeps the tables' pages in memory, those that are there and others from when they come. Never fails: what the system does not
     * allow is told in the log ({@code org.dlrm4j.os}), with limit and remedy.
     *
     * @return whether all tables are kept
     * @throws IllegalStateException if this model is closed
     */
    public synchronized boolean lockTables() {
        requireOpen();
        boolean all = true;
        for (EmbeddingTable table : loaded.network().tables()) {
            all &= table.lock();
        }
        return all;
    }

    /**
     * Prepares for lookups of rows that are not in memory: scorers that are taken from now on ask the device for all rows of a batch
     * at once, instead of waiting for one after the other. Scores are the same. Worth it where tables are larger than memory, or are
     * not prefaulted; costs 1 bit a page of the tables that are looked up, and a look at that bit for each row. Calling it again does
     * nothing.
     *
     * @throws IllegalStateException if this model is closed
     */
    public synchronized void prefetchLookups() {
        requireOpen();
        shared.startPrefetch();
    }

    /**
     * Asks the kernel where the tables' pages lie, by samples.
     *
     * @param placement where they should be
     * @return what was found; empty if the kernel does not tell
     * @throws IllegalStateException if this model is closed
     */
    public synchronized Optional<TablePlacement.Check> checkPlacement(TablePlacement placement) {
        requireOpen();
        return placement.check(loaded.network().tables());
    }

    /**
     * Creates a scorer for the calling thread.
     *
     * @param maxBatch samples of its largest batch, 1 or more
     * @return the scorer, owned by the caller
     * @throws IllegalStateException if this model is closed
     */
    public synchronized Scorer scorer(int maxBatch) {
        return newScorer(maxBatch, null);
    }

    /**
     * Creates a scorer that spreads large batches over threads; small ones it scores in the calling thread.
     *
     * @param maxBatch samples of its largest batch, 1 or more
     * @param pool the threads; owned by the caller, whose thread must be the only one that uses pool and scorer
     * @return the scorer, owned by the caller
     * @throws IllegalStateException if this model is closed
     */
    public synchronized Scorer scorer(int maxBatch, WorkerPool pool) {
        return newScorer(maxBatch, Objects.requireNonNull(pool, "pool"));
    }

    /**
     * Warms up the JVM for single-threaded scorers of this model, see {@link Scorer#warmUp}.
     *
     * @param budget when to stop at the latest, more than zero; sizes share it
     * @param batchSizes samples of a call, 1 or more each: those that the application will use
     * @return what was reached for each size, in their order
     * @throws IllegalArgumentException if there are no sizes, or one or the budget is out of range
     * @throws IllegalStateException if this model is closed
     */
    public List<WarmUp> warmUp(Duration budget, int... batchSizes) {
        final int largest = Arrays.stream(batchSizes).max()
                .orElseThrow(() -> new IllegalArgumentException("warm-up without batch sizes, expected at least one"));
        final List<WarmUp> reached = new ArrayList<>();
        try (Scorer scorer = scorer(largest)) {
            Duration left = budget;
            for (int i = 0; i < batchSizes.length; i++) {
                final WarmUp result = scorer.warmUp(batchSizes[i], left.dividedBy(batchSizes.length - i));
                reached.add(result);
                // A call that was begun in time may have ended late: the others still get their turn.
                final Duration rest = left.minus(result.total());
                left = rest.isPositive() ? rest : Duration.ofNanos(batchSizes.length);
            }
        }
        return reached;
    }

    private Scorer newScorer(int maxBatch, WorkerPool pool) {
        requireOpen();
        final Scorer scorer = new Scorer(this, loaded.network(), maxBatch, pool, shared.prefetch());
        shared.retain();
        return scorer;
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the model is closed");
        }
    }

    void release() {
        shared.release();
    }

    /** Closes the model; closing twice does nothing. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            release();
        }
    }
}
