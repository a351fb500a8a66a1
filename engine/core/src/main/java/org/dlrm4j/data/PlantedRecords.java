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
        log.shape().requireCriteos("a binary click log", MAX_TABLE_ROWS);
        this.log = log;
    }

    @Override
    public int maxRowBytes() {
        return ClickLog.RECORD_BYTES;
    }

    @Override
    public long render(PlantedRows rows, int row, MemorySegment into, long from) {
        long at = from;
        into.set(INT, at, rows.label(row));
        at += Integer.BYTES;
        for (int j = 0; j < ClickLog.DENSE_FEATURES; j++, at += Integer.BYTES) {
            into.set(INT, at, log.counts(j).count(rows.slot(j, row)));
        }
        for (int f = 0; f < ClickLog.SPARSE_FEATURES; f++, at += Integer.BYTES) {
            into.set(INT, at, (int) rows.id(f, row));
        }
        return at;
    }
}
