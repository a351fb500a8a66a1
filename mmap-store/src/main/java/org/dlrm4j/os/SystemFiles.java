package org.dlrm4j.os;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** The small text files by which the kernel describes the machine, below a root that a test may put elsewhere. */
final class SystemFiles {
    static final String NODES = "sys/devices/system/node/";
    static final String CPUS = "sys/devices/system/cpu/";

    private final Path root;

    SystemFiles(Path root) {
        this.root = root;
    }

    boolean has(String file) {
        return Files.exists(root.resolve(file));
    }

    /** Reads a whole file. */
    String text(String file) throws SystemFileException {
        try {
            // Latin-1 accepts every byte, so that damage is reported where a number is expected, with what was found.
            return Files.readString(root.resolve(file), StandardCharsets.ISO_8859_1);
        } catch (NoSuchFileException e) {
            throw problem(file, "no such file");
        } catch (IOException e) {
            throw problem(file, "cannot be read: " + e);
        }
    }

    /** Reads a list such as {@code 0-3,8}: of CPUs, or of nodes, which the kernel writes in the same way. */
    CpuSet list(String file) throws SystemFileException {
        try {
            return CpuSet.parse(text(file));
        } catch (IllegalArgumentException e) {
            throw problem(file, e.getMessage());
        }
    }

    /** Reads a list that must not be empty. */
    CpuSet nonEmptyList(String file) throws SystemFileException {
        CpuSet list = list(file);
        if (list.isEmpty()) {
            throw problem(file, "found an empty list, expected at least one number");
        }
        return list;
    }

    /** Reads a decimal number, 0 or more. */
    int number(String file) throws SystemFileException {
        String text = text(file).strip();
        try {
            int number = Integer.parseInt(text);
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            // reported below, with the file's name
        }
        throw problem(file, "found \"" + text + "\", expected a number, 0 or more");
    }

    SystemFileException problem(String file, String problem) {
        return new SystemFileException(root.resolve(file), problem);
    }
}
