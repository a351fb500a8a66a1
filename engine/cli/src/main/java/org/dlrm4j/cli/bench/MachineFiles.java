package org.dlrm4j.cli.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** What the kernel tells about the machine in files, below a root that a test may put elsewhere. What is missing is unknown. */
final class MachineFiles {
    private final Path root;

    MachineFiles(Path root) {
        this.root = root;
    }

    /** Reads a file's text without blanks around it. */
    Optional<String> text(String file) {
        try {
            return Optional.of(Files.readString(root.resolve(file), StandardCharsets.ISO_8859_1).strip());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Reads lines of a name, a colon and a value; of lines with the same name the first one. */
    Map<String, String> fields(String file) {
        final Map<String, String> fields = new LinkedHashMap<>();
        text(file).stream().flatMap(String::lines).forEach(line -> {
            final int colon = line.indexOf(':');
            if (colon > 0) {
                fields.putIfAbsent(line.substring(0, colon).strip(), line.substring(colon + 1).strip());
            }
        });
        return fields;
    }

    /** Reads a number of bytes that stands in {@code /proc/meminfo} in kB. */
    OptionalLong memory(String field) {
        return number(fields("proc/meminfo").getOrDefault(field, "").replaceFirst(" kB$", "")).stream()
                .map(kilobytes -> kilobytes << 10).findFirst();
    }

    /** Returns the memory that can still be had: the machine's, or what the control group leaves if that is less. */
    OptionalLong availableBytes() {
        final OptionalLong machine = memory("MemAvailable");
        final OptionalLong limit = number(text("sys/fs/cgroup/memory.max").orElse(""));
        final OptionalLong used = number(text("sys/fs/cgroup/memory.current").orElse(""));
        if (limit.isEmpty() || used.isEmpty()) {
            return machine;
        }
        final long left = Math.max(0, limit.getAsLong() - used.getAsLong());
        return OptionalLong.of(machine.isPresent() ? Math.min(machine.getAsLong(), left) : left);
    }

    private static OptionalLong number(String text) {
        return text.matches("\\d{1,18}") ? OptionalLong.of(Long.parseLong(text)) : OptionalLong.empty();
    }
}
