package org.dlrm4j.model;

import java.util.ArrayList;
import java.util.List;
import org.dlrm4j.data.Batch;
import org.dlrm4j.os.PageFaults;
import org.dlrm4j.store.EmbeddingTable;
import org.dlrm4j.store.RowPrefetch;

/**
 * Lets the device read the rows that a batch needs and that are not in memory, all at once, before they are looked up one after the
 * other. Rows that were asked for before cost a look at a bit each; when the process has waited for the device nevertheless, because
 * the kernel evicted pages, all is asked for anew. Threads may share it, each with {@link #newScratch memory of its own}.
 */
public final class LookupPrefetch implements AutoCloseable {
    private static final int SCRATCH_PAGES = 512;
    /** Calls and asked pages between two counts of faults: asking the kernel costs as much as some look-ups. */
    private static final int COUNT_INTERVAL = 256;
    /** Faults between two counts that may have other reasons, such as code that runs for the first time. */
    private static final long TOLERATED_FAULTS = 2;

    private final List<RowPrefetch> tables = new ArrayList<>();
    private final List<Integer> features = new ArrayList<>();
    private final PageFaults faults = new PageFaults();
    // Threads race for these: a count too late or too often does no harm.
    private int sinceCount;
    private long counted = faults.major();

    /**
     * Begins with the tables that a network looks up. Tables in anonymous memory are left out.
     *
     * @param lookups the lookups, whose tables must outlive this
     */
    public LookupPrefetch(List<Lookup> lookups) {
        try {
            lookups.forEach(lookup -> add(lookup.feature(), lookup.table()));
        } catch (RuntimeException | OutOfMemoryError e) {
            close();
            throw e;
        }
    }

    /**
     * Adds a table, such as an optimizer's state, that is used at the rows of a feature; nothing if it is in anonymous memory.
     *
     * @param feature the feature whose values are row numbers
     * @param table the table, which must outlive this
     */
    public void add(int feature, EmbeddingTable table) {
        if (table.isFileBacked()) {
            features.add(feature);
            tables.add(new RowPrefetch(table));
        }
    }

    /**
     * Returns whether there is nothing to read from files.
     *
     * @return true if all tables are in anonymous memory
     */
    public boolean isEmpty() {
        return tables.isEmpty();
    }

    /**
     * Makes the memory that {@link #request} needs.
     *
     * @return scratch memory for one thread
     */
    public static long[] newScratch() {
        return new long[SCRATCH_PAGES];
    }

    /**
     * Asks for the pages of all rows of a batch that were not asked for before, and does not wait for them. Does not allocate.
     * Values that are no rows are left to the lookup, which refuses them.
     *
     * @param batch the samples; {@link Network#derive} has seen them
     * @param scratch memory of the calling thread
     * @return pages that were asked for
     */
    public int request(Batch batch, long[] scratch) {
        if (sinceCount > COUNT_INTERVAL) {
            sinceCount = 0;
            forgetIfEvicted();
        }
        int pages = 0;
        for (int i = 0; i < tables.size(); i++) {
            final int feature = features.get(i);
            pages += tables.get(i).request(batch.indices(feature), 0, batch.indexCount(feature), scratch);
        }
        sinceCount += 1 + pages;
        return pages;
    }

    private void forgetIfEvicted() {
        final long now = faults.major();
        if (now - counted > TOLERATED_FAULTS) {
            tables.forEach(RowPrefetch::forget);
        }
        counted = now;
    }

    /** Releases the memory of the bits; the tables stay open. */
    @Override
    public void close() {
        tables.forEach(RowPrefetch::close);
        faults.close();
    }
}
