package org.dlrm4j.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** The processor that figures belong to. */
public final class Processor {
    private Processor() {}

    /**
     * Returns model name, family and model of this machine's processor.
     *
     * @return as Linux tells it, the architecture elsewhere
     * @throws IOException if it cannot be read
     */
    public static String describe() throws IOException {
        final Path info = Path.of("/proc/cpuinfo");
        if (!Files.isReadable(info)) {
            return System.getProperty("os.arch");
        }
        final Map<String, String> fields = new HashMap<>();
        for (String line : Files.readAllLines(info)) {
            final int colon = line.indexOf(':');
            if (colon > 0) {
                fields.putIfAbsent(line.substring(0, colon).strip(), line.substring(colon + 1).strip());
            }
        }
        return fields.getOrDefault("model name", System.getProperty("os.arch")) + " family "
                + fields.getOrDefault("cpu family", "?") + " model " + fields.getOrDefault("model", "?");
    }
}
