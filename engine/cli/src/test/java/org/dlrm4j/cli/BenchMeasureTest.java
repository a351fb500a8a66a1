package org.dlrm4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dlrm4j.store.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Presets, scenarios and sweeps of {@code dlrm bench}, on small models for fractions of a second. */
class BenchMeasureTest {
    private static final String SHORT = " --duration 0.03 --warm-up 0.01";

    @TempDir
    private Path directory;

    private static Cli.Result bench(String options, Object... more) {
        final List<Object> words = new ArrayList<>(List.of("bench"));
        words.addAll(List.of((Object[]) options.split(" ")));
        words.addAll(List.of(more));
        return Cli.run(words);
    }

    private List<Map<String, Object>> measure(String options) throws IOException {
        final Path json = directory.resolve("bench.json");
        bench(options, "--json", json).ok();
        final Map<String, Object> all = Json.parseObject(Files.readAllBytes(json), json.toString());
        assertTrue(((Map<?, ?>) all.get("environment")).containsKey("cpu"));
        assertTrue(((Map<?, ?>) all.get("run")).containsKey("model"));
        final List<Map<String, Object>> measurements = new ArrayList<>();
        for (Object measurement : (List<?>) all.get("measurements")) {
            final Map<String, Object> copy = new LinkedHashMap<>();
            ((Map<?, ?>) measurement).forEach((key, value) -> copy.put((String) key, value));
            measurements.add(copy);
        }
        return measurements;
    }

    private static double number(Map<String, Object> measurement, String key) {
        return ((Number) measurement.get(key)).doubleValue();
    }

    @Test
    void stepsThatAreAskedForAreDone() throws IOException {
        final Map<String, Object> found = measure("--inference-only --sweep threads=2 --num-batches 3 --warm-up 0 "
                + "--duration 1000 --mini-batch-size 5 --num-indices-per-lookup 2").getFirst();
        assertEquals("inference", found.get("mode"));
        assertEquals(3, number(found, "iterations"));
        assertEquals(5, number(found, "batch"));
        assertEquals(2, number(found, "threads"));
        assertEquals(9, number(found, "rows"));
        assertEquals(15, number(found, "samplesPerSecond") * number(found, "seconds"), 1e-6);
    }

    @Test
    void aPresetTrainsMappedFromSparseFiles() throws IOException {
        final Path tables = Files.createDirectory(directory.resolve("tables"));
        final Cli.Result result = bench("--preset wide-deep --mini-batch-size 4 --num-batches 1 --warm-up 0 --tables",
                tables).ok();
        assertTrue(result.out().startsWith("preset wide-deep: DeepRecSys, WnD\n"), result.out());
        assertTrue(result.out().contains(" parameters in 54 tables (3.3 GiB), "), result.out());
        assertTrue(result.out().matches("(?s).*\nmode +training\nbatch +4\n.*loss +0\\.\\d{6}\n"), result.out());
        try (var files = Files.list(tables)) {
            assertEquals(0, files.count(), "files that are left");
        }
        final String error = bench("--preset kaggle --tables", directory.resolve("none")).failure(1);
        assertTrue(error.contains("none: no such directory; make it"), error);
    }

    @Test
    void queriesOneByOneHaveLatencies() throws IOException {
        final Map<String, Object> found = measure("--scenario single-stream" + SHORT).getFirst();
        assertEquals("single-stream", found.get("mode"));
        assertTrue(number(found, "queries") >= 1 && number(found, "latencyMicrosP50") > 0
                && number(found, "latencyMicrosP50") <= number(found, "latencyMicrosP99")
                && number(found, "latencyMicrosP99") <= number(found, "latencyMicrosMax"), found.toString());
        assertFalse(found.containsKey("verdict"));
    }

    @Test
    void aServerTakesQueriesAsTheyArrive() throws IOException {
        final Map<String, Object> found = measure("--scenario server --target-qps 500 --latency-bound-ms 2000 "
                + "--threads 2 --warm-up 0.01 --duration 0.2").getFirst();
        assertEquals(0, number(found, "unserved"));
        assertEquals(100, number(found, "queries"), 60);
        assertEquals("invalid: " + Math.round(number(found, "queries"))
                + " queries are too few for p99, expected 1,000; raise --duration", found.get("verdict"));
        assertEquals(2e6, number(found, "latencyBoundMicros"));
    }

