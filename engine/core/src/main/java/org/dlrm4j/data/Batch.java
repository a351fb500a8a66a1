package org.dlrm4j.data;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Objects;

/**
 * A reusable mini-batch in native memory: dense features, sparse features as bags of row numbers, and targets.
 *
 * <p>Layout, all in native byte order and every segment aligned to 64 bytes:
 * <ul>
 * <li>{@link #dense()}: float32, sample after sample, {@link #denseStrideBytes()} apart; the padding after a row's last
 * feature is zero;
 * <li>{@link #targets()}: float32, one a sample;
 * <li>{@link #offsets(int)}: int32, {@code size() + 1} entries; bag {@code b} of the feature holds the indices in
 * {@code [offsets[b], offsets[b + 1])} and may be empty;
 * <li>{@link #indices(int)}: int64, {@link #indexCount(int)} entries.
 * </ul>
 * The segments have the batch's capacity, not its present size, so that handing them out does not allocate; what lies
 * beyond the entries named above is unspecified.
 *
 * <p>A source fills a batch in one of three ways. Any number of indices a bag: {@link #begin}, then for each feature, bag
 * after bag, {@link #addIndex} and {@link #endBag}. Exactly one index a bag: {@link #beginOneHot}, then
 * {@link #setIndex} in any order. The same number of indices in all bags of a feature: {@link #beginFixed}. Dense values and targets are written by {@link #setDense} and {@link #setTarget} for
 * every sample; values of an earlier batch remain where nothing is written.
 *
 * <p>A model may derive further features from the batch's own, such as crosses: {@link #beginDerived} makes room for them behind
 * the sparse features, and they are filled by {@link #addIndex} and {@link #endBag}. Filling the batch anew empties them. The
 * indices of a feature may have weights: {@link #addWeights}.
 *
 * <p>Nothing allocates once the index segments have grown to the stream's largest batch. The batch owns its memory:
 * segments are invalid after {@link #close()}. One thread at a time may write; after a hand-over with a happens-before
 * edge any number of threads may read.
 */
public final class Batch implements AutoCloseable {
    private static final int ALIGNMENT_BYTES = 64;
    private static final int MAX_INDICES = Integer.MAX_VALUE - ALIGNMENT_BYTES;

    private final int maxSamples;
    private final int denseFeatures;
    private final int sparseFeatures;
    private final long denseStrideBytes;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment dense;
    private final MemorySegment targets;
    private MemorySegment[] offsets;
    private MemorySegment[] indices;
    private MemorySegment[] weights;
    private boolean[] weighted;
    private int[] indexCapacity;
    private int[] indexCount;
    private int[] bagCount;
    private int size;
    private boolean closed;

    /**
     * Allocates an empty batch.
     *
     * @param maxSamples     most samples a batch may hold, at least 1
     * @param denseFeatures  dense features of a sample, 0 or more
     * @param sparseFeatures sparse features of a sample, 0 or more
     * @throws IllegalArgumentException if a number is out of range
     * @throws OutOfMemoryError         if native memory is exhausted
     */
    public Batch(int maxSamples, int denseFeatures, int sparseFeatures) {
        if (maxSamples < 1 || maxSamples > MAX_INDICES || denseFeatures < 0 || sparseFeatures < 0) {
            throw new IllegalArgumentException("batch of " + maxSamples + " samples, " + denseFeatures + " dense and "
                    + sparseFeatures + " sparse features: expected 1 to " + MAX_INDICES
                    + " samples and no negative number of features");
        }
        this.maxSamples = maxSamples;
        this.denseFeatures = denseFeatures;
        this.sparseFeatures = sparseFeatures;
        this.denseStrideBytes = roundUp((long) denseFeatures * Float.BYTES);
        this.offsets = new MemorySegment[sparseFeatures];
        this.indices = new MemorySegment[sparseFeatures];
        this.weights = new MemorySegment[sparseFeatures];
        this.weighted = new boolean[sparseFeatures];
        this.indexCapacity = new int[sparseFeatures];
        this.indexCount = new int[sparseFeatures];
        this.bagCount = new int[sparseFeatures];
        try {
            this.dense = allocate(denseStrideBytes * maxSamples);
            this.targets = allocate((long) maxSamples * Float.BYTES);
            allocateFeatures(0);
        } catch (Throwable failure) {
            arena.close();
            throw failure;
        }
    }

