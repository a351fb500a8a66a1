package org.dlrm4j.store;

import org.dlrm4j.kernels.RowFormat;

/**
 * Layout of a table file: header, padding, rows, checksums; all numbers little-endian.
 *
 * <pre>
 *   0          header, {@value #HEADER_BYTES} bytes
 *   dataOffset rows, {@code rows * rowStrideBytes} bytes
 *   then       CRC32C of each {@value #BLOCK_BYTES} bytes of rows (the last block may be shorter), 4 bytes each
 *   then       CRC32C of that list, 4 bytes
 * </pre>
 *
 * Bytes that have no meaning are zero. The byte table stands in {@code docs/file-formats.md}.
 */
final class TableFileDescriptor {
    static final int HEADER_BYTES = 4096;
    static final int BLOCK_BYTES = 1 << 20;
    static final long HUGE_PAGE_BYTES = 2L << 20;
    static final int CRC_BYTES = 4;

    /** "DLRM4JTB" read as a little-endian number. */
    static final long MAGIC = 0x4254_4A34_4D52_4C44L;
    static final int FORMAT_VERSION = 1;

    static final int STATE_OPEN = 1;
    static final int STATE_SEALED = 2;

    static final int MAGIC_OFFSET = 0;
    static final int FORMAT_VERSION_OFFSET = 8;
    static final int ROW_FORMAT_OFFSET = 12;
    static final int STATE_OFFSET = 16;
    static final int DIM_OFFSET = 20;
    static final int ROWS_OFFSET = 24;
    static final int ROW_STRIDE_BYTES_OFFSET = 32;
    static final int DATA_OFFSET_OFFSET = 40;
    static final int DATA_BYTES_OFFSET = 48;
    static final int BLOCK_BYTES_OFFSET = 56;
    static final int NAME_BYTES_OFFSET = 60;
    static final int CHECKSUMS_OFFSET_OFFSET = 64;
    static final int NAME_OFFSET = 128;
    static final int MAX_NAME_BYTES = 1024;
    static final int HEADER_CRC_OFFSET = HEADER_BYTES - CRC_BYTES;

    static {
        assert NAME_OFFSET >= CHECKSUMS_OFFSET_OFFSET + Long.BYTES;
        assert NAME_OFFSET + MAX_NAME_BYTES <= HEADER_CRC_OFFSET;
        assert HUGE_PAGE_BYTES % BLOCK_BYTES == 0;
    }

    private TableFileDescriptor() {}

    /** The number that stands for a format in files: greater than 0, never reused. */
    static int rowFormatId(RowFormat format) {
        return switch (format) {
            case F32 -> 1;
            case F16 -> 2;
            case BF16 -> 3;
            case I8 -> 4;
            case I4 -> 5;
        };
    }

    /** Where rows begin: on a huge page if they fill one, for a file system that can map those. */
    static long dataOffset(long dataBytes) {
        return dataBytes >= HUGE_PAGE_BYTES ? HUGE_PAGE_BYTES : HEADER_BYTES;
    }

    static long checksumsOffset(long dataBytes) {
        return dataOffset(dataBytes) + dataBytes;
    }

    static long blocks(long dataBytes) {
        return (dataBytes + BLOCK_BYTES - 1) / BLOCK_BYTES;
    }

    /** Where a block begins in the file. */
    static long blockOffset(long dataBytes, long block) {
        return dataOffset(dataBytes) + block * BLOCK_BYTES;
    }

    /** The length of a block: the last may be shorter. */
    static long blockBytes(long dataBytes, long block) {
        return Math.min(BLOCK_BYTES, dataBytes - block * BLOCK_BYTES);
    }

    /** The block list and the checksum over it. */
    static long checksumsBytes(long dataBytes) {
        return CRC_BYTES * (blocks(dataBytes) + 1);
    }

    static long fileBytes(long dataBytes) {
        return checksumsOffset(dataBytes) + checksumsBytes(dataBytes);
    }
}
