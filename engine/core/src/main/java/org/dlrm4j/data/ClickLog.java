package org.dlrm4j.data;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/**
 * Reads the reference's binary click log, memory-mapped: records of 40 little-endian int32, 160 bytes: label, 13 raw
 * integers, 26 row numbers. On reading, a raw integer {@code x} becomes {@code log(1 + max(x, 0))} in float32, and a row
 * number optionally its unsigned remainder by an index range.
 *
 * <p>Thread-safe: {@link #read} may be called concurrently with different batches. It does not allocate.
 */
public final class ClickLog implements SampleSource {
    /** Dense features of a sample. */
    public static final int DENSE_FEATURES = 13;
    /** Sparse features of a sample. */
    public static final int SPARSE_FEATURES = 26;
    /** Bytes of a record. */
    public static final int RECORD_BYTES = 160;

    private static final int DENSE_OFFSET_BYTES = 4;
    private static final int IDS_OFFSET_BYTES = DENSE_OFFSET_BYTES + 4 * DENSE_FEATURES;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN);
    // Counts are small: 16 KiB of table spare most logarithms and stay in the first-level cache.
    private static final float[] SMALL_LOGARITHMS = smallLogarithms();

    private final Path file;
    private final Arena arena;
    private final boolean owner;
    private final MemorySegment records;
    private final long firstRecord;
    private final long samples;
    private final int maxIndexRange;
    private final long[] rows;

    private ClickLog(Path file, Arena arena, boolean owner, MemorySegment records, long firstRecord, int maxIndexRange,
            long[] rows) {
        this.file = file;
        this.arena = arena;
        this.owner = owner;
        this.records = records;
        this.firstRecord = firstRecord;
        this.samples = records.byteSize() / RECORD_BYTES;
        this.maxIndexRange = maxIndexRange;
        this.rows = rows;
    }

    private static float[] smallLogarithms() {
        float[] table = new float[4096];
        for (int x = 0; x < table.length; x++) {
            table[x] = (float) Math.log(x + 1.0);
        }
        return table;
    }

    /**
     * Computes {@code log(1 + max(count, 0))} as the reference does, in float32 after rounding the count to float32.
     *
     * @param count a raw integer feature
     * @return its logarithm, within one unit in the last place
     */
    public static float logarithm(int count) {
        if (count < SMALL_LOGARITHMS.length) {
            return SMALL_LOGARITHMS[Math.max(count, 0)];
        }
        return (float) Math.log((float) count + 1f);
    }

    /**
     * Opens a log whose row numbers are taken as they are; only negative ones are refused.
     *
     * @param file the log
     * @return the log, to be closed by the caller
     * @throws IOException      if the file cannot be mapped
     * @throws DatasetException if its length is no multiple of {@value #RECORD_BYTES}
     */
    public static ClickLog open(Path file) throws IOException {
        long[] rows = new long[SPARSE_FEATURES];
        Arrays.fill(rows, 1L << 31);
        return open(file, 0, rows);
    }

    /**
     * Opens a log for tables of known size.
     *
     * @param file          the log
     * @param maxIndexRange row numbers are reduced to their unsigned remainder by this; 0 keeps them
     * @param rows          rows of each feature's table; {@link #read} refuses row numbers beyond
     * @return the log, to be closed by the caller
     * @throws IOException              if the file cannot be mapped
     * @throws DatasetException         if its length is no multiple of {@value #RECORD_BYTES}
     * @throws IllegalArgumentException if there are not {@value #SPARSE_FEATURES} tables or the range is negative
     */
    public static ClickLog open(Path file, int maxIndexRange, long... rows) throws IOException {
        if (rows.length != SPARSE_FEATURES || maxIndexRange < 0) {
            throw new IllegalArgumentException("click log of " + rows.length + " tables and maxIndexRange "
                    + maxIndexRange + ", expected " + SPARSE_FEATURES + " and 0 or more");
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long bytes = channel.size();
            if (bytes % RECORD_BYTES != 0) {
                throw new DatasetException(file + ": has " + bytes + " bytes, " + bytes % RECORD_BYTES
                        + " after the last whole record, expected a multiple of " + RECORD_BYTES
                        + "; the file is truncated or no binary click log");
            }
            Arena arena = Arena.ofShared();
            try {
                MemorySegment records = bytes == 0
                        ? MemorySegment.NULL
                        : channel.map(FileChannel.MapMode.READ_ONLY, 0, bytes, arena);
                return new ClickLog(file, arena, true, records, 0, maxIndexRange, rows.clone());
            } catch (Throwable failure) {
                arena.close();
                throw failure;
            }
        }
    }

    /**
     * Makes a view of consecutive samples. The view shares this log's mapping: closing the view does nothing, closing
     * the log that was opened invalidates the view.
     *
     * @param from first sample
     * @param to   end, exclusive
     * @return a source of {@code to - from} samples
     * @throws IndexOutOfBoundsException if the range does not lie within {@link #samples()}
     */
    public ClickLog slice(long from, long to) {
        if (from < 0 || from > to || to > samples) {
            throw new IndexOutOfBoundsException(
                    file + ": slice [" + from + ", " + to + ") of a log of " + samples + " samples");
        }
        MemorySegment part = records.asSlice(from * RECORD_BYTES, (to - from) * RECORD_BYTES);
        return new ClickLog(file, arena, false, part, firstRecord + from, maxIndexRange, rows);
    }

    @Override
    public long samples() {
        return samples;
    }

    @Override
    public int denseFeatures() {
        return DENSE_FEATURES;
    }

    @Override
    public int sparseFeatures() {
        return SPARSE_FEATURES;
    }

    /**
     * {@inheritDoc}
     *
     * @throws DatasetException      naming file, record, feature, value and table rows if a row number is out of range;
     *                               the batch's contents are then unspecified
     * @throws IllegalStateException if the log is closed
     */
    @Override
    public void read(long firstSample, int count, Batch into) {
        checkRead(this, firstSample, count, into);
        into.beginOneHot(count);
        MemorySegment dense = into.dense();
        MemorySegment targets = into.targets();
        long strideBytes = into.denseStrideBytes();
        for (int s = 0; s < count; s++) {
            long record = (firstSample + s) * RECORD_BYTES;
            targets.set(ValueLayout.JAVA_FLOAT, (long) s << 2, records.get(INT, record));
            long denseRow = s * strideBytes;
            for (int j = 0; j < DENSE_FEATURES; j++) {
                int value = records.get(INT, record + DENSE_OFFSET_BYTES + ((long) j << 2));
                dense.set(ValueLayout.JAVA_FLOAT, denseRow + ((long) j << 2), logarithm(value));
            }
        }
        for (int f = 0; f < SPARSE_FEATURES; f++) {
            readIds(firstSample, count, f, into.indices(f));
        }
    }

    private void readIds(long firstSample, int count, int feature, MemorySegment indices) {
        long tableRows = rows[feature];
        for (int s = 0; s < count; s++) {
            int stored = records.get(INT,
                    (firstSample + s) * RECORD_BYTES + IDS_OFFSET_BYTES + ((long) feature << 2));
            long id = Integer
                    .toUnsignedLong(maxIndexRange == 0 ? stored : Integer.remainderUnsigned(stored, maxIndexRange));
            if (id >= tableRows) {
                throw new DatasetException(file + ", record " + (firstRecord + firstSample + s) + ", feature C"
                        + (feature + 1) + ": row number " + stored + (maxIndexRange == 0
                                ? ""
                                : " (" + id + " after"
                                        + " maxIndexRange " + maxIndexRange + ")")
                        + ", expected 0 to " + (tableRows - 1) + " as the table has " + tableRows
                        + " rows; the log was made with other options than the model");
            }
            indices.set(ValueLayout.JAVA_LONG, (long) s << 3, id);
        }
    }

    /** Checks the arguments of {@link SampleSource#read} for any source. */
    static void checkRead(SampleSource source, long firstSample, int count, Batch into) {
        if (firstSample < 0 || count < 1 || firstSample > source.samples() - count) {
            throw new IndexOutOfBoundsException("samples [" + firstSample + ", " + (firstSample + count)
                    + ") asked for, expected a part of [0, " + source.samples() + ")");
        }
        if (into.denseFeatures() != source.denseFeatures() || into.sparseFeatures() != source.sparseFeatures()
                || into.maxSamples() < count) {
            throw new IllegalArgumentException("batch for " + into.maxSamples() + " samples of " + into.denseFeatures()
                    + " dense and " + into.sparseFeatures() + " sparse features, expected room for " + count
                    + " samples of " + source.denseFeatures() + " and " + source.sparseFeatures());
        }
    }

    /** Unmaps the file unless this is a slice. Closing twice does nothing. */
    @Override
    public void close() {
        if (owner && arena.scope().isAlive()) {
            arena.close();
        }
    }
}