    private void allocateFeatures(int from) {
        for (int f = from; f < offsets.length; f++) {
            offsets[f] = allocate((maxSamples + 1L) * Integer.BYTES);
            indices[f] = allocate((long) maxSamples * Long.BYTES);
            indexCapacity[f] = maxSamples;
        }
    }

    private static long roundUp(long bytes) {
        return (bytes + ALIGNMENT_BYTES - 1) & -ALIGNMENT_BYTES;
    }

    private MemorySegment allocate(long bytes) {
        return arena.allocate(roundUp(bytes), ALIGNMENT_BYTES);
    }

    /**
     * Tells how many samples the batch holds now.
     *
     * @return number of samples, 0 to {@link #maxSamples()}
     */
    public int size() {
        return size;
    }

    /**
     * Tells how many samples fit.
     *
     * @return the capacity in samples
     */
    public int maxSamples() {
        return maxSamples;
    }

    /**
     * Tells how many dense features a sample has.
     *
     * @return number of dense features
     */
    public int denseFeatures() {
        return denseFeatures;
    }

    /**
     * Tells how many sparse features a sample has.
     *
     * @return number of sparse features
     */
    public int sparseFeatures() {
        return sparseFeatures;
    }

    /**
     * Gives the dense features: float32, sample {@code s}'s feature {@code j} at byte
     * {@code s · denseStrideBytes() + 4 · j}.
     *
     * @return the segment, the same one for the life of the batch
     */
    public MemorySegment dense() {
        return dense;
    }

    /**
     * Tells the distance between two samples in {@link #dense()}: four bytes a feature, rounded up to 64.
     *
     * @return the stride in bytes
     */
    public long denseStrideBytes() {
        return denseStrideBytes;
    }

    /**
     * Gives the targets: float32, one a sample.
     *
     * @return the segment, the same one for the life of the batch
     */
    public MemorySegment targets() {
        return targets;
    }

    /**
     * Gives a feature's bag boundaries: int32, {@code size() + 1} ascending entries from 0 to
     * {@link #indexCount(int)}.
     *
     * @param feature sparse feature, 0-based
     * @return the segment, the same one for the life of the batch
     */
    public MemorySegment offsets(int feature) {
        return offsets[feature];
    }

    /**
     * Gives a feature's indices: int64 row numbers, bag after bag.
     *
     * @param feature sparse feature, 0-based
     * @return the segment; filling the batch anew may replace it by a larger one
     */
    public MemorySegment indices(int feature) {
        return indices[feature];
    }

    /**
     * Tells how many indices a feature's bags hold together.
     *
     * @param feature sparse feature, 0-based
     * @return number of indices
     */
    public int indexCount(int feature) {
        return indexCount[feature];
    }

    /**
     * Gives the weights of a feature's indices, by which lookups multiply rows.
     *
     * @param feature sparse feature, 0-based
     * @return float32, one an index, or null if the indices have none; adding weights anew may replace the segment
     */
    public MemorySegment weights(int feature) {
        return weighted[feature] ? weights[feature] : null;
    }

    /**
     * Gives a weight to each index of a feature whose bags are complete. Filling the batch anew takes the weights away.
     *
     * @param feature sparse feature, 0-based
     * @return float32, one an index, for the caller to fill
     * @throws IllegalStateException if a bag of the feature is not closed
     */
    public MemorySegment addWeights(int feature) {
        checkComplete(feature);
        final long bytes = (long) indexCount[feature] * Float.BYTES;
        if (weights[feature] == null || weights[feature].byteSize() < bytes) {
            weights[feature] = allocate((long) indexCapacity[feature] * Float.BYTES);
        }
        weighted[feature] = true;
        return weights[feature];
    }

