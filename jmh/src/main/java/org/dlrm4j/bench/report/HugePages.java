package org.dlrm4j.bench.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.dlrm4j.os.NativeMemory;

/** Whether memory as the engine allocates it lies in huge pages. */
final class HugePages {
    private static final long TRIAL_BYTES = 64L << 20;

    private HugePages() {}

    /** Allocates as tables are allocated, touches it, and asks Linux for its pages. */
    static boolean granted() throws IOException {
        final Path maps = Path.of("/proc/self/smaps");
        if (!Files.isReadable(maps)) {
            return false;
        }
        try (NativeMemory memory = NativeMemory.allocate(TRIAL_BYTES)) {
            memory.segment().fill((byte) 1);
            return hugeBytes(Files.readAllLines(maps), memory.segment().address()) > TRIAL_BYTES / 2;
        }
    }

    /** Returns the bytes in huge pages of the mapping that holds an address, from the lines of {@code smaps}. */
    static long hugeBytes(List<String> smaps, long address) {
        boolean inside = false;
        for (String line : smaps) {
            final String first = line.substring(0, Math.max(0, line.indexOf(' ')));
            if (first.matches("[0-9a-f]+-[0-9a-f]+")) {
                final int dash = first.indexOf('-');
                inside = Long.compareUnsigned(address, Long.parseUnsignedLong(first.substring(0, dash), 16)) >= 0
                        && Long.compareUnsigned(address, Long.parseUnsignedLong(first.substring(dash + 1), 16)) < 0;
            } else if (inside && first.equals("AnonHugePages:")) {
                return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
            }
        }
        return 0;
    }
}
