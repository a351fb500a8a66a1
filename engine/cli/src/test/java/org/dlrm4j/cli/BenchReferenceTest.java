package org.dlrm4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.AnnotatedElementContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.io.TempDirFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code dlrm bench} under the reference's flags. */
class BenchReferenceTest {
    private static final Pattern LINE = Pattern
            .compile("Finished training it \\d+/\\d+ of epoch \\d+, \\d+\\.\\d\\d ms/it, loss (\\d\\.\\d{6})");

    private static List<String> losses(String out) {
        return out.lines().map(LINE::matcher).filter(m -> m.matches()).map(m -> m.group(1)).toList();
    }

    private static Cli.Result bench(String options) {
        return Cli.run((Object[]) ("bench " + options).split(" "));
    }

    /** Losses as the reference prints them. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            --data-generation=random                                | 0.083850
            --mini-batch-size=2 --data-size=6 --print-time          | 0.025266 0.180494 0.083240
            --mini-batch-size=2 --num-batches=3 --threads 2         | 0.025266 0.180494 0.083240
            --mini-batch-size=2 --num-batches=3 --test-freq=2 --test-mini-batch-size=9 | 0.025266 0.180494 0.083240
            """)
    void losesWhatTheReferenceLoses(String options, String losses) {
        assertEquals(List.of(losses.split(" ")), losses(bench(options).ok().out()));
    }

    @Test
    void theBenchmarkScriptsFlagsAreAllTaken() throws Exception {
        final String out = bench("--mini-batch-size=16 --test-mini-batch-size=64 --test-num-workers=0 --num-batches=30 "
                + "--data-generation=random --arch-mlp-bot=12-8-4 --arch-mlp-top=8-1 --arch-sparse-feature-size=4 "
                + "--arch-embedding-size=50-60 --num-indices-per-lookup=10 --arch-interaction-op=dot "
                + "--numpy-rand-seed=727 --print-freq=10 --print-time --print-wall-time --round-targets=True "
                + "--num-indices-per-lookup-fixed False --num-workers 2 --memory-map --activation-function relu "
                + "--quantize-emb-with-bit 32 --optimizer=rwsadagrad --loss-function bce --nepochs 2").ok().out();
        assertEquals(6, out.lines().filter(line -> line.matches(
                "Finished training it (10|20|30)/30 of epoch [01], .* loss \\d\\.\\d{6} \\(\\d\\d:\\d\\d\\)")).count(),
                out);
        assertTrue(out.lines().toList().getLast().startsWith("960 samples in "), out);
    }

    @Test
    void evaluationLeavesTrainingAsItIs() {
        final String flags = "--mini-batch-size=3 --num-batches=7 --round-targets --loss-function bce --nepochs 2";
        final String without = bench(flags).ok().out();
        final String with = bench(flags + " --test-freq 2").ok().out();
        assertEquals(losses(without), losses(with));
        assertEquals(8, with.lines().filter(line -> line.matches("Testing at - [2467]/7 of epoch [01],")).count());
        assertEquals(8, with.lines().filter(line -> line.matches(" accuracy [0-9.]+ %, best [0-9.]+ %")).count());
    }

    @Test
    void booleanFlagsMeanWhatTheySay() {
        final String flags = "--num-batches=4 --print-freq 4 ";
        final List<String> plain = losses(bench(flags).ok().out());
        assertEquals(plain, losses(bench(flags + "--round-targets=False").ok().out()));
        assertEquals(plain, losses(bench(flags + "--num-indices-per-lookup-fixed false").ok().out()));
        final List<String> rounded = losses(bench(flags + "--round-targets").ok().out());
        assertTrue(!rounded.equals(plain));
        assertEquals(rounded, losses(bench(flags + "--round-targets=True").ok().out()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"--qr-flag --qr-threshold 2 --qr-operation add", "--weighted-pooling learned",
            "--md-flag --md-threshold 0"})
    void variantsOfEmbeddingsTrain(String flags) {
        assertEquals(2, losses(bench("--num-batches 2 --mini-batch-size 4 " + flags).ok().out()).size());
    }

    @Test
    void inferenceOnlyPredicts() {
        final String out = bench(
                "--num-batches=5 --mini-batch-size=300 --print-freq=2 --inference-only --round-targets")
                .ok().out();
        assertEquals(3, out.lines().filter(line -> line.matches(
                "Finished inference it [245]/5 of epoch 0, \\d+\\.\\d\\d ms/it")).count(), out);
        assertTrue(out.contains("\n accuracy "), out);
    }

    @Test
    void datasetsAreTrainedOnAndEvaluated(@TempDir Path directory) throws IOException {
        final Path data = Cli.data(directory, 60);
        final String out = Cli.run("bench", "--data-generation", "dataset", "--data", data, "--num-batches", 3,
                "--mini-batch-size", 16,
                "--test-freq", 3, "--test-mini-batch-size", 7).ok().out();
        assertTrue(out.contains("Finished training it 3/3 of epoch 0") && out.contains("Testing at - 3/3 of epoch 0,"),
                out);
        Cli.run("preprocess", "--output", directory.resolve("all"), "--split", "none",
                directory.resolve("clicks.txt")).ok();
        assertTrue(Cli.run("bench", "--data-generation", "dataset", "--data", directory.resolve("all"), "--test-freq",
                1).failure(2).contains("--test-freq needs samples that were held out"));
    }

    @Test
    void lookupsFollowATrace(@TempDir(factory = WithoutJ.class) Path directory) throws IOException {
        for (int table = 0; table < 2; table++) {
            Files.writeString(directory.resolve("dist_emb_" + table + ".log"),
                    "1, 2, 3, 4, 5, 6\n0, 1, 3, 4, 5\n0.55, 0.64, 0.82, 0.91, 1.0\n");
        }
        final String flags = "--data-generation synthetic --arch-embedding-size 5-9 --num-batches 3 "
                + "--data-trace-enable-padding True --data-trace-file ";
        assertEquals(3, losses(bench(flags + directory + "/dist_emb_j.log").ok().out()).size());
        final String error = bench(flags + directory + "/none_j.log").failure(1);
        assertTrue(error.contains("/none_0.log: no such file; make profiles with dlrm synth profile"), error);
    }

    /** Each j of a trace's path is a table's number, but JUnit's names may have one of their own. */
    static final class WithoutJ implements TempDirFactory {
        @Override
        public Path createTempDirectory(AnnotatedElementContext element, ExtensionContext context) throws IOException {
            final Path parent = Path.of(System.getProperty("java.io.tmpdir"));
            return Files.createDirectory(parent.resolve("traces-" + System.nanoTime()));
        }
    }

