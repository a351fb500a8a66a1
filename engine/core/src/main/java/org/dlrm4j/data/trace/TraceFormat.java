package org.dlrm4j.data.trace;

/** How a file holds a trace. All are read and written by {@link TraceReader} and {@link TraceWriter}. */
public enum TraceFormat {
    /** Decimal numbers with commas or white space between; written on one line with comma and space, as the reference does. */
    TEXT(0),
    /** Little-endian int64, the reference's binary format. */
    INT64(Long.BYTES),
    /** Little-endian int32. */
    INT32(Integer.BYTES);

    private final int rowBytes;

    TraceFormat(int rowBytes) {
        this.rowBytes = rowBytes;
    }

    /** Tells the bytes of a row number, 0 if they vary. */
    int rowBytes() {
        return rowBytes;
    }
}
