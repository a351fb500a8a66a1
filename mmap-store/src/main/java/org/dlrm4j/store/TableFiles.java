package org.dlrm4j.store;

import static org.dlrm4j.store.TableFileDescriptor.BLOCK_BYTES;
import static org.dlrm4j.store.TableFileDescriptor.CRC_BYTES;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import org.dlrm4j.os.FileSpace;

/** Copies tables into files. */
public final class TableFiles {
    private TableFiles() {}

    /**
     * Writes any table into a new sealed file: sequential writes, checksums on the way, everything on the device when this
     * returns. Rows that change during the copy are written in either state, and the file's checksums match what was
     * written only if none does: do not train meanwhile.
     *
     * @param source the table to copy
     * @param target the file, which must not exist
     * @throws StoreException if the file exists or cannot be written, or the disk is full, naming the bytes needed and
     *     available; no file is left
     */
    public static void write(EmbeddingTable source, Path target) {
        TableShape shape = new TableShape(source.rows(), source.dim(), source.rowFormat());
        TableHeader header = new TableHeader(source.name(), shape, TableFileDescriptor.STATE_SEALED);
        long fileBytes = TableFileDescriptor.fileBytes(shape.dataBytes());
        NewFile.create(target, fileBytes, channel -> {
            // Finds a full disk before the copy, and lets the file system choose one extent.
            FileSpace.preallocate(target, fileBytes);
            copyRows(source, shape, channel);
            // The header makes the file a table: it must not reach the device before what it vouches for.
            channel.force(false);
            header.write(channel);
        });
    }

    private static void copyRows(EmbeddingTable source, TableShape shape, FileChannel channel) throws IOException {
        long dataBytes = shape.dataBytes();
        long blocks = TableFileDescriptor.blocks(dataBytes);
        long position = TableFileDescriptor.dataOffset(dataBytes);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment list = arena.allocate(TableFileDescriptor.checksumsBytes(dataBytes));
            for (long block = 0; block < blocks; block++) {
                long begin = block * BLOCK_BYTES;
                MemorySegment rows = source.segment()
                        .asSlice(source.dataOffset() + begin, Math.min(BLOCK_BYTES, dataBytes - begin));
                list.set(BlockChecksums.CRC, CRC_BYTES * block, BlockChecksums.crc32c(rows));
                position = writeFully(channel, rows, position);
            }
            list.set(BlockChecksums.CRC, CRC_BYTES * blocks,
                    BlockChecksums.crc32c(list.asSlice(0, CRC_BYTES * blocks)));
            writeFully(channel, list, position);
        }
    }

    /** Writes a segment of any size in pieces that fit a ByteBuffer; returns the position after it. */
    static long writeFully(FileChannel channel, MemorySegment segment, long position) throws IOException {
        long at = position;
        for (long offset = 0; offset < segment.byteSize(); offset += BLOCK_BYTES) {
            ByteBuffer piece = segment.asSlice(offset, Math.min(BLOCK_BYTES, segment.byteSize() - offset))
                    .asByteBuffer();
            while (piece.hasRemaining()) {
                at += channel.write(piece, at);
            }
        }
        return at;
    }
}
