package org.dlrm4j.store;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static org.dlrm4j.store.TableFileDescriptor.BLOCK_BYTES;
import static org.dlrm4j.store.TableFileDescriptor.CRC_BYTES;
import static org.dlrm4j.store.TableFileDescriptor.HEADER_CRC_OFFSET;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;
import org.dlrm4j.os.HoleFinder;
import org.dlrm4j.os.MappedFile;

/** Computes the checksums of a table file. */
final class BlockChecksums {
    static final ValueLayout.OfInt CRC = JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Of a whole block of zeros, which is what a hole reads as. */
    static final int OF_HOLE = ofZeros(BLOCK_BYTES);

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

    private static int ofZeros(int bytes) {
        CRC32C crc = new CRC32C();
        crc.update(new byte[bytes]);
        return (int) crc.getValue();
    }

    /** Returns the CRC32C of so many bytes of a hole. */
    static int ofHole(long bytes) {
        return bytes == BLOCK_BYTES ? OF_HOLE : ofZeros((int) bytes);
    }

    /** Fills in the list of block checksums and the checksum over it. Holes are not read, nor do they get pages. */
    static void compute(MappedFile file, TableShape shape) {
        MemorySegment bytes = file.segment();
        long dataBytes = shape.dataBytes();
        long blocks = TableFileDescriptor.blocks(dataBytes);
        long list = TableFileDescriptor.checksumsOffset(dataBytes);
        HoleFinder holes = new HoleFinder(file);
        for (long block = 0; block < blocks; block++) {
            long from = TableFileDescriptor.blockOffset(dataBytes, block);
            long length = TableFileDescriptor.blockBytes(dataBytes, block);
            int crc = holes.isHole(from, from + length) ? ofHole(length) : crc32c(bytes.asSlice(from, length));
            bytes.set(CRC, list + CRC_BYTES * block, crc);
        }
        bytes.set(CRC, list + CRC_BYTES * blocks, crc32c(bytes.asSlice(list, CRC_BYTES * blocks)));
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
}
