package org.dlrm4j.model;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.dlrm4j.store.StoreException;

/** Names of the files of tables that are trained, which have a name only while they are made. */
final class WorkFiles {
    private static final Pattern NAME = Pattern.compile(".+-(\\d{1,18})\\.work");

    /** The kernel knows when it was booted to the second, and when processes began since then. */
    private static final Duration CLOCK_ERROR = Duration.ofSeconds(2);

    private WorkFiles() {}

    static Path path(Path directory, String table) {
        return directory.resolve(table + "-" + ProcessHandle.current().pid() + ".work");
    }

    /** Deletes the files whose process is gone. */
    static void deleteLeftovers(Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                final Matcher name = NAME.matcher(file.getFileName().toString());
                if (name.matches() && isLeftover(file, Long.parseLong(name.group(1)))) {
                    Files.deleteIfExists(file);
                }
            }
        } catch (IOException | UncheckedIOException e) {
            throw new StoreException(
                    directory + ": expected a directory that can be read and written, for tables: " + e,
                    e);
        }
    }

    /** In a container a process often has the number of the one before. */
    private static boolean isLeftover(Path file, long process) throws IOException {
        final Optional<Instant> started = ProcessHandle.of(process).flatMap(handle -> handle.info().startInstant());
        return started.isEmpty()
                || Files.getLastModifiedTime(file).toInstant().plus(CLOCK_ERROR).isBefore(started.get());
    }
}
