package org.dlrm4j.cli;

import java.util.Locale;

/** Numbers as people read them. */
public final class Sizes {
    private static final String[] BINARY = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};

    private Sizes() {}

    /** Writes a count with separators: {@code 1,234,567}. */
    public static String count(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    /** Writes bytes in the largest fitting binary unit: {@code 1.5 MiB}. */
    public static String bytes(long bytes) {
        int unit = 0;
        double value = bytes;
        while (value >= 1024 && unit < BINARY.length - 1) {
            value /= 1024;
            unit++;
        }
        return unit == 0 ? bytes + " B" : String.format(Locale.ROOT, "%.1f %s", value, BINARY[unit]);
    }

    /** Writes a time: {@code 850 ms}, {@code 12.3 s}, {@code 1:02:03}. */
    public static String seconds(double seconds) {
        if (seconds < 1) {
            return String.format(Locale.ROOT, "%.0f ms", seconds * 1e3);
        }
        if (seconds < 60) {
            return String.format(Locale.ROOT, "%.1f s", seconds);
        }
        final long whole = Math.round(seconds);
        return String.format(Locale.ROOT, "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60);
    }

    /** Writes a latency in microseconds: {@code 12.3 us}. */
    public static String micros(long nanos) {
        return String.format(Locale.ROOT, "%,.1f us", nanos / 1e3);
    }

    /** Writes megabytes a second. */
    public static String megabytesPerSecond(long bytes, double seconds) {
        return String.format(Locale.ROOT, "%,.0f MB/s", bytes / 1e6 / Math.max(seconds, 1e-9));
    }

    /** Writes a number with a fixed number of decimals, whatever the locale. */
    public static String decimal(double value, int decimals) {
        return String.format(Locale.ROOT, "%." + decimals + "f", value);
    }
}
