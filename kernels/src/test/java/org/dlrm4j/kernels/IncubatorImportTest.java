package org.dlrm4j.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** One package may use the incubating module, so that a change of that module is a change in one place. */
class IncubatorImportTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Path ALLOWED = Path
            .of("kernels/src/main/java/org/dlrm4j/kernels/internal/vector");

    @Test
    void onlyTheVectorPackageImportsTheIncubator() throws IOException {
        final List<Path> users = users();
        assertEquals(List.of(), users.stream().filter(file -> !file.startsWith(ALLOWED)).toList());
        assertTrue(users.contains(ALLOWED.resolve("VectorSls.java")), "the scan found nothing under " + ROOT);
    }

    private static List<Path> users() throws IOException {
        try (Stream<Path> files = Files.walk(ROOT)) {
            return files.filter(file -> file.toString().endsWith(".java")).map(ROOT::relativize)
                    .filter(file -> !file.startsWith("jmh") && file.toString().contains("src/main"))
                    .filter(IncubatorImportTest::importsIncubator).toList();
        }
    }

    private static boolean importsIncubator(Path file) {
        try (Stream<String> lines = Files.lines(ROOT.resolve(file))) {
            return lines.anyMatch(line -> line.startsWith("import") && line.contains("jdk.incubator"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