    /**
     * Empties the batch and begins to fill it with bags of any length.
     *
     * @param samples number of samples that will be written
     * @throws IllegalArgumentException if the number is negative or exceeds {@link #maxSamples()}
     */
    public void begin(int samples) {
        checkSize(samples);
        size = samples;
        Arrays.fill(indexCount, 0);
        Arrays.fill(bagCount, 0);
        Arrays.fill(weighted, false);
        for (MemorySegment featureOffsets : offsets) {
            featureOffsets.set(ValueLayout.JAVA_INT, 0, 0);
        }
    }

    /**
     * Empties the batch and begins to fill it with bags of exactly one index each: all bag boundaries are set, and
     * indices are written by {@link #setIndex}.
     *
     * @param samples number of samples that will be written
     * @throws IllegalArgumentException if the number is negative or exceeds {@link #maxSamples()}
     */
    public void beginOneHot(int samples) {
        checkSize(samples);
        size = samples;
        for (int f = 0; f < sparseFeatures; f++) {
            beginFixed(f, 1);
        }
        Arrays.fill(weighted, false);
        emptyDerived();
    }

    /**
     * Empties the batch and begins to fill it with bags of the same size in all samples: all bag boundaries are set, and index
     * {@code i} of a sample's bag is entry {@code sample · bagRows[feature] + i} of {@link #indices(int)}, which may be written in
     * any order, different samples by different threads.
     *
     * @param samples number of samples that will be written
     * @param bagRows size of the bags of each sparse feature, 0 or more
     * @throws IllegalArgumentException if the number of samples is negative or exceeds {@link #maxSamples()}, or there is not one
     *                                  size a sparse feature
     * @throws IllegalStateException    if a feature would hold 2^31 indices or more
     */
    public void beginFixed(int samples, int[] bagRows) {
        checkSize(samples);
        if (bagRows.length != sparseFeatures) {
            throw new IllegalArgumentException(bagRows.length + " bag sizes, expected one for each of " + sparseFeatures
                    + " sparse features");
        }
        size = samples;
        for (int f = 0; f < sparseFeatures; f++) {
            beginFixed(f, bagRows[f]);
        }
        Arrays.fill(weighted, false);
        emptyDerived();
    }

    private void beginFixed(int feature, int bagRows) {
        while ((long) size * bagRows > indexCapacity[feature]) {
            grow(feature);
        }
        indexCount[feature] = size * bagRows;
        bagCount[feature] = size;
        for (int b = 0; b <= size; b++) {
            offsets[feature].set(ValueLayout.JAVA_INT, (long) b << 2, b * bagRows);
        }
    }

    /**
     * Begins to fill features that a model derives from the batch's own. They are numbered from {@link #sparseFeatures()} on and
     * hold no bag yet; different threads may fill different ones at once. Allocates when there are more than ever before.
     *
     * @param features number of derived features, 0 or more
     * @throws IllegalArgumentException if the number is negative
     */
    public void beginDerived(int features) {
        if (features < 0) {
            throw new IllegalArgumentException(features + " derived features, expected 0 or more");
        }
        final int had = offsets.length;
        if (sparseFeatures + features > had) {
            final int all = sparseFeatures + features;
            offsets = Arrays.copyOf(offsets, all);
            indices = Arrays.copyOf(indices, all);
            weights = Arrays.copyOf(weights, all);
            weighted = Arrays.copyOf(weighted, all);
            indexCapacity = Arrays.copyOf(indexCapacity, all);
            indexCount = Arrays.copyOf(indexCount, all);
            bagCount = Arrays.copyOf(bagCount, all);
            allocateFeatures(had);
        }
        emptyDerived();
    }

    private void emptyDerived() {
        for (int f = sparseFeatures; f < offsets.length; f++) {
            indexCount[f] = 0;
            bagCount[f] = 0;
            weighted[f] = false;
            offsets[f].set(ValueLayout.JAVA_INT, 0, 0);
        }
    }

    private void checkSize(int samples) {
        if (samples < 0 || samples > maxSamples) {
            throw new IllegalArgumentException(
                    "batch of " + samples + " samples asked for, expected 0 to maxSamples = " + maxSamples);
        }
    }

