package org.dlrm4j.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * Maps a categorical feature's hashes to row numbers and back. Row numbers are dense, in order of first appearance. The
 * dictionary remembers the index range that hashes were reduced by, so that serving looks up what training saw.
 *
 * <p>Looking up does not allocate. Instances do not change once users hold them, and are safe for concurrent reads.
 *
 * <p>File, little-endian: magic {@code DLRMDICT}, int32 version 1, int32 feature, int32 index range, int32 count,
 * {@code count} int32 hashes in row order, int32 CRC32C of all that precedes.
 */
public final class FeatureDictionary {
    private static final long MAGIC = 0x544349444d524c44L; // "DLRMDICT"
    private static final int VERSION = 1;
    // In front of the values, not behind: a CRC over data and its own CRC is the same constant for all data, and whoever lists
    // this file with its CRC would not notice another dictionary in its place.
    private static final int CRC_OFFSET = 24;
    private static final int HEADER_BYTES = CRC_OFFSET + Integer.BYTES;
    private static final int BUFFER_BYTES = 1 << 20;

    private final int feature;
    private final int maxIndexRange;
    private int[] values = new int[16];
    private int size;
    // Hash in the high half, row + 1 in the low half: one cache line a probe, and 0 is an empty slot.
    private long[] slots = new long[32];
    private int shift = Integer.SIZE - 5;

    /** Makes an empty dictionary that its package may add to. */
    FeatureDictionary(int feature, int maxIndexRange) {
        this.feature = feature;
        this.maxIndexRange = maxIndexRange;
    }

    /**
     * Makes a dictionary of given hashes.
     *
     * @param feature       sparse feature, 0-based
     * @param maxIndexRange hashes are reduced to their unsigned remainder by this before lookup; 0 for none
     * @param values        distinct hashes (reduced) in row order
     * @return the dictionary
     * @throws IllegalArgumentException if a hash appears twice or a number is negative
     */
    public static FeatureDictionary of(int feature, int maxIndexRange, int... values) {
        if (feature < 0 || maxIndexRange < 0) {
            throw new IllegalArgumentException(
                    "feature " + feature + " and maxIndexRange " + maxIndexRange + ", expected 0 or more");
        }
        FeatureDictionary dictionary = new FeatureDictionary(feature, maxIndexRange);
        for (int row = 0; row < values.length; row++) {
            if (dictionary.add(values[row]) != row) {
                throw new IllegalArgumentException(
                        "feature C" + (feature + 1) + ", row " + row + ": hash " + hex(values[row]) + " appears twice");
            }
        }
        return dictionary;
    }

    /** Gives the row of a reduced hash, which is the next free one if the hash is new. */
    int add(int value) {
        int slot = value * 0x9e3779b9 >>> shift;
        while (true) {
            long entry = slots[slot];
            if (entry == 0) {
                break;
            }
            if ((int) (entry >>> 32) == value) {
                return (int) entry - 1;
            }
            slot = slot + 1 & slots.length - 1;
        }
        if (size == values.length) {
            values = Arrays.copyOf(values, (int) Math.min(Integer.MAX_VALUE - 8L, 2L * size));
        }
        values[size++] = value;
        slots[slot] = (long) value << 32 | size;
        if (size > slots.length / 2) {
            rehash();
        }
        return size - 1;
    }

    private void rehash() {
        shift--;
        slots = new long[Math.multiplyExact(slots.length, 2)];
        for (int row = 0; row < size; row++) {
            int slot = values[row] * 0x9e3779b9 >>> shift;
            while (slots[slot] != 0) {
                slot = slot + 1 & slots.length - 1;
            }
            slots[slot] = (long) values[row] << 32 | row + 1;
        }
    }

    /**
     * Tells which feature this is.
     *
     * @return sparse feature, 0-based
     */
    public int feature() {
        return feature;
    }

    /**
     * Tells what hashes are reduced by before lookup.
     *
     * @return the index range, or 0 for none
     */
    public int maxIndexRange() {
        return maxIndexRange;
    }

    /**
     * Tells how many distinct hashes there are, which is the number of rows the table needs.
     *
     * @return number of hashes
     */
    public int size() {
        return size;
    }

    /**
     * Looks up a hash.
     *
     * @param hash the hash as the text files have it, before reduction to the index range
     * @return its row, or -1 if the dictionary does not have it
     */
    public int row(int hash) {
        int value = maxIndexRange == 0 ? hash : Integer.remainderUnsigned(hash, maxIndexRange);
        int slot = value * 0x9e3779b9 >>> shift;
        while (true) {
            long entry = slots[slot];
            if (entry == 0) {
                return -1;
            }
            if ((int) (entry >>> 32) == value) {
                return (int) entry - 1;
            }
            slot = slot + 1 & slots.length - 1;
        }
    }

    /**
     * Looks up a hash in its text form.
     *
     * @param hexadecimal zero to eight hexadecimal digits, as {@code 68fd1e64}; nothing stands for 0
     * @return its row, or -1 if the dictionary does not have it
     * @throws IllegalArgumentException if the text is anything else
     */
    public int row(CharSequence hexadecimal) {
        return row(CriteoTextParser.parseHash(hexadecimal));
    }

