package org.dlrm4j.data;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/**
 * Reads samples with any numbers of features from a memory-mapped file that {@link SchemaPreprocessor} wrote: float32 dense
 * features, one row or none of a single-valued sparse feature, any number of a multi-valued one.
 *
 * <p>Thread-safe: {@link #read} may be called concurrently with different batches.
 */
public final class SampleLog implements SampleSource {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT.withOrder(ByteOrder.LITTLE_ENDIAN);
    // Records are aligned to four bytes only.
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Path file;
    private final Arena arena;
    private final SampleLogLayout layout;
    private final long samples;
    private final long bagRows;
    private final MemorySegment records;
    private final MemorySegment bags;
    private final int recordBytes;
    private final int targetOffset;
    private final int denseOffset;
    private final int sparseOffset;
    private final boolean hasBags;

    private SampleLog(Path file, Arena arena, MemorySegment mapped, SampleLogLayout layout,
            SampleLogLayout.Counts counts) {
        this.file = file;
        this.arena = arena;
        this.layout = layout;
        samples = counts.samples();
        bagRows = counts.bagRows();
        recordBytes = layout.recordBytes();
        targetOffset = layout.targetOffset();
        denseOffset = layout.denseOffset();
        sparseOffset = layout.sparseOffset();
        hasBags = layout.hasBags();
        records = mapped.asSlice(layout.headerBytes(), samples * recordBytes);
        bags = mapped.asSlice(layout.headerBytes() + samples * recordBytes);
    }

    /**
     * Opens a log. Costs the same for any number of samples.
     *
     * @param file the log
     * @return the log, to be closed by the caller
     * @throws IOException      if the file cannot be mapped
     * @throws DatasetException naming file and field if the header is damaged or the length is not what it says
     */
    public static SampleLog open(Path file) throws IOException {
        byte[] header;
        try (InputStream in = Files.newInputStream(file)) {
            byte[] beginning = in.readNBytes(1 << 16);
            int bytes = SampleLogLayout.headerBytes(file, beginning);
            header = Arrays.copyOf(beginning, bytes);
            if (bytes > beginning.length
                    && in.readNBytes(header, beginning.length, bytes - beginning.length) < bytes - beginning.length) {
                throw SampleLogLayout.damaged(file, "length", Files.size(file), "at least " + bytes + " bytes");
            }
        }
        SampleLogLayout layout = SampleLogLayout.read(file, header);
        SampleLogLayout.Counts counts = SampleLogLayout.counts(file, header);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long expected = layout.fileBytes(counts);
            if (channel.size() != expected) {
                throw SampleLogLayout.damaged(file, "length", channel.size() + " bytes", expected + " for "
                        + counts.samples() + " samples");
            }
            Arena arena = Arena.ofShared();
            try {
                return new SampleLog(file, arena, channel.map(FileChannel.MapMode.READ_ONLY, 0, expected, arena),
                        layout,
                        counts);
            } catch (Throwable failure) {
                arena.close();
                throw failure;
            }
        }
    }

    /** Refuses a log of another data set. */
    void requireLayout(SampleLogLayout expected, long expectedSamples) {
        if (samples != expectedSamples || layout.denseFeatures() != expected.denseFeatures()
                || !Arrays.equals(layout.tableRows(), expected.tableRows())
                || !Arrays.equals(layout.multiValued(), expected.multiValued())) {
            throw SampleLogLayout.damaged(file, "samples and tables",
                    samples + " and " + Arrays.toString(layout.tableRows()), expectedSamples + " and "
                            + Arrays.toString(expected.tableRows()) + " as its data set has");
        }
    }

    @Override
    public long samples() {
        return samples;
    }

    @Override
    public int denseFeatures() {
        return layout.denseFeatures();
    }

    @Override
    public int sparseFeatures() {
        return layout.sparseFeatures();
    }

    /**
     * Tells how many rows each sparse feature's table has.
     *
     * @return a new array
     */
    public long[] tableRows() {
        return layout.tableRows().clone();
    }

    /**
     * {@inheritDoc}
     *
     * @throws DatasetException      naming file, sample, feature, value and table rows if a row number is out of range; the
     *                               batch's contents are then unspecified
     * @throws IllegalStateException if the log is closed
     */
    @Override
    public void read(long firstSample, int count, Batch into) {
        ClickLog.checkRead(this, firstSample, count, into);
        into.begin(count);
        readNumbers(firstSample, count, into);
        for (int f = 0; f < layout.sparseFeatures(); f++) {
            if (!layout.multiValued()[f]) {
                readRows(firstSample, count, f, into);
            }
        }
        if (hasBags) {
            for (int s = 0; s < count; s++) {
                readBags(firstSample + s, into);
            }
        }
    }

    private void readNumbers(long firstSample, int count, Batch into) {
        MemorySegment dense = into.dense();
        MemorySegment targets = into.targets();
        int features = layout.denseFeatures();
        for (int s = 0; s < count; s++) {
            long record = (firstSample + s) * recordBytes;
            targets.set(ValueLayout.JAVA_FLOAT, (long) s << 2, records.get(FLOAT, record + targetOffset));
            long denseRow = s * into.denseStrideBytes();
            for (int j = 0; j < features; j++) {
                dense.set(ValueLayout.JAVA_FLOAT, denseRow + ((long) j << 2),
                        records.get(FLOAT, record + denseOffset + ((long) j << 2)));
            }
        }
    }

    private void readRows(long firstSample, int count, int feature, Batch into) {
        long rows = layout.tableRows()[feature];
        long at = firstSample * recordBytes + sparseOffset + ((long) feature << 2);
        for (int s = 0; s < count; s++, at += recordBytes) {
            int row = records.get(INT, at);
            if (row != SampleLogLayout.NO_ROW) {
                into.addIndex(feature, check(row, rows, firstSample + s, feature));
            }
            into.endBag(feature);
        }
    }

    private void readBags(long sample, Batch into) {
        long record = sample * recordBytes;
        long at = records.get(LONG, record);
        for (int f = 0; f < layout.sparseFeatures(); f++) {
            if (layout.multiValued()[f]) {
                int count = records.get(INT, record + sparseOffset + ((long) f << 2));
                if (count < 0 || at < 0 || at > bagRows - count) {
                    throw new DatasetException(
                            file + ", sample " + sample + ", sparse feature " + f + ": bag of " + count
                                    + " rows at " + at + ", expected a part of the " + bagRows
                                    + " rows of the file; it is damaged, preprocess again");
                }
                for (int i = 0; i < count; i++, at++) {
                    into.addIndex(f, check(bags.get(INT, at << 2), layout.tableRows()[f], sample, f));
                }
                into.endBag(f);
            }
        }
    }

    private int check(int row, long rows, long sample, int feature) {
        if (row < 0 || row >= rows) {
            throw new DatasetException(file + ", sample " + sample + ", sparse feature " + feature + ": row " + row
                    + ", expected 0 to " + (rows - 1) + "; the file is damaged, preprocess again");
        }
        return row;
    }

    /** Unmaps the file. Closing twice does nothing. */
    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
