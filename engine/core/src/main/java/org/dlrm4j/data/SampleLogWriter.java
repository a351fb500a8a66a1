package org.dlrm4j.data;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.LongConsumer;

/** Writes the samples of any source, random data for example, into a file that {@link SampleLog} maps. */
public final class SampleLogWriter {
    private final SampleSource source;
    private final SampleLogLayout layout;
    private final int batchSize;

    /**
     * Makes a writer.
     *
     * @param source    the samples, read from the first to the last; the caller closes it
     * @param tableRows rows of each sparse feature's table, at most 2^31 - 1
     * @param batchSize samples to read at once; sources that are drawn by batches take theirs
     * @throws IllegalArgumentException if there are not as many tables as sparse features, a table is too large, or the batch
     *                                  size is not positive
     */
    public SampleLogWriter(SampleSource source, long[] tableRows, int batchSize) {
        if (tableRows.length != source.sparseFeatures() || batchSize < 1) {
            throw new IllegalArgumentException(tableRows.length + " tables and batches of " + batchSize
                    + " samples, expected " + source.sparseFeatures()
                    + " tables, one a sparse feature, and 1 sample or more");
        }
        for (int f = 0; f < tableRows.length; f++) {
            if (tableRows[f] < 1 || tableRows[f] > Integer.MAX_VALUE) {
                throw new IllegalArgumentException("table " + f + " of " + tableRows[f] + " rows, expected 1 to "
                        + Integer.MAX_VALUE + ", as sample logs hold int32 rows");
            }
        }
        boolean[] multiValued = new boolean[tableRows.length];
        Arrays.fill(multiValued, true);
        this.source = source;
        this.layout = new SampleLogLayout(source.denseFeatures(), tableRows.clone(), multiValued);
        this.batchSize = batchSize;
    }

    /**
     * Writes all samples. The file appears whole and durable, or not at all.
     *
     * @param file     name of the file; an existing one is replaced
     * @param progress hears the number of samples written, after each batch
     * @throws IOException              if writing fails
     * @throws IllegalArgumentException if a row lies beyond its table, naming sample, feature and row
     */
    public void write(Path file, LongConsumer progress) throws IOException {
        boolean done = false;
        try (SampleLogPart part = new SampleLogPart(file, layout, 0, 0);
                Batch batch = new Batch(batchSize, layout.denseFeatures(), layout.sparseFeatures())) {
            while (part.samples < source.samples()) {
                int count = (int) Math.min(batchSize, source.samples() - part.samples);
                source.read(part.samples, count, batch);
                append(part, batch);
                progress.accept(part.samples);
            }
            part.sync();
            SampleLogPart.publish(file, layout, part.samples, part.bagRows);
            done = true;
        } finally {
            if (!done) {
                SampleLogPart.discard(file);
            }
        }
    }

    private void append(SampleLogPart part, Batch batch) throws IOException {
        ByteBuffer records = ByteBuffer.allocate(batch.size() * layout.recordBytes()).order(ByteOrder.LITTLE_ENDIAN);
        int rowCount = 0;
        for (int f = 0; f < layout.sparseFeatures(); f++) {
            rowCount += batch.indexCount(f);
        }
        int[] rows = new int[rowCount];
        int at = 0;
        for (int s = 0; s < batch.size(); s++) {
            if (layout.hasBags()) {
                records.putLong(part.bagRows + at);
            }
            records.putFloat(batch.targets().get(ValueLayout.JAVA_FLOAT, (long) s << 2));
            for (int j = 0; j < layout.denseFeatures(); j++) {
                records.putFloat(batch.dense().get(ValueLayout.JAVA_FLOAT,
                        s * batch.denseStrideBytes() + ((long) j << 2)));
            }
            for (int f = 0; f < layout.sparseFeatures(); f++) {
                MemorySegment offsets = batch.offsets(f);
                int from = offsets.get(ValueLayout.JAVA_INT, (long) s << 2);
                int to = offsets.get(ValueLayout.JAVA_INT, (long) s + 1 << 2);
                records.putInt(to - from);
                for (int i = from; i < to; i++) {
                    long row = batch.indices(f).get(ValueLayout.JAVA_LONG, (long) i << 3);
                    rows[at++] = checked(row, part.samples + s, f);
                }
            }
        }
        part.append(records.array(), 0, batch.size(), rows, 0, rowCount);
    }

    private int checked(long row, long sample, int feature) {
        if (row < 0 || row >= layout.tableRows()[feature]) {
            throw new IllegalArgumentException("sample " + sample + ", sparse feature " + feature + ": row " + row
                    + ", expected 0 to " + (layout.tableRows()[feature] - 1) + "; give the table more rows");
        }
        return (int) row;
    }
}
