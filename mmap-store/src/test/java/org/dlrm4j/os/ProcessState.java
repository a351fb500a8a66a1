package org.dlrm4j.os;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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

    /** Returns the descriptors and mappings of files in a directory, deleted ones too. */
    public static List<String> heldIn(Path directory) throws IOException {
        List<String> held = new ArrayList<>();
        try (DirectoryStream<Path> fds = Files.newDirectoryStream(Path.of("/proc/self/fd"));
                Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
            for (Path fd : fds) {
                try {
                    held.add(fd + " " + Files.readSymbolicLink(fd));
                } catch (NoSuchFileException e) {
                    // Closed meanwhile, such as the one that lists them.
                    continue;
                }
            }
            maps.forEach(held::add);
        }
        held.removeIf(each -> !each.contains(directory.toString()));
        return held;
    }
}
