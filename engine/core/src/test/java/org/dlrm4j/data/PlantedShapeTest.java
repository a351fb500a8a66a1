package org.dlrm4j.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Clicks of any number and size of features. */
class PlantedShapeTest {
    private static final long HUGE = 3L << 31;

    @ParameterizedTest
    @CsvSource({"1, 1.1", "7, 1.1", "8192, 0.7", "8193, 1.1", "20000, 1", "20000, 1.3", "4294967296, 1.05",
            "1099511627776, 1.2", "1099511627776, 0.9"})
    void categoriesFollowZipfsLaw(long categories, double exponent) {
        PlantedCategories sampler = new PlantedCategories(categories, exponent);
        // Classes of ranks: [0, 1), [1, 2), [2, 4) and so on; the law's shares by its definition.
        int classes = Long.SIZE - Long.numberOfLeadingZeros(categories - 1) + 1;
        double[] share = new double[classes];
        double all = 0;
        for (int c = 0; c < classes; c++) {
            long from = c == 0 ? 0 : 1L << c - 1;
            share[c] = sum(from, Math.min(categories, 1L << c), exponent);
            all += share[c];
        }
        int draws = 400_000;
        int[] found = new int[classes];
        SplittableRandom random = new SplittableRandom(categories);
        for (int i = 0; i < draws; i++) {
            long category = sample(sampler, random);
            assertTrue(category >= 0 && category < categories, "category " + category);
            found[Long.SIZE - Long.numberOfLeadingZeros(category)]++;
        }
        for (int c = 0; c < classes; c++) {
            double p = share[c] / all;
            assertEquals(p * draws, found[c], 5 * Math.sqrt(draws * p * (1 - p)) + 1e-6, "class " + c);
        }
    }

    private static long sample(PlantedCategories sampler, SplittableRandom random) {
        long[] category = new long[1];
        sampler.sample(new long[]{random.nextLong()}, 1, new long[1], category);
        return category[0];
    }

    private static double sum(long from, long to, double exponent) {
        double sum = 0;
        if (to - from > 1 << 16) {
            // Means of many thin slices, each taken at its middle.
            int slices = 1 << 14;
            double width = (double) (to - from) / slices;
            for (int i = 0; i < slices; i++) {
                sum += width * Math.pow(from + 0.5 + (i + 0.5) * width, -exponent);
            }
            return sum;
        }
        for (long k = from; k < to; k++) {
            sum += Math.pow(k + 1.0, -exponent);
        }
        return sum;
    }

    @Test
    void categoriesOfAGroupAreEquallyLikely() {
        PlantedCategories sampler = new PlantedCategories(PlantedCategories.HEAD + 100, 1);
        SplittableRandom random = new SplittableRandom(1);
        int[] found = new int[100];
        int all = 0;
        for (int i = 0; i < 4_000_000; i++) {
            long category = sample(sampler, random);
            if (category >= PlantedCategories.HEAD) {
                found[(int) category - PlantedCategories.HEAD]++;
                all++;
            }
        }
        assertTrue(all > 1000, "draws behind the head: " + all);
        for (int count : found) {
            assertEquals(all / 100.0, count, 6 * Math.sqrt(all / 100.0));
        }
    }

    @Test
    void effectsAreGaussianAndFallWithTheRankAlsoBehindTheHead() {
        PlantedEffects effects = PlantedEffects.draw(new SplittableRandom(3), HUGE, 2, 0.5)[1];
        PlantedLenders lenders = new PlantedLenders();
        long[] category = new long[1];
        for (long from : new long[]{0, 4000, PlantedCategories.HEAD, 1 << 20, HUGE - 2000}) {
            double squares = 0;
            for (long k = from; k < from + 2000; k++) {
                category[0] = k;
                lenders.find(category, 1);
                float[] sum = new float[1];
                effects.add(category, 1, lenders, sum);
                double normal = sum[0] * (1 + k / 50.0) / 0.5;
                squares += normal * normal / 2000;
            }
            assertEquals(1, squares, 0.2, "from " + from);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"planted:dense=0,table-rows=50", "planted:dense=3,tables=8,table-rows=1e10,bag=5",
            "planted:dense=40,table-rows=5-6442450944-100,bag=1-20-3,order=1",
            "planted:dense=1,tables=80,table-rows=30"})
    void truthHasThePromisedStrengthForAnyShape(String text) {
        PlantedOptimum optimum = PlantedSpec.parse(text).generator().optimum(1L << 40, (1L << 40) + 50_000);
        assertEquals(0.25, optimum.clicks() / 50_000.0, 0.02, text);
        assertTrue(optimum.auc() > 0.77 && optimum.auc() < 0.88, text + ": " + optimum);
    }

