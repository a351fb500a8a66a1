package org.dlrm4j.bench.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Sizes of the caches that one core reaches, as Linux tells them. */
final class CacheSizes {
    private static final long[] USUAL = {48L << 10, 1L << 20, 32L << 20};

    private CacheSizes() {}

    /**
     * Reads {@code index*} of a directory such as {@code /sys/devices/system/cpu/cpu0/cache}.
     *
     * @return bytes of L1, L2 and L3 data caches; those of a usual server where nothing is told
     */
    static long[] read(Path directory) throws IOException {
        final long[] sizes = USUAL.clone();
        if (!Files.isDirectory(directory)) {
            return sizes;
        }
        final List<Path> entries = new ArrayList<>();
        try (var stream = Files.newDirectoryStream(directory, "index*")) {
            stream.forEach(entries::add);
        }
        for (Path entry : entries) {
            final int level = Integer.parseInt(Files.readString(entry.resolve("level")).strip());
            final boolean data = !Files.readString(entry.resolve("type")).strip().equals("Instruction");
            if (data && level >= 1 && level <= sizes.length) {
                sizes[level - 1] = bytes(Files.readString(entry.resolve("size")).strip());
            }
        }
        return sizes;
    }

    private static long bytes(String size) {
        final char unit = size.charAt(size.length() - 1);
        final int shift = unit == 'K' ? 10 : unit == 'M' ? 20 : unit == 'G' ? 30 : 0;
        return Long.parseLong(shift == 0 ? size : size.substring(0, size.length() - 1)) << shift;
    }
}
