package org.dlrm4j.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Where things are in a sample log, see {@code docs/file-formats.md}: a header; records of equal length; the rows of
 * multi-valued features, sample after sample. All little-endian. A record is: int64 position of its first row among those
 * (only if there are multi-valued features), float32 target, float32 dense features, and an int32 a sparse feature, which is
 * its row (-1 for none) or, multi-valued, its number of rows.
 *
 * @param denseFeatures dense features of a sample
 * @param tableRows     rows of the table of each sparse feature
 * @param multiValued   whether a sparse feature may have several rows a sample
 */
record SampleLogLayout(int denseFeatures, long[] tableRows, boolean[] multiValued) {
    static final int NO_ROW = -1;

    private static final long MAGIC = 0x4c534a344d524c44L; // "DLRM4JSL"
    private static final int VERSION = 1;
    private static final int VERSION_OFFSET = 8;
    private static final int HEADER_BYTES_OFFSET = 12;
    private static final int DENSE_OFFSET = 16;
    private static final int SPARSE_OFFSET = 20;
    private static final int SAMPLES_OFFSET = 24;
    private static final int BAG_ROWS_OFFSET = 32;
    private static final int FEATURES_OFFSET = 40;
    private static final int FEATURE_BYTES = 16;
    private static final int ALIGNMENT_BYTES = 64;
    private static final int MAX_FEATURES = 1 << 20;
    /** Of records of at most 2^23 bytes and a few more: the length of a file does not overflow. */
    private static final long MAX_SAMPLES = 1L << 38;
    private static final long MAX_BAG_ROWS = 1L << 56;
    /** As many as a table has at most. */
    private static final long MAX_ROWS = 1L << 42;

    /** What a header says besides the layout. */
    record Counts(long samples, long bagRows) {}

    static SampleLogLayout of(SampleEncoder encoder) {
        List<SparseFeature> features = encoder.schema().sparse();
        boolean[] multiValued = new boolean[features.size()];
        List<String> names = features.stream().map(SparseFeature::name).toList();
        for (int f = 0; f < multiValued.length; f++) {
            SparseFeature feature = features.get(f);
            multiValued[f] = !feature.separator().isEmpty()
                    || feature.crossed().stream().anyMatch(name -> multiValued[names.indexOf(name)]);
        }
        return new SampleLogLayout(encoder.schema().dense().size(), encoder.tableRows(), multiValued);
    }

    boolean hasBags() {
        for (boolean multi : multiValued) {
            if (multi) {
                return true;
            }
        }
        return false;
    }

    int sparseFeatures() {
        return tableRows.length;
    }

    int targetOffset() {
        return hasBags() ? Long.BYTES : 0;
    }

    int denseOffset() {
        return targetOffset() + Float.BYTES;
    }

    int sparseOffset() {
        return denseOffset() + denseFeatures * Float.BYTES;
    }

    int recordBytes() {
        return sparseOffset() + tableRows.length * Integer.BYTES;
    }

    int headerBytes() {
        int bytes = FEATURES_OFFSET + FEATURE_BYTES * tableRows.length + Integer.BYTES;
        return (bytes + ALIGNMENT_BYTES - 1) & -ALIGNMENT_BYTES;
    }

    long fileBytes(Counts counts) {
        return Math.addExact(headerBytes(), Math.addExact(Math.multiplyExact(counts.samples, recordBytes()),
                Math.multiplyExact(counts.bagRows, Integer.BYTES)));
    }

    /** Makes the header. */
    byte[] header(Counts counts) {
        ByteBuffer header = ByteBuffer.allocate(headerBytes()).order(ByteOrder.LITTLE_ENDIAN);
        header.putLong(MAGIC).putInt(VERSION).putInt(headerBytes()).putInt(denseFeatures).putInt(tableRows.length)
                .putLong(counts.samples).putLong(counts.bagRows);
        for (int f = 0; f < tableRows.length; f++) {
            header.putLong(tableRows[f]).putInt(multiValued[f] ? 1 : 0).putInt(0);
        }
        header.putInt(headerBytes() - Integer.BYTES, checksum(header));
        return header.array();
    }

    private static int checksum(ByteBuffer header) {
        CRC32C crc = new CRC32C();
        crc.update(header.array(), 0, header.capacity() - Integer.BYTES);
        return (int) crc.getValue();
    }

    /** Tells how long the header is that begins with some bytes, at least {@link #FEATURES_OFFSET}. */
    static int headerBytes(Path file, byte[] beginning) {
        if (beginning.length < FEATURES_OFFSET) {
            throw damaged(file, "length", beginning.length + " bytes", "at least " + FEATURES_OFFSET);
        }
        ByteBuffer header = ByteBuffer.wrap(beginning).order(ByteOrder.LITTLE_ENDIAN);
        if (header.getLong(0) != MAGIC) {
            throw damaged(file, "magic", "0x" + Long.toHexString(header.getLong(0)), "DLRM4JSL");
        }
        if (header.getInt(VERSION_OFFSET) != VERSION) {
            throw damaged(file, "version", header.getInt(VERSION_OFFSET), VERSION);
        }
        int sparse = header.getInt(SPARSE_OFFSET);
        if (sparse < 0 || sparse > MAX_FEATURES) {
            throw damaged(file, "sparse features", sparse, "0 to " + MAX_FEATURES);
        }
        int bytes = new SampleLogLayout(0, new long[sparse], new boolean[sparse]).headerBytes();
        if (header.getInt(HEADER_BYTES_OFFSET) != bytes) {
            throw damaged(file, "header length", header.getInt(HEADER_BYTES_OFFSET), bytes);
        }
        return bytes;
    }

    /** Reads the layout from a whole header. */
    static SampleLogLayout read(Path file, byte[] bytes) {
        ByteBuffer header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int stored = header.getInt(bytes.length - Integer.BYTES);
        if (stored != checksum(header)) {
            throw damaged(file, "CRC32C of the header", FeatureDictionary.hex(stored),
                    FeatureDictionary.hex(checksum(header)) + " as computed");
        }
        int dense = header.getInt(DENSE_OFFSET);
        requireRange(file, "dense features", dense, 0, MAX_FEATURES);
        int sparse = header.getInt(SPARSE_OFFSET);
        long[] rows = new long[sparse];
        boolean[] multi = new boolean[sparse];
        for (int f = 0; f < sparse; f++) {
            rows[f] = header.getLong(FEATURES_OFFSET + FEATURE_BYTES * f);
            requireRange(file, "rows of sparse feature " + f, rows[f], 0, MAX_ROWS);
            multi[f] = header.getInt(FEATURES_OFFSET + FEATURE_BYTES * f + Long.BYTES) != 0;
        }
        return new SampleLogLayout(dense, rows, multi);
    }

    /** Reads from a whole header how much there must be behind it, within what a file can hold. */
    static Counts counts(Path file, byte[] bytes) {
        ByteBuffer header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        Counts counts = new Counts(header.getLong(SAMPLES_OFFSET), header.getLong(BAG_ROWS_OFFSET));
        requireRange(file, "samples", counts.samples, 0, MAX_SAMPLES);
        requireRange(file, "bag rows", counts.bagRows, 0, MAX_BAG_ROWS);
        return counts;
    }

    private static void requireRange(Path file, String field, long found, long from, long to) {
        if (found < from || found > to) {
            throw damaged(file, field, found, from + " to " + to);
        }
    }

    static DatasetException damaged(Path file, String field, Object found, Object expected) {
        return new DatasetException(file + ", " + field + ": found " + found + ", expected " + expected
                + "; the file is damaged or no sample log, preprocess again");
    }
}
