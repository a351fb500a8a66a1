package org.dlrm4j.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class EstimateTest {
    @Test
    void aTableLargerThanMemoryAndDiskIsEstimated() {
        final String out = Cli
                .run("estimate", "--rows", "4294967296-1000", "--arch-sparse-feature-size", 64, "--arch-mlp-bot",
                        "13-64", "--optimizer", "rwsadagrad", "--disk-rate", 1000, "--mini-batch-size", 64, "--measure",
                        0)
                .ok()
                .out();
        assertTrue(out.contains("4,294,968,296 rows in 2 tables"), out);
        assertTrue(out.matches("(?s).*\ntables +1.0 TiB\n.*state of tables +16.0 GiB\n.*"), out);
        assertTrue(out.matches("(?s).*\ni8 +288.0 GiB +0:05:09 +no\n.*"), out);
        assertTrue(out.contains("it does not fit; --work-dir"), out);
        assertTrue(!out.contains("samples/s"), out);
    }

    @Test
    void rowsOfBf16TakeHalfTheMemory() {
        final List<Object> model = List.of("estimate", "--rows", "4294967296-1000", "--arch-sparse-feature-size", 64,
                "--arch-mlp-bot", "13-64", "--optimizer", "rwsadagrad", "--mini-batch-size", 64, "--measure", 0);
        final String out = Cli.run(model, "--row-format", "bf16").ok().out();
        assertTrue(out.matches("(?s).*\ntables +512.0 GiB\n.*state of tables +16.0 GiB\n.*"), out);
        assertTrue(
                Cli.run(model, "--row-format", "f16").failure(2)
                        .contains("'--row-format': 'f16' is none of f32, bf16"));
    }

    @Test
    void theSpeedOfTrainingIsMeasured() {
        final String out = Cli.run("estimate", "--preset", "kaggle", "--rows-per-bag", 1).failure(2);
        assertTrue(out.contains("the preset's"), out);
        final String measured = Cli
                .run("estimate", "--rows", "50-20000", "--arch", "wdl", "--optimizer-recipe", "wide-deep",
                        "--arch-mlp-deep", "8", "--measure", "0.1", "--samples", 5000, "--threads", 1)
                .ok().out();
        assertTrue(measured.contains("it fits"), measured);
        assertTrue(
                measured.matches("(?s).*training, speed: [0-9,]+ samples/s on 1 threads?, .*\n5,000 samples: [0-9]+.*"),
                measured);
    }
}
