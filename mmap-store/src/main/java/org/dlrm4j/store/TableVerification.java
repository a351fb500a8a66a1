package org.dlrm4j.store;

import static org.dlrm4j.store.TableFileDescriptor.BLOCK_BYTES;
import static org.dlrm4j.store.TableFileDescriptor.CRC_BYTES;
import static org.dlrm4j.store.TableFileDescriptor.HEADER_BYTES;

import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.zip.CRC32C;
import org.dlrm4j.os.HoleFinder;
import org.dlrm4j.os.MappedFile;
import org.dlrm4j.os.NativeCallException;

/**
 * Checks a table file against its checksums. Rows are read by system calls, not through the mapping: a page that the device cannot
 * supply is an exception there, and terabytes of checked rows do not fill the page table. Threads may check different blocks at once.
 */
final class TableVerification {
    private static final int LIST_BYTES = 1 << 14;

    /** Memory that checks need: a block, and a piece of the list of checksums. */
    static final int BUFFER_BYTES = BLOCK_BYTES + LIST_BYTES;

    private final MappedFile file;
    private final String name;
    private final TableShape shape;
    private final long dataBytes;
    private final long listOffset;

    TableVerification(MappedFile file, String name, TableShape shape) {
        this.file = file;
        this.name = name;
        this.shape = shape;
        dataBytes = shape.dataBytes();
        listOffset = TableFileDescriptor.checksumsOffset(dataBytes);
    }

    long blocks() {
        return TableFileDescriptor.blocks(dataBytes);
    }

    /** Checks the padding and the list that the blocks are checked against; reads 4 bytes a MiB and at most 2 MiB more. */
    void checkHead(MemorySegment buffer) {
        checkPadding(buffer);
        long blocks = blocks();
        CRC32C crc = new CRC32C();
        long end = listOffset + CRC_BYTES * blocks;
        for (long from = listOffset; from < end; from += BLOCK_BYTES) {
            MemorySegment bytes = buffer.asSlice(0, Math.min(BLOCK_BYTES, end - from));
            read(from, bytes);
            BlockChecksums.update(crc, bytes);
        }
        int computed = (int) crc.getValue();
        read(end, buffer.asSlice(0, CRC_BYTES));
        int found = buffer.get(BlockChecksums.CRC, 0);
        if (found != computed) {
            throw new ModelFormatException(file.path(), "checksum list", String.format(
                    "bytes [%d, %d) have CRC32C 0x%08x, expected 0x%08x; the file is damaged, restore it from a copy",
                    listOffset, end, computed, found));
        }
    }

    private void checkPadding(MemorySegment buffer) {
        long end = TableFileDescriptor.dataOffset(dataBytes);
        HoleFinder holes = new HoleFinder(file);
        for (long from = HEADER_BYTES; from < end; from += BLOCK_BYTES) {
            MemorySegment bytes = buffer.asSlice(0, Math.min(BLOCK_BYTES, end - from));
            if (holes.isHole(from, from + bytes.byteSize())) {
                continue;
            }
            read(from, bytes);
            for (long i = 0; i < bytes.byteSize(); i++) {
                if (bytes.get(ValueLayout.JAVA_BYTE, i) != 0) {
                    throw new ModelFormatException(file.path(), "padding before the rows",
                            "byte " + (from + i) + " is not zero; the file is damaged, restore it from a copy");
                }
            }
        }
    }

    /** Checks the blocks {@code [from, to)}, at least one; {@code buffer} has {@link #BUFFER_BYTES}. */
    void checkBlocks(long from, long to, MemorySegment buffer) {
        HoleFinder holes = new HoleFinder(file);
        long all = TableFileDescriptor.blockOffset(dataBytes, from);
        long allEnd = TableFileDescriptor.blockOffset(dataBytes, to - 1)
                + TableFileDescriptor.blockBytes(dataBytes, to - 1);
        if (!holes.isHole(all, allEnd)) {
            // The device works on all blocks while the first are checked. Not on holes, which would become pages of zeros.
            file.willNeed(all, Math.min(allEnd, file.nextHole(file.nextData(all))) - all);
        }
        MemorySegment list = buffer.asSlice(BLOCK_BYTES, LIST_BYTES);
        for (long block = from; block < to; block++) {
            long begin = TableFileDescriptor.blockOffset(dataBytes, block);
            long bytes = TableFileDescriptor.blockBytes(dataBytes, block);
            long listed = CRC_BYTES * (block - from) % LIST_BYTES;
            if (listed == 0) {
                read(listOffset + CRC_BYTES * block, list.asSlice(0, Math.min(LIST_BYTES, CRC_BYTES * (to - block))));
            }
            int expected = list.get(BlockChecksums.CRC, listed);
            int found;
            if (holes.isHole(begin, begin + bytes)) {
                found = BlockChecksums.ofHole(bytes);
            } else {
                read(begin, buffer.asSlice(0, bytes));
                found = BlockChecksums.crc32c(buffer.asSlice(0, bytes));
            }
            if (found != expected) {
                throw damagedBlock(block, found, expected);
            }
        }
    }

    private void read(long offset, MemorySegment into) {
        try {
            file.read(offset, into);
        } catch (NativeCallException e) {
            throw StoreException.reading(file.path(), e);
        } catch (UncheckedIOException e) {
            throw new StoreException(e.getCause().getMessage(), e);
        }
    }

    private ModelFormatException damagedBlock(long block, int found, int expected) {
        long begin = block * BLOCK_BYTES;
        long end = Math.min(begin + BLOCK_BYTES, dataBytes);
        long dataOffset = TableFileDescriptor.dataOffset(dataBytes);
        long stride = shape.rowStrideBytes();
        return new ModelFormatException(file.path(), "block " + block, String.format(
                "bytes [%d, %d), rows [%d, %d) of table %s, have CRC32C 0x%08x, expected 0x%08x; the file is damaged, restore it from a copy",
                dataOffset + begin, dataOffset + end, begin / stride, (end + stride - 1) / stride, name, found,
                expected));
    }
}
