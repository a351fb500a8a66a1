package org.dlrm4j.serve;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import org.dlrm4j.data.Batch;
import org.dlrm4j.data.ClickLog;
import org.dlrm4j.data.CriteoTextParser;
import org.dlrm4j.data.FeatureDictionary;
import org.dlrm4j.data.UnseenPolicy;
import org.dlrm4j.model.LookupPrefetch;
import org.dlrm4j.model.Network;
import org.dlrm4j.model.Vocabulary;
import org.dlrm4j.os.NativeMemory;
import org.dlrm4j.train.ParallelForward;
import org.dlrm4j.train.WorkerPool;

/**
 * Computes click probabilities with a workspace of its own. Confined to one thread at a time. Does not allocate after
 * construction, except where bags grow beyond any earlier batch. A sample's score depends on nothing but the sample: not on
 * the batch, the slot or the thread. Large batches are spread over a pool's threads if the scorer was given one.
 *
 * <p>One request: {@link #score(float[], long[])} for row numbers or {@link #scoreRaw(int[], CharSequence[])} for raw values.
 * Batches, multi-hot bags: fill {@link #batch()}, then {@link #score()}.
 */
public final class Scorer implements AutoCloseable {
    /** Activations of so many samples stay in the L2 cache. */
    private static final int SLOTS = 128;

    private final Model model;
    private final Network network;
    private final Batch batch;
    private final ParallelForward forward;
    private final WorkerPool ownPool;
    private final NativeMemory predictions;
    private final FeatureDictionary[] dictionaries;
    private final UnseenPolicy[] policies;
    private final LookupPrefetch prefetch;
    private final long[] prefetchScratch = LookupPrefetch.newScratch();
    private boolean closed;

    /** Scores in the calling thread alone if {@code pool} is null, and leaves reading to faults if {@code prefetch} is. */
    Scorer(Model model, Network network, int maxBatch, WorkerPool pool, LookupPrefetch prefetch) {
        if (maxBatch < 1) {
            throw new IllegalArgumentException("the largest batch is " + maxBatch + ", expected 1 or more");
        }
        this.model = model;
        this.network = network;
        this.prefetch = prefetch;
        final Vocabulary vocabulary = model.vocabulary();
        final boolean criteo = vocabulary != null && vocabulary.encoder() == null;
        dictionaries = criteo ? vocabulary.dictionaries().toArray(FeatureDictionary[]::new) : null;
        policies = criteo ? vocabulary.policies().toArray(UnseenPolicy[]::new) : null;
        batch = new Batch(maxBatch, network.config().denseFeatures(), network.config().sparseFeatures());
        ownPool = pool == null ? new WorkerPool(1) : null;
        final WorkerPool threads = pool == null ? ownPool : pool;
        forward = new ParallelForward(network, (int) Math.min(maxBatch, (long) SLOTS * threads.threads()), threads);
        predictions = NativeMemory.allocate((long) maxBatch * Float.BYTES);
    }

    /**
     * Returns the batch to fill before {@link #score()}.
     *
     * @return this scorer's own batch
     */
    public Batch batch() {
        return batch;
    }

    /**
     * Lets the device begin to read the rows of {@link #batch()} that are not in memory, and returns at once. {@link #score()} does
     * the same first; an application that has other work to do before it calls that may call this as soon as the batch is complete.
     *
     * @return pages that were asked for; 0 if all were asked for before
     * @throws IllegalStateException if the scorer is closed, or was taken before {@link Model#prefetchLookups}
     */
    public int prefetch() {
        requireOpen();
        if (prefetch == null) {
            throw new IllegalStateException("the scorer was taken before model.prefetchLookups(); call that first");
        }
        batch.checkComplete();
        network.derive(batch);
        return prefetch.request(batch, prefetchScratch);
    }

    private void readAhead() {
        if (prefetch != null) {
            prefetch.request(batch, prefetchScratch);
        }
    }

    /**
     * Scores the samples of {@link #batch()}.
     *
     * @return one float a sample; valid until the next call
     * @throws IndexOutOfBoundsException naming table, bag and index if an index is not a row of its table
     * @throws IllegalStateException if the scorer is closed
     */
    public MemorySegment score() {
        requireOpen();
        batch.checkComplete();
        network.derive(batch);
        readAhead();
        for (int at = 0; at < batch.size(); at += forward.capacity()) {
            final int m = Math.min(forward.capacity(), batch.size() - at);
            forward.run(batch, at, m);
            MemorySegment.copy(forward.predictions(), 0, predictions.segment(), (long) at * Float.BYTES,
                    (long) m * Float.BYTES);
        }
        return predictions.segment();
    }

