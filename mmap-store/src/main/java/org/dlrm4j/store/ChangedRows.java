package org.dlrm4j.store;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import org.dlrm4j.os.NativeMemory;

/**
 * Which rows of a table were written: one bit a row, outside the heap. Threads may {@link #mark} at once; all other methods want
 * every marking to have ended. Does not allocate after construction. The owner closes it.
 */
public final class ChangedRows implements AutoCloseable {
    private static final VarHandle WORDS = JAVA_LONG.varHandle();

    private final long rows;
    private final long words;
    private final NativeMemory memory;
    private final MemorySegment bits;

    /**
     * Creates a set without rows. Takes an eighth of a byte a row, in pages that come with their first bit.
     *
     * @param rows rows of the table, 1 or more
     */
    public ChangedRows(long rows) {
        this.rows = rows;
        words = (rows + Long.SIZE - 1) / Long.SIZE;
        memory = NativeMemory.allocate(words * Long.BYTES);
        bits = memory.segment();
    }

    /**
     * Adds rows.
     *
     * @param indices int64 row numbers
     * @param from position of the first to add
     * @param to position after the last
     * @throws IndexOutOfBoundsException if a number is beyond the table or {@code to} beyond {@code indices}
     */
    public void mark(MemorySegment indices, long from, long to) {
        for (long p = from; p < to; p++) {
            final long row = indices.getAtIndex(JAVA_LONG, p);
            final long offset = (row >> 6) << 3;
            final long bit = 1L << row;
            // Rows that are used often are there already: a read that nobody contends for instead of an atomic write.
            if ((bits.get(JAVA_LONG, offset) & bit) == 0) {
                final long ignored = (long) WORDS.getAndBitwiseOr(bits, offset, bit);
            }
        }
    }

    /**
     * Returns the number of rows in the set.
     *
     * @return 0 to the table's rows
     */
    public long count() {
        long count = 0;
        for (long word = 0; word < words; word++) {
            count += Long.bitCount(bits.getAtIndex(JAVA_LONG, word));
        }
        return count;
    }

    /**
     * Returns the first row in the set from a row on.
     *
     * @param from a row number, 0 or more
     * @return a row number, or -1 if none follows
     */
    public long next(long from) {
        if (from >= rows) {
            return -1;
        }
        long word = from >> 6;
        long left = bits.getAtIndex(JAVA_LONG, word) & (-1L << from);
        while (left == 0) {
            if (++word == words) {
                return -1;
            }
            left = bits.getAtIndex(JAVA_LONG, word);
        }
        return (word << 6) + Long.numberOfTrailingZeros(left);
    }

    /** Removes all rows. */
    public void clear() {
        for (long word = 0; word < words; word++) {
            // Not by fill: pages that no bit was set in stay without memory.
            if (bits.getAtIndex(JAVA_LONG, word) != 0) {
                bits.setAtIndex(JAVA_LONG, word, 0);
            }
        }
    }

    /** Releases the memory. A second call does nothing. */
    @Override
    public void close() {
        memory.close();
    }
}
