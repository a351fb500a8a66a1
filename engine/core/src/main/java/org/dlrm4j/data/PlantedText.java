package org.dlrm4j.data;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Rows of {@link PlantedClickLog} as Criteo's text. Fields are stored eight bytes at a time. */
final class PlantedText implements PlantedFile.Format {
    /** Most that a count can be: a tab and its digits are one long. */
    static final int MAX_COUNT = 9_999_999;
    private static final long MAX_TABLE_ROWS = 1L << 32;
    private static final int MAX_ROW_BYTES = 1 + Long.BYTES * ClickLog.DENSE_FEATURES + 9 * ClickLog.SPARSE_FEATURES
            + 1;
    /** A category of this rank is written as an empty field in every fifth feature. */
    private static final int MISSING_CATEGORY = 2;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final long EVERY_BYTE = 0x0101010101010101L;
    private static final long INT = 0xffffffffL;
    private static final long EVERY_INT_SHORT = 0x0000ffff0000ffffL;
    private static final long EVERY_SHORT_BYTE = 0x000000ff000000ffL;
    private static final long EVERY_SHORT_NIBBLE = 0x000f000f000f000fL;

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
    public PlantedFile.Renderer renderer() {
        long[][] digits = new long[ClickLog.SPARSE_FEATURES][PlantedRows.BLOCK];
        return (rows, count, into, from) -> {
            for (int f = 0; f < ClickLog.SPARSE_FEATURES; f++) {
                spell(f, rows.ids(f), count, digits[f]);
            }
            return render(rows, count, digits, into, from);
        };
    }

    private long render(PlantedRows rows, int count, long[][] digits, MemorySegment into, long from) {
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
                long spelled = digits[f][r];
                // Nothing is overwritten by the next field.
                into.set(LONG, at, spelled);
                at += spelled == 0 ? 0 : Long.BYTES;
            }
            into.set(ValueLayout.JAVA_BYTE, at++, (byte) '\n');
        }
        return at;
    }

    /** Spells the categories of a feature, or 0 for one that is missing, in loops of which C2 makes vector code. */
    private static void spell(int feature, long[] categories, int count, long[] digits) {
        long first = feature * 0x01000193L + 1;
        for (int r = 0; r < count; r++) {
            digits[r] = hexadecimal(hash(categories[r] + first));
        }
        for (int r = 0; r < count && feature % 5 == 3; r++) {
            digits[r] = categories[r] == MISSING_CATEGORY ? 0 : digits[r];
        }
    }

    /** Murmur3's finalizer for 32 bits, a bijection: categories of a feature never collide. */
    private static long hash(long id) {
        long h = id & INT;
        h = (h ^ h >>> 16) * 0x85ebca6bL & INT;
        h = (h ^ h >>> 13) * 0xc2b2ae35L & INT;
        return h ^ h >>> 16;
    }

    /** Spells eight digits; the first one is the lowest byte. */
    private static long hexadecimal(long value) {
        // Halves change places and move apart, then the bytes of each, then the nibbles of these.
        long shorts = (value >>> 16 | value << 32) & EVERY_INT_SHORT;
        long bytes = shorts >>> 8 & EVERY_SHORT_BYTE | (shorts & EVERY_SHORT_BYTE) << 16;
        long digits = bytes >>> 4 & EVERY_SHORT_NIBBLE | (bytes & EVERY_SHORT_NIBBLE) << 8;
        long letters = digits + 6 * EVERY_BYTE >>> 4 & EVERY_BYTE;
        return digits + '0' * EVERY_BYTE + ('a' - '0' - 10) * letters;
    }
}
