package org.dlrm4j.os;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** What this process holds of the kernel: open descriptors and mapped ranges. */
public record ProcessState(long descriptors, long mappings) {
    public static ProcessState now() throws IOException {
        try (Stream<Path> fds = Files.list(Path.of("/proc/self/fd"));
                Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
            return new ProcessState(fds.count(), maps.count());
        }
    }

    /** The JVM itself opens and maps now and then, so repeat an action often and allow a fraction of that. */
    public static void assertNoLeak(ProcessState before, int tolerance) throws IOException {
        ProcessState after = now();
        assertTrue(after.descriptors <= before.descriptors + tolerance && after.mappings <= before.mappings + tolerance,
                () -> "before " + before + ", after " + after);
    }
}
