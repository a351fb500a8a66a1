package org.dlrm4j.os;

import java.nio.file.Path;

/** Tells that a file of {@code /sys} or {@code /proc} is missing or not what the kernel documents, and names it. */
final class SystemFileException extends Exception {
    private static final long serialVersionUID = 1L;

    SystemFileException(Path file, String problem) {
        super(file + ": " + problem);
    }
}
