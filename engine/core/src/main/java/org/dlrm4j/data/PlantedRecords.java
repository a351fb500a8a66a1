package org.dlrm4j.data;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Renders rows of {@link PlantedClickLog} as records of a binary click log. */
final class PlantedRecords implements PlantedFile.Renderer {
    private static final long MAX_TABLE_ROWS = 1L << 31;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final PlantedClickLog log;

    PlantedRecords(PlantedClickLog log) {
        if (!log.shape().isCriteos() || log.shape().largestTable() > MAX_TABLE_ROWS) {
            throw new IllegalArgumentException("planted clicks of " + log.shape().denseFeatures() + " dense and "
                    + log.shape().sparseFeatures() + " sparse features, the largest of " + log.shape().largestTable()
                    + " categories, as a binary click log: expected 13, 26 with one category a row, and at most 2^31"
                    + "; write a sample log, or train on them without a file");
        }
        this.log = log;
    }

    @Override
    public int maxRowBytes() {
        return ClickLog.RECORD_BYTES;
    }

    @Override
    public long render(PlantedRow row, MemorySegment into, long from) {
        long at = from;
        into.set(INT, at, row.label());
        at += Integer.BYTES;
        for (int j = 0; j < row.slots.length; j++, at += Integer.BYTES) {
            into.set(INT, at, log.counts(j).count(row.slots[j]));
        }
        for (int f = 0; f < row.ids.length; f++, at += Integer.BYTES) {
            into.set(INT, at, (int) row.ids[f]);
        }
        return at;
    }
}
