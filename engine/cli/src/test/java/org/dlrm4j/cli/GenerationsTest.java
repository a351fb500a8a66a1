package org.dlrm4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checkpoints are kept, and older ones used when the last is damaged. */
class GenerationsTest {
    private static final List<String> SMALL = List.of("--arch-sparse-feature-size", "4", "--arch-mlp-bot", "13-8-4",
            "--arch-mlp-top", "8-1", "--mini-batch-size", "50", "--optimizer", "rwsadagrad", "--learning-rate", "0.05");

    @TempDir
    private static Path directory;
    private static Path data;
    private static Path rows;

    @BeforeAll
    static void preprocess() throws IOException {
        data = Cli.data(directory, 2_000);
        rows = Files.write(directory.resolve("rows.txt"),
                Files.readAllLines(directory.resolve("clicks.txt")).subList(0, 20));
    }

    private static List<String> entries(Path model) throws IOException {
        try (Stream<Path> list = Files.list(model)) {
            return list.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    private static void damage(Path file) throws IOException {
        final byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes, StandardOpenOption.TRUNCATE_EXISTING);
    }

    @Test
    void aDamagedCheckpointIsReplacedByTheOneBefore() throws Exception {
        final Path whole = directory.resolve("whole");
        Cli.run("train", "--data", data, "--model", whole, SMALL).ok();
        final Path model = directory.resolve("model");
        Cli.run("train", "--data", data, "--model", model, SMALL, "--checkpoint-freq", 10, "--keep", 3).ok();
        assertEquals(List.of(".lock", "g000002", "g000003", "g000004", "model.json"), entries(model));
        damage(model.resolve("g000004/table-03.dlrm"));
        Files.delete(model.resolve("g000003/dense.safetensors"));
        final Cli.Result resumed = Cli.run("train", "--data", data, "--model", model, SMALL, "--resume");
        assertEquals(0, resumed.code(), resumed.err());
        final List<String> lines = resumed.err().lines().toList();
        assertTrue(lines.size() == 3 && lines.get(0).contains("g000004/table-03.dlrm: block 0")
                && lines.get(1).contains("g000003/dense.safetensors: file: does not exist")
                && lines.get(2).equals("warning: going on with generation 2, the newest that is not damaged"),
                resumed.err());
        assertTrue(resumed.out().contains("trained 800 samples"), resumed.out());
        Cli.assertSameModel(whole, model);
        assertEquals(List.of(".lock", "g000005", "model.json"), entries(model));
    }

    @Test
    void scoringTakesTheNewestThatOpens() throws Exception {
        final Path model = directory.resolve("scored");
        Cli.run("train", "--data", data, "--model", model, SMALL, "--checkpoint-freq", 20, "--keep", 2).ok();
        Files.writeString(model.resolve("model.json"), "{");
        Files.delete(model.resolve("g000002/table-00.dlrm"));
        final Path output = directory.resolve("scores");
        final Path errors = directory.resolve("errors");
        assertEquals(0, Cli.exitCode(Cli.builder("score", "--model", model, rows).redirectOutput(output.toFile())
                .redirectError(errors.toFile()).start()));
        final String err = Files.readString(errors);
        assertTrue(
                err.contains("warning: " + model.resolve("model.json")) && err.contains("g000002/table-00.dlrm: file")
                        && err.contains("warning: scoring with generation 1, the newest that is not damaged"),
                err);
        assertEquals(20, Files.readAllLines(output).size());
    }
}
