package org.dlrm4j.kernels.internal;

import java.lang.foreign.MemorySegment;

/**
 * Argument checks of the facade. Each check costs a few comparisons a call and builds text only when it fails; the
 * message names the argument, the value found, what was expected and, where it is not plain, the remedy.
 */
public final class Checks {
    private Checks() {}

    /** Checks {@code value >= 0} and returns it. */
    public static int nonNegative(String name, int value) {
        if (value < 0) {
            throw new IllegalArgumentException(name + " is " + value + ", expected 0 or more");
        }
        return value;
    }

    /** Checks {@code value >= 0} and returns it. */
    public static long nonNegative(String name, long value) {
        if (value < 0) {
            throw new IllegalArgumentException(name + " is " + value + ", expected 0 or more");
        }
        return value;
    }

    /** Checks {@code 0 <= value < infinity} and returns it; refuses a NaN. */
    public static float nonNegative(String name, float value) {
        if (!(value >= 0 && value < Float.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(name + " is " + value + ", expected a finite number, 0 or more");
        }
        return value;
    }

    /** Checks {@code 0 < value < infinity} and returns it; refuses a NaN. */
    public static float positive(String name, float value) {
        if (!(value > 0 && value < Float.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(name + " is " + value + ", expected a finite number above 0");
        }
        return value;
    }

    /** Checks {@code value > 0} and returns it. */
    public static int positive(String name, int value) {
        if (value <= 0) {
            throw new IllegalArgumentException(name + " is " + value + ", expected 1 or more");
        }
        return value;
    }

    /** Checks {@code min <= value <= max} and returns it. */
    public static int inRange(String name, int value, int min, int max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(name + " is " + value + ", expected " + min + " to " + max);
        }
        return value;
    }

    /** Checks {@code min <= value <= max} and returns it. */
    public static long inRange(String name, long value, long min, long max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(name + " is " + value + ", expected " + min + " to " + max);
        }
        return value;
    }

    /** Checks that {@code [offset, offset + bytes)} lies in a native segment. */
    public static void readable(String name, MemorySegment segment, long offset, long bytes) {
        if (!segment.isNative()) {
            throw new IllegalArgumentException(name + " is a heap segment, expected native memory: allocate it from an "
                    + "Arena or map it from a file");
        }
        if (offset < 0 || bytes < 0 || offset > segment.byteSize() - bytes) {
            throw new IllegalArgumentException(name + " needs " + bytes + " bytes at byte " + offset
                    + ", but its segment has " + segment.byteSize() + " bytes");
        }
    }

    /** Checks that {@code [offset, offset + bytes)} lies in a native segment that may be written. */
    public static void writable(String name, MemorySegment segment, long offset, long bytes) {
        readable(name, segment, offset, bytes);
        if (segment.isReadOnly()) {
            throw new IllegalArgumentException(name + " is a read-only segment, expected one that can be written");
        }
    }

    /**
     * Returns the bytes from the first to just past the last value of a strided matrix of {@code rows} rows of
     * {@code rowBytes} bytes; checks that rows do not overlap.
     */
    public static long spanBytes(String name, long rows, long rowBytes, long rowStrideBytes) {
        if (rows == 0 || rowBytes == 0) {
            return 0;
        }
        if (rows == 1) {
            return rowBytes;
        }
        if (rowStrideBytes < rowBytes) {
            throw new IllegalArgumentException(
                    name + " has a stride of " + rowStrideBytes + " bytes, expected at least "
                            + rowBytes + " (one row)");
        }
        if (rows - 1 > (Long.MAX_VALUE - rowBytes) / rowStrideBytes) {
            throw new IllegalArgumentException(name + " has " + rows + " rows of " + rowStrideBytes
                    + " bytes, more than 2^63 bytes in all");
        }
        return (rows - 1) * rowStrideBytes + rowBytes;
    }

    /** Returns the bytes of {@code count} floats; checks that the count is neither negative nor absurd. */
    public static long vectorBytes(String name, long count) {
        return inRange(name, count, 0, Long.MAX_VALUE >> 2) << 2;
    }

    /** Checks that a matrix of {@code rows × columns} floats can be read. */
    public static void readableRows(String name, MemorySegment segment, long offset, long rowStrideBytes, long rows,
            int columns) {
        readable(name, segment, offset, spanBytes(name, rows, (long) columns << 2, rowStrideBytes));
    }

    /** Checks that a matrix of {@code rows × columns} floats can be read and written. */
    public static void writableRows(String name, MemorySegment segment, long offset, long rowStrideBytes, long rows,
            int columns) {
        writable(name, segment, offset, spanBytes(name, rows, (long) columns << 2, rowStrideBytes));
    }

    /** Checks that two ranges of native memory have no byte in common. */
    public static void disjoint(String nameA, MemorySegment a, long aOffset, long aBytes, String nameB, MemorySegment b,
            long bOffset, long bBytes) {
        final long aAddress = a.address() + aOffset;
        final long bAddress = b.address() + bOffset;
        if (aBytes > 0 && bBytes > 0 && aAddress < bAddress + bBytes && bAddress < aAddress + aBytes) {
            throw new IllegalArgumentException(nameA + " and " + nameB + " overlap, expected separate memory");
        }
    }
}
