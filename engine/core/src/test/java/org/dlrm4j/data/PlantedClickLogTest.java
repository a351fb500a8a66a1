package org.dlrm4j.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlantedClickLogTest {
    @TempDir
    Path directory;

    private byte[] text(PlantedClickLog log, long from, long to) throws Exception {
        Path file = directory.resolve("day");
        log.write(file, from, to);
        return Files.readAllBytes(file);
    }

    private static String checksum(Path file) throws Exception {
        CRC32C crc = new CRC32C();
        crc.update(Files.readAllBytes(file));
        return "%08x".formatted(crc.getValue());
    }

    @ParameterizedTest
    @CsvSource({"42, 1, fbd51cbd, 49337ee3", "42, 2, 322d2e6c, e400e1f4", "7, 1, 0329b4df, 782055e7",
            "7, 2, 3351df3a, 124652ea"})
    void theBytesOfASeedNeverChange(long seed, int order, String textSum, String binarySum) throws Exception {
        PlantedClickLog log = new PlantedClickLog(seed, new PlantedClickLog.Truth(order, 0.1));
        Path file = directory.resolve("rows");
        for (int threads = 1; threads <= 3; threads++) {
            List<Long> heard = new ArrayList<>();
            PlantedFile.text(log).write(file, 0, 20_000, threads, heard::add);
            assertEquals(textSum, checksum(file), threads + " threads");
            assertEquals(20_000, heard.getLast());
            assertTrue(heard.size() > 1 && heard.stream().sorted().distinct().toList().equals(heard), "" + heard);
            // Row numbers beyond an int's.
            PlantedFile.binary(log).write(file, 3_000_000_000L, 3_000_020_000L, threads, _ -> {});
            assertEquals(binarySum, checksum(file), threads + " threads");
        }
    }

    /** Categories behind the head, which are most of some tables. */
    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {"planted:tables=26,table-rows=4e7; 311eee0b; bec142b5",
            "planted:tables=26,table-rows=1.5e9,zipf=0.8,order=1,seed=9; a0d21f72; 736626e3",
            "planted:tables=26,table-rows=9000,seed=3; 3e5ef901; 18a39b83"})
    void theBytesOfLargeTablesNeverChange(String description, String textSum, String binarySum) throws Exception {
        PlantedClickLog log = PlantedSpec.parse(description).generator();
        Path file = directory.resolve("rows");
        PlantedFile.text(log).write(file, 0, 20_000, 2, _ -> {});
        assertEquals(textSum, checksum(file));
        PlantedFile.binary(log).write(file, 7_000_000_000L, 7_000_020_000L, 2, _ -> {});
        assertEquals(binarySum, checksum(file));
    }

    @Test
    void aFileThatFailsLeavesTheOldOne() throws Exception {
        Path file = Files.writeString(directory.resolve("rows"), "old");
        assertThrows(IllegalStateException.class,
                () -> PlantedFile.text(new PlantedClickLog(1)).write(file, 0, 100_000, 2, _ -> {
                    throw new IllegalStateException("enough");
                }));
        assertEquals("old", Files.readString(file));
        try (var names = Files.list(directory)) {
            assertEquals(List.of(file), names.toList());
        }
    }

    @Test
    void rowsDependOnSeedAndNumberAlone() throws Exception {
        PlantedClickLog log = new PlantedClickLog(1);
        byte[] whole = text(log, 0, 3000);
        ByteArrayOutputStream parts = new ByteArrayOutputStream();
        PlantedClickLog other = new PlantedClickLog(1);
        byte[] tail = text(other, 1000, 3000);
        parts.write(text(other, 0, 1000));
        parts.write(tail);
        assertArrayEquals(whole, parts.toByteArray());
        assertNotEquals(new String(whole), new String(text(new PlantedClickLog(2), 0, 3000)));
    }

    @Test
    void textIsCriteosAndLabelsAreThoseTold() throws Exception {
        PlantedClickLog log = new PlantedClickLog(3);
        byte[] text = text(log, 0, 20_000);
        CriteoTextParser parser = new CriteoTextParser(0);
        int[] record = new int[40];
        Set<Integer> third = new HashSet<>();
        Set<Integer> ninth = new HashSet<>();
        int at = 0;
        for (int row = 0; row < 20_000; row++) {
            at = parser.parseRow(text, at, text.length, record, 0, "planted", row + 1);
            assertEquals(log.label(row), record[0]);
            third.add(record[14 + 2]);
            ninth.add(record[14 + 8]);
        }
        assertEquals(text.length, at);
        assertEquals(4, ninth.size());
        assertTrue(third.size() > 1000 && third.size() <= 5000, "categories of C3: " + third.size());
    }

    @Test
    void truthHasThePromisedStrengthForAnySeed() {
        for (long seed = 0; seed < 5; seed++) {
            PlantedClickLog log = new PlantedClickLog(seed);
            PlantedOptimum optimum = log.optimum(0, 50_000);
            assertEquals(0.25, optimum.clicks() / 50_000.0, 0.015, "seed " + seed);
            assertTrue(optimum.auc() > 0.79 && optimum.auc() < 0.86, "seed " + seed + ": " + optimum);
        }
    }

    @Test
    void additiveTruthsAreAsStrongAndFollowTheirTerms() {
        PlantedClickLog.Truth additive = new PlantedClickLog.Truth(1, 0);
        for (long seed = 0; seed < 3; seed++) {
            PlantedOptimum optimum = new PlantedClickLog(seed, additive).optimum(0, 50_000);
            assertEquals(0.25, optimum.clicks() / 50_000.0, 0.015, "seed " + seed);
            assertTrue(optimum.auc() > 0.79 && optimum.auc() < 0.86, "seed " + seed + ": " + optimum);
        }
        // Rows and linear terms are those of the pairwise truth; labels differ where pairs act.
        PlantedClickLog pairwise = new PlantedClickLog(0);
        PlantedClickLog first = new PlantedClickLog(0, additive);
        assertTrue(Math.abs(pairwise.probability(0) - first.probability(0)) > 1e-3);
    }

    @Test
    void noiseDrawsLabelsTowardsTheBaseRate() {
        PlantedClickLog clear = new PlantedClickLog(9);
        PlantedClickLog noisy = new PlantedClickLog(9, new PlantedClickLog.Truth(2, 0.4));
        for (int row = 0; row < 100; row++) {
            assertEquals(0.6 * clear.probability(row) + 0.4 * 0.25, noisy.probability(row), 1e-12);
        }
        PlantedOptimum best = clear.optimum(0, 50_000);
        PlantedOptimum noisyBest = noisy.optimum(0, 50_000);
        assertEquals(0.25, noisyBest.clicks() / 50_000.0, 0.015);
        assertTrue(noisyBest.logLoss() > best.logLoss() + 0.03 && noisyBest.auc() < best.auc() - 0.05,
                noisyBest + " against " + best);
    }

    @Test
    void binaryLogHoldsTheRowsOfTheText() throws Exception {
        PlantedClickLog log = new PlantedClickLog(10);
        byte[] text = text(log, 5, 1005);
        Path file = directory.resolve("planted.bin");
        log.writeBinary(file, 5, 1005);
        CriteoTextParser parser = new CriteoTextParser(0);
        int[] record = new int[40];
        int[] hashes = new int[26 * 5000];
        Arrays.fill(hashes, -1);
        int at = 0;
        try (ClickLog found = ClickLog.open(file); Batch batch = new Batch(1000, 13, 26)) {
            found.read(0, 1000, batch);
            for (int row = 0; row < 1000; row++) {
                at = parser.parseRow(text, at, text.length, record, 0, "planted", row + 1);
                assertEquals(record[0], batch.targets().getAtIndex(ValueLayout.JAVA_FLOAT, row));
                for (int j = 0; j < 13; j++) {
                    assertEquals(ClickLog.logarithm(record[1 + j]),
                            batch.dense().get(ValueLayout.JAVA_FLOAT, row * batch.denseStrideBytes() + 4L * j));
                }
                for (int f = 0; f < 26; f++) {
                    int id = f * 5000 + (int) batch.indices(f).getAtIndex(ValueLayout.JAVA_LONG, row);
                    assertTrue(hashes[id] == -1 || hashes[id] == record[14 + f], "row " + row + ", C" + (f + 1));
                    hashes[id] = record[14 + f];
                }
            }
        }
    }

    @Test
    void labelsFollowTheProbabilities() {
        PlantedClickLog log = new PlantedClickLog(4);
        double[] expected = new double[10];
        double[] variance = new double[10];
        double[] found = new double[10];
        for (int row = 0; row < 50_000; row++) {
            double p = log.probability(row);
            int bin = (int) (p * 10);
            expected[bin] += p;
            variance[bin] += p * (1 - p);
            found[bin] += log.label(row);
        }
        for (int bin = 0; bin < 10; bin++) {
            // Five standard deviations, and the seed is fixed.
            assertEquals(expected[bin], found[bin], 5 * Math.sqrt(variance[bin]), "bin " + bin);
        }
    }

    @Test
    void optimumIsComputedAsDefined() {
        Random random = new Random(5);
        double[] p = new double[300];
        boolean[] clicked = new boolean[300];
        double loss = 0;
        for (int i = 0; i < p.length; i++) {
            p[i] = (1 + random.nextInt(20)) / 22.0;
            clicked[i] = random.nextDouble() < p[i];
            loss -= Math.log(clicked[i] ? p[i] : 1 - p[i]) / p.length;
        }
        double wins = 0;
        int pairs = 0;
        for (int i = 0; i < p.length; i++) {
            for (int j = 0; j < p.length; j++) {
                if (clicked[i] && !clicked[j]) {
                    pairs++;
                    wins += p[i] > p[j] ? 1 : p[i] == p[j] ? 0.5 : 0;
                }
            }
        }
        PlantedOptimum optimum = PlantedOptimum.of(p, clicked);
        assertEquals(loss, optimum.logLoss(), 1e-12);
        assertEquals(wins / pairs, optimum.auc(), 1e-12);
    }

    @Test
    void aliasSamplerFollowsItsWeights() {
        double[] weights = {5, 0, 1, 3, 0.5, 0.5};
        AliasSampler sampler = new AliasSampler(weights);
        int[] counts = new int[weights.length];
        Random random = new Random(6);
        for (int i = 0; i < 1_000_000; i++) {
            counts[sampler.sample(random.nextLong())]++;
        }
        for (int k = 0; k < weights.length; k++) {
            double p = weights[k] / 10;
            assertEquals(p * 1e6, counts[k], 5 * Math.sqrt(1e6 * p * (1 - p)), "outcome " + k);
        }
    }

    @Test
    void wrongArgumentsAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new PlantedClickLog.Truth(3, 0));
        assertThrows(IllegalArgumentException.class, () -> new PlantedClickLog.Truth(1, 1));
        assertThrows(IllegalArgumentException.class, () -> new PlantedClickLog.Truth(1, Double.NaN));
        PlantedClickLog log = new PlantedClickLog(1);
        assertThrows(IllegalArgumentException.class, () -> log.optimum(5, 5));
        PlantedFile file = PlantedFile.text(log);
        assertThrows(IllegalArgumentException.class, () -> file.write(directory.resolve("f"), 3, 2, 1, _ -> {}));
        assertThrows(IllegalArgumentException.class, () -> file.write(directory.resolve("f"), 0, 2, 0, _ -> {}));
    }
}
