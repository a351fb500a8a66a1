package org.dlrm4j.data;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Rows of {@link PlantedClickLog} as records of a binary click log. */
final class PlantedRecords implements PlantedFile.Renderer {
    private static final long MAX_TABLE_ROWS = 1L << 31;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final PlantedClickLog log;

    PlantedRecords(PlantedClickLog log) {
        log.shape().requireCriteos("a binary click log", MAX_TABLE_ROWS);
        this.log = log;
    }

    @Override
    public int maxRowBytes() {
        return ClickLog.RECORD_BYTES;
    }

    @Override
    public long render(PlantedRows rows, int count, MemorySegment into, long from) {
        for (int r = 0; r < count; r++) {
            into.set(INT, from + (long) r * ClickLog.RECORD_BYTES, rows.label(r));
        }
        long column = from;
        for (int j = 0; j < ClickLog.DENSE_FEATURES; j++) {
            renderCounts(log.counts(j), rows.slots(j), count, into, column += Integer.BYTES);
        }
        for (int f = 0; f < ClickLog.SPARSE_FEATURES; f++) {
            renderIds(rows.ids(f), count, into, column += Integer.BYTES);
        }
        return from + (long) count * ClickLog.RECORD_BYTES;
    }

    private static void renderCounts(PlantedCounts counts, int[] slots, int count, MemorySegment into, long column) {
        for (int r = 0; r < count; r++) {
            into.set(INT, column + (long) r * ClickLog.RECORD_BYTES, counts.count(slots[r]));
        }
    }

    private static void renderIds(long[] ids, int count, MemorySegment into, long column) {
        for (int r = 0; r < count; r++) {
            into.set(INT, column + (long) r * ClickLog.RECORD_BYTES, (int) ids[r]);
        }
    }
}
