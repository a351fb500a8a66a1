package org.dlrm4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.dlrm4j.data.Batch;
import org.dlrm4j.data.PlantedDataset;
import org.dlrm4j.data.PlantedSource;
import org.dlrm4j.data.PlantedSpec;
import org.dlrm4j.data.SampleLog;
import org.dlrm4j.data.PlantedClickLog;
import org.dlrm4j.data.PlantedOptimum;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SynthTest {
    @TempDir
    Path directory;

    @Test
    void rowsAreTheGeneratorsAndTheirOptimumIsPrinted() throws IOException {
        final Path text = directory.resolve("clicks.txt");
        final String out = Cli.run("synth", "--output", text, "--data",
                "planted:rows=500,first=100,seed=3,order=1,noise=0.2").ok().out();
        final PlantedClickLog generator = new PlantedClickLog(3, new PlantedClickLog.Truth(1, 0.2));
        final Path expected = directory.resolve("expected.txt");
        generator.write(expected, 100, 600);
        assertEquals(-1, Files.mismatch(expected, text));
        final PlantedOptimum best = generator.optimum(100, 600);
        assertTrue(out
                .matches("(?s).*best possible log loss +" + Sizes.decimal(best.logLoss(), 6) + "\\nbest possible AUC +"
                        + Sizes.decimal(best.auc(), 6) + "\\n"),
                out);
        final Path one = directory.resolve("one.bin");
        Cli.run("synth", "--output", one, "--data", "planted:rows=20000,first=4e9", "--format", "binary", "--threads",
                1)
                .ok();
        final Path three = directory.resolve("three.bin");
        Cli.run("synth", "--output", three, "--data", "planted:rows=20000,first=4e9", "--format", "binary", "--threads",
                3)
                .ok();
        assertEquals(20_000 * 160, Files.size(one));
        assertEquals(-1, Files.mismatch(one, three));
    }

    @Test
    void samplesOfAnyShapeAreThoseOfTheSource() throws IOException {
        final Path file = directory.resolve("samples");
        final String spec = "planted:rows=3000,first=5,dense=3,table-rows=7-100000,bag=2-3";
        Cli.run("synth", "--output", file, "--data", spec, "--format", "samples").ok();
        try (SampleLog log = SampleLog.open(file);
                PlantedSource source = new PlantedDataset(PlantedSpec.parse(spec)).train();
                Batch expected = new Batch(3000, 3, 2);
                Batch found = new Batch(3000, 3, 2)) {
            assertEquals(3000, log.samples());
            log.read(0, 3000, found);
            source.read(0, 3000, expected);
            for (int f = 0; f < 2; f++) {
                final long bytes = 8L * expected.indexCount(f);
                assertEquals(-1, expected.indices(f).asSlice(0, bytes).mismatch(found.indices(f).asSlice(0, bytes)));
            }
            assertEquals(-1, expected.targets().asSlice(0, 4 * 3000).mismatch(found.targets().asSlice(0, 4 * 3000)));
        }
    }
}
