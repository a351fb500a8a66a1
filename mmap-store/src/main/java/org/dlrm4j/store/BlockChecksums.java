package org.dlrm4j.store;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static org.dlrm4j.store.TableFileDescriptor.BLOCK_BYTES;
import static org.dlrm4j.store.TableFileDescriptor.CRC_BYTES;
import static org.dlrm4j.store.TableFileDescriptor.HEADER_BYTES;
import static org.dlrm4j.store.TableFileDescriptor.HEADER_CRC_OFFSET;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/** Computes and checks the checksums in a mapped table file. */
final class BlockChecksums {
    static final ValueLayout.OfInt CRC = JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private BlockChecksums() {}

    /** Returns the CRC32C of a native segment, whatever its length. */
    static int crc32c(MemorySegment segment) {
        CRC32C crc = new CRC32C();
        update(crc, segment);
        return (int) crc.getValue();
    }

    static void update(CRC32C crc, MemorySegment segment) {
        // A ByteBuffer holds less than 2 GiB.
        for (long offset = 0; offset < segment.byteSize(); offset += BLOCK_BYTES) {
            crc.update(segment.asSlice(offset, Math.min(BLOCK_BYTES, segment.byteSize() - offset)).asByteBuffer());
        }
    }

    /** Fills in the list of block checksums and the checksum over it. */
    static void compute(MemorySegment file, TableShape shape) {
        long dataBytes = shape.dataBytes();
        long blocks = TableFileDescriptor.blocks(dataBytes);
        long list = TableFileDescriptor.checksumsOffset(dataBytes);
        for (long block = 0; block < blocks; block++) {
            file.set(CRC, list + CRC_BYTES * block, crc32c(block(file, dataBytes, block)));
        }
        file.set(CRC, list + CRC_BYTES * blocks, crc32c(file.asSlice(list, CRC_BYTES * blocks)));
    }

    /**
     * Returns the CRC32C over header and checksum list, which together stand for every byte of the file. Without the
     * checksums of the two: a CRC over a message and its own CRC is the same constant for every message.
     */
    static int ofHeaderAndList(MemorySegment file, TableShape shape) {
        long dataBytes = shape.dataBytes();
        CRC32C crc = new CRC32C();
        update(crc, file.asSlice(0, HEADER_CRC_OFFSET));
        update(crc, file.asSlice(TableFileDescriptor.checksumsOffset(dataBytes),
                CRC_BYTES * TableFileDescriptor.blocks(dataBytes)));
        return (int) crc.getValue();
    }

    /** Checks padding, list and every block. */
    static void verify(Path path, MemorySegment file, TableShape shape) {
        long dataBytes = shape.dataBytes();
        long dataOffset = TableFileDescriptor.dataOffset(dataBytes);
        MemorySegment padding = file.asSlice(HEADER_BYTES, dataOffset - HEADER_BYTES);
        for (long i = 0; i < padding.byteSize(); i++) {
            if (padding.get(ValueLayout.JAVA_BYTE, i) != 0) {
                throw new ModelFormatException(path, "padding before the rows",
                        "byte " + (HEADER_BYTES + i) + " is not zero; the file is damaged, restore it from a copy");
            }
        }
        long blocks = TableFileDescriptor.blocks(dataBytes);
        long list = TableFileDescriptor.checksumsOffset(dataBytes);
        int listFound = file.get(CRC, list + CRC_BYTES * blocks);
        int listComputed = crc32c(file.asSlice(list, CRC_BYTES * blocks));
        if (listFound != listComputed) {
            throw new ModelFormatException(path, "checksum list", String.format(
                    "bytes [%d, %d) have CRC32C 0x%08x, expected 0x%08x; the file is damaged, restore it from a copy",
                    list,
                    list + CRC_BYTES * blocks, listComputed, listFound));
        }
        for (long block = 0; block < blocks; block++) {
            int expected = file.get(CRC, list + CRC_BYTES * block);
            int found = crc32c(block(file, dataBytes, block));
            if (found != expected) {
                throw damagedBlock(path, shape, block, found, expected);
            }
        }
    }

    private static ModelFormatException damagedBlock(Path path, TableShape shape, long block, int found, int expected) {
        long begin = block * BLOCK_BYTES;
        long end = Math.min(begin + BLOCK_BYTES, shape.dataBytes());
        long dataOffset = TableFileDescriptor.dataOffset(shape.dataBytes());
        long stride = shape.rowStrideBytes();
        return new ModelFormatException(path, "block " + block, String.format(
                "bytes [%d, %d), rows [%d, %d), have CRC32C 0x%08x, expected 0x%08x; the file is damaged, restore it from a copy",
                dataOffset + begin, dataOffset + end, begin / stride, (end + stride - 1) / stride, found, expected));
    }

    private static MemorySegment block(MemorySegment file, long dataBytes, long block) {
        long begin = block * BLOCK_BYTES;
        return file.asSlice(TableFileDescriptor.dataOffset(dataBytes) + begin,
                Math.min(BLOCK_BYTES, dataBytes - begin));
    }
}
