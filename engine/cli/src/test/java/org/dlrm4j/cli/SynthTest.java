package org.dlrm4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
        final String out = Cli.run("synth", "--output", text, "--rows", 500, "--first", 100, "--seed", 3, "--order", 1,
                "--noise", 0.2).ok().out();
        final PlantedClickLog generator = new PlantedClickLog(3, new PlantedClickLog.Truth(1, 0.2));
        final Path expected = directory.resolve("expected.txt");
        generator.write(expected, 100, 600);
        assertEquals(-1, Files.mismatch(expected, text));
        final PlantedOptimum best = generator.optimum(100, 600);
        assertTrue(out
                .matches("(?s).*best possible log loss +" + Sizes.decimal(best.logLoss(), 6) + "\\nbest possible AUC +"
                        + Sizes.decimal(best.auc(), 6) + "\\n"),
                out);
        Cli.run("synth", "--output", text, "--rows", 500, "--binary").ok();
        assertEquals(500 * 160, Files.size(text));
    }

    @Test
    void meaninglessOptionsAreWrongUsage() {
        for (String[] wrong : new String[][]{{"--order", "3"}, {"--noise", "1"}, {"--rows", "0"}, {"--first", "-1"}}) {
            final String error = Cli.run("synth", "--output", directory.resolve("x"), wrong[0], wrong[1]).failure(2);
            assertTrue(error.contains(wrong[1]) && error.contains("expected"), error);
        }
        assertTrue(Cli.run("demo", "--order", 0).failure(2).contains("planted order 0"));
    }
}