    @Test
    void profilesAreFlightRecordings(@TempDir Path directory) throws Exception {
        final Process process = Cli.builder("bench", "--enable-profiling").redirectErrorStream(true)
                .directory(directory.toFile()).start();
        try (BufferedReader reader = Cli.output(process)) {
            Cli.readUntil(reader, "recorded in dlrm_bench");
        }
        assertEquals(0, Cli.exitCode(process));
        try (var files = Files.list(directory)) {
            final Path file = files.findFirst().orElseThrow();
            assertTrue(file.getFileName().toString().matches("dlrm_bench\\d{14}\\.jfr") && Files.size(file) > 1000);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            --use-gpu                           | --use-gpu: models run on CPUs; leave it out and choose --threads
            --num-batches 1 --dist-backend nccl | --dist-backend: a model runs in one process
            --save-onnx                         | --save-onnx: there is no ONNX export
            --qr-operation=add                  | --qr-operation needs --qr-flag
            --raw-data-file=x                   | --raw-data-file: dlrm preprocess prepares the data
            --mlperf-auc-threshold 0.8          | --mlperf-auc-threshold: take dlrm train --target-auc
            --debug-mode                        | --debug-mode: batches and parameters are not printed
            --mini-batch-sise=3                 | '--mini-batch-sise=3'
            --print-freq 0                      | --print-freq is 0, expected 1 or more
            --test-mini-batch-size 0            | --test-mini-batch-size is 0
            --activation-function gelu          | --activation-function is gelu, but hidden layers have ReLU
            --quantize-mlp-with-bit 8           | take 32 only, found 8
            --data-generation internal          | 'internal'
            --data-generation dataset           | --data-generation dataset needs --data
            --data d                            | --data needs --data-generation dataset
            --data-size 0                       | there are no samples; give --num-batches or --data-size
            --round-targets=maybe               | 'maybe' is not a boolean
            --arch-mlp-bot 4-3-7                | the embedding dimension is 2; make them equal
            --rand-data-dist gaussian --rand-data-max 9 | within [0.0, 9.0]
            --mini-batch-size 0                 | batch size is 0
            --threads 0                         | --threads is 0
            """)
    void whatCannotBeHadIsRefused(String options, String message) {
        final String error = bench(options).failure(2);
        assertTrue(error.contains(message) && error.endsWith("; see dlrm bench --help\n"), error);
    }

    @Test
    void withoutOptionsItShowsItsUsage() {
        final String out = Cli.run("bench").ok().out();
        assertTrue(out.startsWith("Usage: dlrm bench [OPTION...]") && out.contains("dlrm bench kernels"), out);
    }
}