    /**
     * Writes one dense feature.
     *
     * @param sample  sample, 0-based
     * @param feature dense feature, 0-based
     * @param value   its value
     * @throws IndexOutOfBoundsException if the sample or the feature does not exist
     */
    public void setDense(int sample, int feature, float value) {
        checkSample(sample);
        if (feature < 0 || feature >= denseFeatures) {
            throw new IndexOutOfBoundsException("dense feature " + feature + ", expected 0 to " + (denseFeatures - 1));
        }
        dense.set(ValueLayout.JAVA_FLOAT, sample * denseStrideBytes + ((long) feature << 2), value);
    }

    /**
     * Writes one target.
     *
     * @param sample sample, 0-based
     * @param value  the target, for click data 0 or 1
     * @throws IndexOutOfBoundsException if the sample does not exist
     */
    public void setTarget(int sample, float value) {
        checkSample(sample);
        targets.set(ValueLayout.JAVA_FLOAT, (long) sample << 2, value);
    }

    /**
     * Writes the only index of a bag after {@link #beginOneHot}.
     *
     * @param sample  sample, 0-based
     * @param feature sparse feature, 0-based
     * @param index   row number in the feature's table
     * @throws IndexOutOfBoundsException if the sample or the feature does not exist, or the batch was not begun with
     *                                   {@link #beginOneHot}
     */
    public void setIndex(int sample, int feature, long index) {
        if (sample < 0 || sample >= indexCount[feature]) {
            throw new IndexOutOfBoundsException("sample " + sample + " of sparse feature " + feature
                    + ", expected 0 to " + (indexCount[feature] - 1) + " after beginOneHot");
        }
        indices[feature].set(ValueLayout.JAVA_LONG, (long) sample << 3, index);
    }

    /**
     * Appends an index to the feature's open bag.
     *
     * @param feature sparse feature, 0-based
     * @param index   row number in the feature's table
     * @throws IndexOutOfBoundsException if the feature does not exist
     * @throws IllegalStateException     if all bags of the feature are closed, or it would hold 2^31 indices or more
     */
    public void addIndex(int feature, long index) {
        checkOpen(feature);
        int count = indexCount[feature];
        if (count == indexCapacity[feature]) {
            grow(feature);
        }
        indices[feature].set(ValueLayout.JAVA_LONG, (long) count << 3, index);
        indexCount[feature] = count + 1;
    }

    /**
     * Closes the feature's open bag, possibly empty, and opens the next sample's.
     *
     * @param feature sparse feature, 0-based
     * @throws IndexOutOfBoundsException if the feature does not exist
     * @throws IllegalStateException     if all bags of the feature are closed already
     */
    public void endBag(int feature) {
        checkOpen(feature);
        int bags = ++bagCount[feature];
        offsets[feature].set(ValueLayout.JAVA_INT, (long) bags << 2, indexCount[feature]);
    }

    /**
     * Replaces the contents by consecutive samples of another batch, without what a model derived from them. Other threads may
     * read {@code from} meanwhile.
     *
     * @param from  a complete batch with the same numbers of features
     * @param first its first sample to copy
     * @param count number of samples
     * @throws IllegalArgumentException  if the numbers of features differ, {@code count} is negative or exceeds
     *                                   {@link #maxSamples()}, or bag boundaries of these samples are wrong
     * @throws IndexOutOfBoundsException if {@code from} does not have these samples
     */
    public void copySamples(Batch from, int first, int count) {
        if (from.denseFeatures != denseFeatures || from.sparseFeatures != sparseFeatures) {
            throw new IllegalArgumentException("batch of " + denseFeatures + " dense and " + sparseFeatures
                    + " sparse features, but samples have " + from.denseFeatures + " and " + from.sparseFeatures);
        }
        checkSize(count);
        Objects.checkFromIndexSize(first, count, from.size);
        for (int f = 0; f < sparseFeatures; f++) {
            from.checkOffsets(f, first, count);
        }
        size = count;
        emptyDerived();
        MemorySegment.copy(from.dense, first * denseStrideBytes, dense, 0, count * denseStrideBytes);
        MemorySegment.copy(from.targets, (long) first << 2, targets, 0, (long) count << 2);
        for (int f = 0; f < sparseFeatures; f++) {
            int begin = from.offsets[f].get(ValueLayout.JAVA_INT, (long) first << 2);
            for (int b = 0; b <= count; b++) {
                int offset = from.offsets[f].get(ValueLayout.JAVA_INT, (long) (first + b) << 2);
                offsets[f].set(ValueLayout.JAVA_INT, (long) b << 2, offset - begin);
            }
            bagCount[f] = count;
            int indexes = offsets[f].get(ValueLayout.JAVA_INT, (long) count << 2);
            while (indexCapacity[f] < indexes) {
                grow(f);
            }
            indexCount[f] = indexes;
            MemorySegment.copy(from.indices[f], (long) begin << 3, indices[f], 0, (long) indexes << 3);
            weighted[f] = false;
            if (from.weighted[f]) {
                MemorySegment.copy(from.weights[f], (long) begin << 2, addWeights(f), 0, (long) indexes << 2);
            }
        }
    }