    /**
     * Looks up a hash in its text form.
     *
     * @param text bytes that hold the hash
     * @param from its first byte
     * @param end  its end, exclusive; an empty range stands for 0
     * @return its row, or -1 if the dictionary does not have it
     * @throws IllegalArgumentException if the range is not zero to eight hexadecimal digits
     */
    public int row(byte[] text, int from, int end) {
        return row(CriteoTextParser.parseHash(text, from, end));
    }

    /**
     * Gives the hash of a row.
     *
     * @param row row number
     * @return the hash, reduced to the index range
     * @throws IndexOutOfBoundsException if the row is not within {@link #size()}
     */
    public int value(int row) {
        if (row < 0 || row >= size) {
            throw new IndexOutOfBoundsException(
                    "feature C" + (feature + 1) + ": row " + row + ", expected 0 to " + (size - 1));
        }
        return values[row];
    }

    /**
     * Saves the dictionary; the file appears whole or not at all.
     *
     * @param file name of the file
     * @throws IOException if writing fails
     */
    public void save(Path file) throws IOException {
        Path temporary = DurableFiles.temporary(file);
        ByteBuffer block = ByteBuffer.allocate(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        CRC32C crc = new CRC32C();
        putHeader(block);
        crc.update(block.array(), 0, CRC_OFFSET);
        for (int row = 0; row < size;) {
            row = putValues(block.clear(), row);
            crc.update(block.array(), 0, block.position());
        }
        try (AppendFile out = AppendFile.create(temporary)) {
            putHeader(block.clear());
            out.putBytes(block.putInt((int) crc.getValue()).array(), 0, HEADER_BYTES);
            for (int row = 0; row < size;) {
                row = putValues(block.clear(), row);
                out.putBytes(block.array(), 0, block.position());
            }
            out.sync();
        }
        DurableFiles.publish(temporary, file);
    }

    private void putHeader(ByteBuffer block) {
        block.putLong(MAGIC).putInt(VERSION).putInt(feature).putInt(maxIndexRange).putInt(size);
    }

    /** Fills a block with values from a row on; returns the row to go on with. */
    private int putValues(ByteBuffer block, int from) {
        int row = from;
        while (row < size && block.hasRemaining()) {
            block.putInt(values[row++]);
        }
        return row;
    }

    /**
     * Loads a dictionary and checks it whole.
     *
     * @param file name of the file
     * @return the dictionary
     * @throws IOException      if reading fails
     * @throws DatasetException naming file and field if the file is damaged or something else
     */
    public static FeatureDictionary load(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer block = ByteBuffer.allocate(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
            long bytes = channel.size();
            if (bytes < HEADER_BYTES) {
                throw damaged(file, "length", bytes, "at least " + HEADER_BYTES + " bytes");
            }
            fill(channel, block, HEADER_BYTES);
            if (block.getLong(0) != MAGIC) {
                throw damaged(file, "magic", "0x" + Long.toHexString(block.getLong(0)), "DLRMDICT");
            }
            if (block.getInt(8) != VERSION) {
                throw damaged(file, "version", block.getInt(8), String.valueOf(VERSION));
            }
            int count = block.getInt(20);
            long expectedBytes = HEADER_BYTES + 4L * count;
            if (count < 0 || bytes != expectedBytes) {
                throw damaged(file, "count", count, "what " + bytes + " bytes hold");
            }
            return loadValues(file, channel, block, count);
        }
    }

    private static FeatureDictionary loadValues(Path file, FileChannel channel, ByteBuffer block, int count)
            throws IOException {
        FeatureDictionary dictionary = new FeatureDictionary(block.getInt(12), block.getInt(16));
        CRC32C crc = new CRC32C();
        crc.update(block.array(), 0, CRC_OFFSET);
        int storedCrc = block.getInt(CRC_OFFSET);
        int repeated = -1;
        for (int row = 0; row < count;) {
            int part = Math.min(count - row, BUFFER_BYTES / Integer.BYTES);
            fill(channel, block, part * Integer.BYTES);
            crc.update(block.array(), 0, part * Integer.BYTES);
            for (int i = 0; i < part; i++, row++) {
                if (dictionary.add(block.getInt(4 * i)) != row && repeated < 0) {
                    repeated = row;
                }
            }
        }
        if (storedCrc != (int) crc.getValue()) {
            throw damaged(file, "CRC32C", hex(storedCrc), hex((int) crc.getValue()) + " as computed");
        }
        if (repeated >= 0) {
            throw damaged(file, "hashes", "a repetition in row " + repeated, "distinct ones");
        }
        return dictionary;
    }

    private static void fill(FileChannel channel, ByteBuffer block, int bytes) throws IOException {
        block.clear().limit(bytes);
        while (block.hasRemaining()) {
            if (channel.read(block) < 0) {
                throw new IOException("file ended while it was read, at byte " + channel.position());
            }
        }
    }

    private static DatasetException damaged(Path file, String field, Object found, String expected) {
        return new DatasetException(file + ", " + field + ": found " + found + ", expected " + expected
                + "; the dictionary is damaged, restore it or preprocess again");
    }

    static String hex(int value) {
        return String.format("%08x", value);
    }
}
