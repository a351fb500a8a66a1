package org.dlrm4j.store;

import static org.dlrm4j.store.TableFileDescriptor.BLOCK_BYTES;
import static org.dlrm4j.store.TableFileDescriptor.CRC_BYTES;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.dlrm4j.os.FileSpace;
import org.dlrm4j.os.HoleFinder;

/** Copies tables into files. */
public final class TableFiles {
    private TableFiles() {}

    /**
     * Writes any table into a new sealed file: sequential writes, checksums on the way, everything on the device when this
     * returns. Rows that change during the copy are written in either state, and the file's checksums match what was
     * written only if none does: do not train meanwhile. Blocks of 1 MiB that lie in holes of a file are neither read nor written:
     * the copy has holes there too.
     *
     * @param source the table to copy
     * @param target the file, which must not exist
     * @throws StoreException if the file exists or cannot be written, or the disk is full, naming the bytes needed and
     *     available; no file is left
     */
    public static void write(EmbeddingTable source, Path target) {
        write(source, List.of(), target);
    }

    /** Writes a table as it is after changes, which take effect in order. */
    static void write(EmbeddingTable source, List<DeltaRows> changes, Path target) {
        TableShape shape = new TableShape(source.rows(), source.dim(), source.rowFormat());
        TableHeader header = new TableHeader(source.name(), shape, TableFileDescriptor.STATE_SEALED);
        long fileBytes = TableFileDescriptor.fileBytes(shape.dataBytes());
        Optional<HoleFinder> holes = source.holes();
        NewFile.create(target, fileBytes, channel -> {
            if (holes.isPresent()) {
                FileSpace.extendSparse(target, fileBytes);
            } else {
                // Finds a full disk before the copy, and lets the file system choose one extent.
                FileSpace.preallocate(target, fileBytes);
            }
            writeRows(source, shape, changes, holes, channel);
            // The header makes the file a table: it must not reach the device before what it vouches for.
            channel.force(false);
            header.write(channel);
        });
    }

    private static void writeRows(EmbeddingTable source, TableShape shape, List<DeltaRows> changes,
            Optional<HoleFinder> holes, FileChannel channel) throws IOException {
        long dataBytes = shape.dataBytes();
        long blocks = TableFileDescriptor.blocks(dataBytes);
        long position = TableFileDescriptor.dataOffset(dataBytes);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment list = arena.allocate(TableFileDescriptor.checksumsBytes(dataBytes));
            MemorySegment buffer = changes.isEmpty() ? null : arena.allocate(BLOCK_BYTES);
            for (long block = 0; block < blocks; block++) {
                long from = source.dataOffset() + block * BLOCK_BYTES;
                long length = TableFileDescriptor.blockBytes(dataBytes, block);
                long to = block * BLOCK_BYTES + length;
                boolean changed = changes.stream().anyMatch(rows -> rows.changesBefore(to));
                if (!changed && isHole(holes, from, length)) {
                    list.set(BlockChecksums.CRC, CRC_BYTES * block, BlockChecksums.ofHole(length));
                } else {
                    MemorySegment rows = source.segment().asSlice(from, length);
                    if (changed) {
                        rows = buffer.asSlice(0, length).copyFrom(rows);
                        for (DeltaRows each : changes) {
                            each.copyInto(rows, block * BLOCK_BYTES);
                        }
                    }
                    list.set(BlockChecksums.CRC, CRC_BYTES * block, BlockChecksums.crc32c(rows));
                    writeFully(channel, rows, position);
                }
                position += length;
            }
            list.set(BlockChecksums.CRC, CRC_BYTES * blocks,
                    BlockChecksums.crc32c(list.asSlice(0, CRC_BYTES * blocks)));
            writeFully(channel, list, position);
        }
    }

    private static boolean isHole(Optional<HoleFinder> holes, long from, long length) {
        return holes.isPresent() && holes.get().isHole(from, from + length);
    }

    /**
     * Copies all rows of a table into another one. Blocks of 1 MiB that lie in holes of both files are left out, so that copies of
     * sparse tables stay sparse.
     *
     * @param source the table to copy
     * @param target a writable table of the same shape and row format
     * @throws IllegalArgumentException if shape or format differ
     * @throws StoreException if the device cannot write what was written to a table before
     */
    public static void copy(EmbeddingTable source, EmbeddingTable target) {
        TableShape shape = new TableShape(source.rows(), source.dim(), source.rowFormat());
        if (!shape.equals(new TableShape(target.rows(), target.dim(), target.rowFormat()))) {
            throw new IllegalArgumentException("table " + target.name() + ": cannot take the rows of table "
                    + source.name() + ", whose shape is " + shape);
        }
        Optional<HoleFinder> from = source.holes();
        Optional<HoleFinder> into = target.holes();
        for (long at = 0; at < shape.dataBytes(); at += BLOCK_BYTES) {
            long length = Math.min(BLOCK_BYTES, shape.dataBytes() - at);
            if (!isHole(from, source.dataOffset() + at, length) || !isHole(into, target.dataOffset() + at, length)) {
                MemorySegment.copy(source.segment(), source.dataOffset() + at, target.segment(),
                        target.dataOffset() + at, length);
            }
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