    /**
     * Ends filling early: the batch keeps its first samples, whose bags must all be closed. For sources that do not know
     * beforehand how many samples will come.
     *
     * @param samples number of samples to keep
     * @throws IllegalArgumentException if the number is negative or exceeds {@link #size()}
     * @throws IllegalStateException    naming the first feature with more or fewer closed bags
     */
    public void truncate(int samples) {
        if (samples < 0 || samples > size) {
            throw new IllegalArgumentException(samples + " samples to keep, expected 0 to size() = " + size);
        }
        size = samples;
        checkComplete();
    }

    /**
     * Checks that every feature has as many bags as the batch has samples; a source calls it when it has filled the
     * batch.
     *
     * @throws IllegalStateException naming the first feature with a missing bag
     */
    public void checkComplete() {
        for (int f = 0; f < sparseFeatures; f++) {
            checkComplete(f);
        }
    }

    /**
     * Checks a feature's bag boundaries, which code that writes to {@link #offsets} itself may have broken: they never decrease
     * and end within the indices. Whoever reads bags without the kernels, which check by themselves, calls it first.
     *
     * @param feature sparse feature, 0-based
     * @throws IllegalArgumentException naming the first boundary that is wrong
     */
    public void checkOffsets(int feature) {
        checkOffsets(feature, 0, size);
    }

    private void checkOffsets(int feature, int firstBag, int bags) {
        int previous = 0;
        for (int b = firstBag; b <= firstBag + bags; b++) {
            int offset = offsets[feature].get(ValueLayout.JAVA_INT, (long) b << 2);
            if (offset < previous || offset > indexCount[feature]) {
                throw new IllegalArgumentException("sparse feature " + feature + ": offsets[" + b + "] of " + (size + 1)
                        + " is " + offset + ", expected " + previous + " to " + indexCount[feature]
                        + " (offsets never decrease and end within the indices)");
            }
            previous = offset;
        }
    }

    private void checkComplete(int f) {
        if (bagCount[f] != size) {
            throw new IllegalStateException("sparse feature " + f + " has " + bagCount[f] + " closed bags, expected "
                    + size + ": call endBag once a sample");
        }
    }

    private void checkOpen(int feature) {
        if (bagCount[feature] >= size) {
            throw new IllegalStateException(
                    "sparse feature " + feature + ": all " + size + " bags are closed; call begin for the next batch");
        }
    }

    private void checkSample(int sample) {
        if (sample < 0 || sample >= size) {
            throw new IndexOutOfBoundsException("sample " + sample + ", expected 0 to " + (size - 1));
        }
    }

    private void grow(int feature) {
        int capacity = indexCapacity[feature];
        if (capacity == MAX_INDICES) {
            throw new IllegalStateException("sparse feature " + feature + " holds " + capacity
                    + " indices, the most that int32 offsets allow; use smaller batches");
        }
        int grown = (int) Math.min(MAX_INDICES, Math.max(2L * capacity, 16L));
        // The outgrown segment stays with the arena: doubling bounds the waste by the final size.
        MemorySegment larger = allocate((long) grown * Long.BYTES);
        MemorySegment.copy(indices[feature], 0, larger, 0, (long) capacity * Long.BYTES);
        indices[feature] = larger;
        indexCapacity[feature] = grown;
    }

    /** Frees the native memory; the segments become invalid. Closing twice does nothing. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            arena.close();
        }
    }
}