    @Test
    void theHighestRateIsSearchedFor() {
        final String out = bench("--scenario server --latency-bound-ms 0.000001" + SHORT).ok().out();
        final List<String> probes = out.lines().filter(line -> line.contains(" queries/s: p99 ")).toList();
        // Nothing meets the bound, so the rate is halved until queries hardly ever wait, each tried twice.
        assertEquals(8, probes.size(), out);
        assertEquals(4, probes.stream().map(line -> line.substring(0, line.indexOf(" queries/s"))).distinct().count(),
                out);
        assertTrue(probes.stream().allMatch(line -> line.contains("invalid")), out);
        assertTrue(out.contains("verdict     invalid: "), out);
    }

    @Test
    void sweepsMeasureEachValue() throws IOException {
        assertEquals(List.of(1.0, 16.0, 600.0), measure("--scenario offline --sweep batch=1,16,600" + SHORT).stream()
                .map(found -> number(found, "batch")).toList());
        assertEquals(List.of(1.0, 2.0), measure("--sweep threads=1,2" + SHORT).stream()
                .map(found -> number(found, "threads")).toList());
        assertEquals(List.of(30.0, 3000.0), measure("--sweep rows=1e1,1000" + SHORT).stream()
                .map(found -> number(found, "rows")).toList());
        final String out = bench("--sweep rows=10,1e12" + SHORT).ok().out();
        assertTrue(out.contains("skipped: tables of 1,000,000,000,000 rows take ") && out.contains("--tables DIR"),
                out);
    }

    @Test
    void csvHasALineAMeasurement() throws IOException {
        final Path csv = directory.resolve("bench.csv");
        bench("--sweep threads=1,2" + SHORT, "--csv", csv).ok();
        final List<String> lines = Files.readAllLines(csv);
        assertEquals(3, lines.size());
        assertTrue(lines.getFirst().startsWith("mode,batch,threads,rows,tableBytes,iterations,seconds,"),
                lines.getFirst());
        assertTrue(lines.get(2).startsWith("\"training\",1,2,9,72,"), lines.get(2));
    }

    @Test
    void theReferencesLoopIsMeasuredToo() throws IOException {
        final Map<String, Object> found = measure("--num-batches 4 --print-freq 4").getFirst();
        assertEquals(4, number(found, "iterations"));
        assertTrue(number(found, "loss") > 0);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            --preset rmc9                        | 'rmc9' is none of benchmark, kaggle
            --preset kaggle --arch-mlp-bot 13-16 | --arch-mlp-bot has no meaning with --preset; drop one
            --preset kaggle --qr-flag            | --qr-flag has no meaning with --preset; drop one
            --preset kaggle --arch-embedding-size 4 | --arch-embedding-size has no meaning with --preset
            --preset kaggle --test-freq 3        | --test-freq has no meaning with --preset, --scenario
            --scenario offline --data-generation synthetic | --data-generation has no meaning with
            --scenario interactive               | 'interactive' is none of single-stream, server, offline
            --scenario offline --inference-only  | leave --inference-only out
            --target-qps 5                       | --target-qps and --latency-bound-ms need --scenario server
            --scenario offline --latency-bound-ms 5 | need --scenario server
            --scenario server --target-qps 0     | --target-qps is 0.0, expected more than 0
            --scenario server --latency-bound-ms -1 | --latency-bound-ms is -1.0
            --duration 5                         | --duration and --warm-up need --preset
            --row-format bf16                    | --row-format needs --preset, --scenario, --sweep or --tables
            --preset kaggle --dense-weights bf16 | --dense-weights bf16 needs --scenario: layers are trained in f32
            --preset kaggle --row-format i8      | 'i8' is none of f32, bf16
            --preset kaggle --duration 0         | --duration is 0.0, expected more than 0
            --preset kaggle --warm-up -1         | --warm-up is -1.0, expected 0
            --sweep depth=1                      | 'depth=1' is no sweep; write batch=1,16,128
            --sweep batch                        | 'batch' is no sweep
            --sweep batch=1,x                    | 'batch=1,x' is no sweep
            --sweep rows=0                       | 'rows=0' is no sweep
            --sweep rows=1.5                     | 'rows=1.5' is no sweep
            --sweep batch=70000                  | --sweep batch has 70000, expected at most 65536
            --sweep threads=5000                 | --sweep threads has 5000, expected at most 1024
            """)
    void wrongUsageIsRefused(String options, String message) {
        final String error = bench(options).failure(2);
        assertTrue(error.contains(message) && error.endsWith("; see dlrm bench --help\n"), error);
    }
}
