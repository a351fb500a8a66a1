package org.dlrm4j.data;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Rows of {@link PlantedClickLog} as Criteo's text. Fields are stored eight bytes at a time. */
final class PlantedText implements PlantedFile.Renderer {
    /** Most that a count can be: a tab and its digits are one long. */
    static final int MAX_COUNT = 9_999_999;
    private static final long MAX_TABLE_ROWS = 1L << 32;
    private static final int MAX_ROW_BYTES = 1 + Long.BYTES * ClickLog.DENSE_FEATURES + 9 * ClickLog.SPARSE_FEATURES
            + 1;
    /** A category of this rank is written as an empty field in every fifth feature. */
    private static final int MISSING_CATEGORY = 2;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final long EVERY_BYTE = 0x0101010101010101L;

    private final long[] fields = new long[ClickLog.DENSE_FEATURES * PlantedCounts.SLOTS];
    private final byte[] fieldBytes = new byte[fields.length];

    PlantedText(PlantedClickLog log) {
        log.shape().requireCriteos("Criteo's text", MAX_TABLE_ROWS);
        for (int i = 0; i < fields.length; i++) {
            int count = log.counts(i / PlantedCounts.SLOTS).raw(i % PlantedCounts.SLOTS);
            byte[] field = ("\t" + (count == PlantedCounts.MISSING ? "" : count)).getBytes(StandardCharsets.US_ASCII);
            for (int c = 0; c < field.length; c++) {
                fields[i] |= (long) field[c] << Byte.SIZE * c;
            }
            fieldBytes[i] = (byte) field.length;
        }
    }

    @Override
    public int maxRowBytes() {
        // The last long may reach beyond its field.
        return MAX_ROW_BYTES + Long.BYTES;
    }

    @Override
    public long render(PlantedRows rows, int count, MemorySegment into, long from) {
        long at = from;
        for (int r = 0; r < count; r++) {
            into.set(ValueLayout.JAVA_BYTE, at++, (byte) ('0' + rows.label(r)));
            for (int j = 0; j < ClickLog.DENSE_FEATURES; j++) {
                int field = j * PlantedCounts.SLOTS + rows.slots(j)[r];
                into.set(LONG, at, fields[field]);
                at += fieldBytes[field];
            }
            for (int f = 0; f < ClickLog.SPARSE_FEATURES; f++) {
                into.set(ValueLayout.JAVA_BYTE, at++, (byte) '\t');
                long category = rows.ids(f)[r];
                // Written also if it is missing: the next field overwrites it.
                into.set(LONG, at, hexadecimal(hash(f, (int) category)));
                at += f % 5 != 3 || category != MISSING_CATEGORY ? Long.BYTES : 0;
            }
            into.set(ValueLayout.JAVA_BYTE, at++, (byte) '\n');
        }
        return at;
    }

    private static int hash(int feature, int id) {
        // Murmur3's finalizer is a bijection: categories of a feature never collide.
        int h = id + 1 + feature * 0x01000193;
        h = (h ^ h >>> 16) * 0x85ebca6b;
        h = (h ^ h >>> 13) * 0xc2b2ae35;
        return h ^ h >>> 16;
    }

    /** Spells eight digits; the first one is the lowest byte. */
    private static long hexadecimal(int value) {
        int swapped = (value & 0x0f0f0f0f) << 4 | value >>> 4 & 0x0f0f0f0f;
        long digits = Long.expand(Integer.toUnsignedLong(Integer.reverseBytes(swapped)), 0x0f * EVERY_BYTE);
        long letters = digits + 6 * EVERY_BYTE >>> 4 & EVERY_BYTE;
        return digits + '0' * EVERY_BYTE + ('a' - '0' - 10) * letters;
    }
}
