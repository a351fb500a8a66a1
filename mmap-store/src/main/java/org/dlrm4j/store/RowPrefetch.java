package org.dlrm4j.store;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.dlrm4j.os.MappedFile;
import org.dlrm4j.os.NativeMemory;

/**
 * Lets the device read the rows of a file-backed table that are not in memory, many at once: faults come one after the other, each
 * as long as the device takes, and each reads as much around the row as the kernel's read-ahead is set to.
 *
 * <p>Remembers in one bit a page (32 MiB a TiB, taken as pages are asked for) which pages it has asked for; such a page costs
 * a look at its bit. Pages that the kernel has evicted since are faulted in as without this, until {@link #forget}.
 *
 * <p>Threads may share it: at worst, a page is asked for twice.
 */
public final class RowPrefetch implements AutoCloseable {
    private final MappedFile file;
    private final long rows;
    private final long dataOffset;
    private final long rowStrideBytes;
    private final int pageShift = Integer.numberOfTrailingZeros(MappedFile.pageBytes());
    private final NativeMemory asked;

    /**
     * Starts without knowledge.
     *
     * @param table a file-backed table, which must outlive this
     * @throws IllegalArgumentException if the table is anonymous: its rows are always in memory
     */
    public RowPrefetch(EmbeddingTable table) {
        if (!table.isFileBacked()) {
            throw new IllegalArgumentException("table " + table.name() + ": anonymous, expected a file-backed table");
        }
        file = table.file();
        rows = table.rows();
        dataOffset = table.dataOffset();
        rowStrideBytes = table.rowStrideBytes();
        long pages = (file.segment().byteSize() >>> pageShift) + 1;
        asked = NativeMemory.allocate((pages >>> 6) + 1 << 3);
    }

    /**
     * Asks for the pages of rows that were not asked for before, and does not wait for them. Does not allocate.
     *
     * @param indices row numbers, 64 bits each; those that are no rows are skipped
     * @param from position of the first
     * @param count how many
     * @param pages scratch memory of the calling thread, 1 page number or more: so many pages are asked for in one go
     * @return pages that were asked for
     * @throws IllegalStateException if the table is closed
     */
    public int request(MemorySegment indices, long from, long count, long[] pages) {
        int waiting = 0;
        int total = 0;
        for (long i = from; i < from + count; i++) {
            long row = indices.getAtIndex(ValueLayout.JAVA_LONG, i);
            if (row < 0 || row >= rows) {
                continue;
            }
            long begin = dataOffset + row * rowStrideBytes;
            long last = begin + rowStrideBytes - 1 >>> pageShift;
            for (long page = begin >>> pageShift; page <= last; page++) {
                if (markAsked(page)) {
                    if (waiting == pages.length) {
                        file.willNeedPages(pages, waiting);
                        waiting = 0;
                    }
                    pages[waiting++] = page << pageShift;
                    total++;
                }
            }
        }
        if (waiting > 0) {
            file.willNeedPages(pages, waiting);
        }
        return total;
    }

    /** Returns whether the page was not marked before. */
    private boolean markAsked(long page) {
        MemorySegment bits = asked.segment();
        long offset = page >>> 6 << 3;
        long word = bits.get(ValueLayout.JAVA_LONG, offset);
        long bit = 1L << page;
        if ((word & bit) != 0) {
            return false;
        }
        bits.set(ValueLayout.JAVA_LONG, offset, word | bit);
        return true;
    }

    /** Forgets what was asked for, because the kernel may have evicted it. Takes time in proportion to the table's pages. */
    public void forget() {
        asked.clear();
    }

    /** Releases the memory of the bits. A second call does nothing. */
    @Override
    public void close() {
        asked.close();
    }
}