    @Test
    void tablesAndRowNumbersBeyondAnIntAreRead() {
        PlantedSpec spec = PlantedSpec
                .parse("planted:rows=1e12,first=5e9,dense=2,table-rows=3-" + HUGE + ",bag=1-7,zipf=0.5");
        try (PlantedDataset data = new PlantedDataset(spec);
                Batch batch = new Batch(500, 2, 2);
                Batch other = new Batch(500, 2, 2)) {
            assertEquals(1_000_000_000_000L, data.train().samples());
            assertEquals(1_000_000, data.test().samples());
            data.train().read(900_000_000_000L, 500, batch);
            assertEquals(3500, batch.indexCount(1));
            long largest = 0;
            for (int i = 0; i < 3500; i++) {
                long row = batch.indices(1).getAtIndex(ValueLayout.JAVA_LONG, i);
                assertTrue(row >= 0 && row < HUGE, "row " + row);
                largest = Math.max(largest, row);
            }
            assertTrue(largest > Integer.MAX_VALUE * 2L, "largest " + largest);
            PlantedClickLog generator = spec.generator();
            // Other parts of other fillers are the same samples.
            data.train().begin(900_000_000_000L, 500, other);
            for (int at : new int[]{300, 0}) {
                data.train().filler().fill(900_000_000_000L + at, at == 0 ? 300 : 200, other, at);
            }
            for (int f = 0; f < 2; f++) {
                assertEquals(-1, batch.indices(f).asSlice(0, 8L * batch.indexCount(f))
                        .mismatch(other.indices(f).asSlice(0, 8L * batch.indexCount(f))));
            }
            assertEquals(-1, batch.targets().asSlice(0, 2000).mismatch(other.targets().asSlice(0, 2000)));
            for (int s = 0; s < 500; s++) {
                assertEquals(batch.dense().get(ValueLayout.JAVA_FLOAT, s * batch.denseStrideBytes() + 4),
                        other.dense().get(ValueLayout.JAVA_FLOAT, s * other.denseStrideBytes() + 4));
                assertEquals(generator.label(905_000_000_000L + s),
                        batch.targets().getAtIndex(ValueLayout.JAVA_FLOAT, s));
            }
        }
    }

    @Test
    void descriptionsAreReadAndWritten() {
        PlantedSpec spec = PlantedSpec.parse("planted:");
        assertEquals(PlantedShape.CRITEO, spec.shape());
        assertEquals("1000000 0 100000 42 PAIRWISE", spec.rows() + " " + spec.first() + " " + spec.heldOut() + " "
                + spec.seed() + (spec.truth().equals(PlantedClickLog.Truth.PAIRWISE) ? " PAIRWISE" : ""));
        for (String text : new String[]{"planted:", "planted:rows=1e9,first=4e9,held-out=3,seed=-5,order=1,noise=0.25",
                "planted:dense=7,tables=3,table-rows=4e7,bag=2,zipf=0.9",
                "planted:dense=7,table-rows=1-2-3,bag=3-2-1"}) {
            PlantedSpec read = PlantedSpec.parse(text);
            assertEquals(read, PlantedSpec.parse(read.toString()), text);
            assertEquals(read.toString(), PlantedSpec.parse(read.toString()).toString());
        }
        assertEquals(8, PlantedSpec.parse("planted:rows=5", PlantedShape.oneHot(2, 5, 6, 7, 8, 9, 1, 2, 3)).shape()
                .sparseFeatures());
        assertEquals("planted:rows=2000000000,first=0,held-out=1000000,seed=1,order=2,noise=0.0,dense=13,tables=2,"
                + "table-rows=3,bag=1,zipf=1.1",
                PlantedSpec.parse("planted:rows=2e9,tables=2,table-rows=3,seed=1").toString());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', value = {
            "planted:colour=red | 'colour=red' assigns to none of rows, first",
            "planted:rows | 'rows' assigns to none", "planted:rows=1,rows=2 | 'rows' is assigned to twice",
            "planted:rows=many | rows is 'many', expected a whole number", "planted:rows=1.5 | rows is '1.5'",
            "planted:rows=1e30 | rows is '1e30'", "planted:rows=0 | expected 1, 0 and 0 or more",
            "planted:first=-1 | expected 1, 0 and 0 or more", "planted:rows=9e18,first=9e18 | below 2^63",
            "planted:order=3 | planted order 3", "planted:order=1e10 | too large", "planted:noise=x | noise is 'x'",
            "planted:tables=3 | without table-rows there are 26", "planted:tables=3,table-rows=1-2 | table-rows has 2",
            "planted:table-rows=0 | table 0 of 0 rows", "planted:table-rows=2e12 | expected 1 to 2^40",
            "planted:bag=0 | 0 a bag", "planted:bag=1-2 | 26 tables and 2 bag sizes",
            "planted:dense=-1 | -1 dense features",
            "planted:zipf=0 | exponent 0.0", "rows=3 | expected planted:rows=N"})
    void wrongDescriptionsAreRefused(String text, String expected) {
        String message = assertThrows(IllegalArgumentException.class, () -> PlantedSpec.parse(text)).getMessage();
        assertTrue(message.contains(expected), message);
    }

    @Test
    void formatsThatCannotHoldAShapeSaySo(@TempDir Path directory) {
        PlantedClickLog narrow = PlantedSpec.parse("planted:table-rows=5-5").generator();
        PlantedClickLog large = PlantedSpec.parse("planted:tables=26,table-rows=3e9").generator();
        PlantedClickLog huge = PlantedSpec.parse("planted:tables=26,table-rows=5e9").generator();
        for (PlantedClickLog log : new PlantedClickLog[]{narrow, huge}) {
            String message = assertThrows(IllegalArgumentException.class, () -> log.write(directory.resolve("f"), 0, 1))
                    .getMessage();
            assertTrue(message.contains("write a sample log"), message);
        }
        PlantedFile.text(large);
        String message = assertThrows(IllegalArgumentException.class, () -> PlantedFile.binary(large)).getMessage();
        assertTrue(message.contains("at most 2147483648;"), message);
    }
}