    /**
     * Scores one request with one row a feature.
     *
     * @param dense dense features as the model was trained on them (Criteo: after {@code log(1 + x)})
     * @param rows row of each table
     * @return the click probability
     * @throws IllegalArgumentException if an array's length differs from the model's number of features
     * @throws IndexOutOfBoundsException naming table and index if an index is not a row of its table
     */
    public float score(float[] dense, long[] rows) {
        requireOpen();
        requireLength("dense features", dense.length, batch.denseFeatures());
        requireLength("rows", rows.length, batch.sparseFeatures());
        batch.beginOneHot(1);
        for (int i = 0; i < dense.length; i++) {
            batch.setDense(0, i, dense[i]);
        }
        for (int f = 0; f < rows.length; f++) {
            batch.setIndex(0, f, rows[f]);
        }
        return scoreFirst();
    }

    /**
     * Scores one request as it stands in Criteo's text.
     *
     * @param counts the integer features; negative ones count as 0, missing ones are 0
     * @param values the categorical features, up to eight hexadecimal digits each, empty if missing
     * @return the click probability
     * @throws IllegalStateException if the model has no dictionaries of Criteo's format
     * @throws org.dlrm4j.data.DatasetException if a value is unseen and its policy is {@link UnseenPolicy#ERROR}
     * @throws IllegalArgumentException if a value is not hexadecimal or an array has another length than the model's features
     */
    public float scoreRaw(int[] counts, CharSequence[] values) {
        requireOpen();
        requireVocabulary();
        requireLength("counts", counts.length, batch.denseFeatures());
        requireLength("values", values.length, batch.sparseFeatures());
        batch.begin(1);
        for (int i = 0; i < counts.length; i++) {
            batch.setDense(0, i, ClickLog.logarithm(Math.max(0, counts[i])));
        }
        for (int f = 0; f < values.length; f++) {
            addRaw(f, CriteoTextParser.parseHash(values[f]));
        }
        return scoreFirst();
    }

    /**
     * Fills one sample of {@link #batch()}, which was begun with {@link Batch#begin}, from a parsed row of Criteo's text.
     *
     * @param sample the sample; samples are filled in order
     * @param record label, integers and hashes as {@link CriteoTextParser} parses them
     * @param at where the row starts in {@code record}
     */
    public void addRecord(int sample, int[] record, int at) {
        requireVocabulary();
        batch.setTarget(sample, record[at]);
        for (int i = 0; i < batch.denseFeatures(); i++) {
            batch.setDense(sample, i, ClickLog.logarithm(record[at + 1 + i]));
        }
        for (int f = 0; f < batch.sparseFeatures(); f++) {
            addRaw(f, record[at + 1 + batch.denseFeatures() + f]);
        }
    }

    private void addRaw(int f, int hash) {
        final int row = policies[f].resolve(dictionaries[f], hash);
        if (row != UnseenPolicy.NO_ROW) {
            batch.addIndex(f, row);
        }
        batch.endBag(f);
    }

    private float scoreFirst() {
        network.derive(batch);
        readAhead();
        forward.run(batch, 0, 1);
        return forward.predictions().get(ValueLayout.JAVA_FLOAT, 0);
    }

    /**
     * Scores made-up requests until calls stop getting faster or the budget is spent, so that the JVM compiles the kernels
     * before the first real request waits for it. Overwrites {@link #batch()}. With {@code samples} 1 it calls
     * {@link #scoreRaw}, or {@link #score(float[], long[])} if the model has no vocabulary; with more it fills the batch and
     * calls {@link #score()}. Looks up at most 64 rows of each table.
     *
     * @param samples samples of each call, 1 to the scorer's largest batch: those that the application will use
     * @param budget when to stop at the latest, more than zero; a call that has begun is finished
     * @return what was reached
     * @throws IllegalArgumentException if {@code samples} or {@code budget} is out of range
     * @throws IllegalStateException if the scorer is closed
     */
    public WarmUp warmUp(int samples, Duration budget) {
        requireOpen();
        if (samples < 1 || samples > batch.maxSamples()) {
            throw new IllegalArgumentException(
                    "warm-up with " + samples + " samples a call, expected 1 to " + batch.maxSamples());
        }
        if (budget.isNegative() || budget.isZero()) {
            throw new IllegalArgumentException("the warm-up's budget is " + budget + ", expected more than zero");
        }
        return new WarmUpRun(this, model.config(), dictionaries).run(samples, budget);
    }

    /** Scores one made-up request of the largest batch, so that a real one finds all workspace in memory. */
    void touch() {
        new WarmUpRun(this, model.config(), dictionaries).call(batch.maxSamples(), 0);
    }

    private static void requireLength(String what, int found, int expected) {
        if (found != expected) {
            throw new IllegalArgumentException(found + " " + what + ", the model has " + expected);
        }
    }

    private void requireVocabulary() {
        if (dictionaries == null) {
            throw new IllegalStateException(model.encoder() == null
                    ? "the model was saved without dictionaries: score row numbers instead"
                    : "the model takes rows of schema " + model.encoder().schema().name()
                            + ": fill the batch by Model.encoder() instead");
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the scorer is closed");
        }
    }

    /** Releases the workspace; closing twice does nothing. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            predictions.close();
            forward.close();
            if (ownPool != null) {
                ownPool.close();
            }
            batch.close();
            model.release();
        }
    }
}
