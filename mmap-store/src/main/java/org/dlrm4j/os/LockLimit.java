package org.dlrm4j.os;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** How much memory this process may keep from being paged out, and what to say when that is not enough. */
final class LockLimit {
    private static final String LINE = "Max locked memory";

    private LockLimit() {}

    /** Returns the soft limit in words. */
    static String current() {
        try {
            return of(Files.readAllLines(Path.of("/proc/self/limits")));
        } catch (IOException e) {
            return of(List.of());
        }
    }

    /** Returns the soft limit from the lines of {@code /proc/self/limits}. */
    static String of(List<String> limits) {
        return limits.stream().filter(line -> line.startsWith(LINE))
                .map(line -> line.substring(LINE.length()).strip().split("\\s+")[0])
                .map(soft -> soft.equals("unlimited") ? soft : soft + " bytes").findFirst()
                .orElse("a number of bytes that /proc/self/limits does not tell");
    }

    static String message(String what, long bytes, int errno, String limit) {
        return what + ": " + bytes + " bytes cannot be locked in memory: " + Errno.describe(errno)
                + "; this process may lock " + limit
                + ". It goes on, and the kernel may evict pages. To allow it: ulimit -l unlimited, systemd's "
                + "LimitMEMLOCK=infinity, docker run --ulimit memlock=-1, or the capability IPC_LOCK";
    }
}
