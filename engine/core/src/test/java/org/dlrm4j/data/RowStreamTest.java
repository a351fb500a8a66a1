package org.dlrm4j.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Zipf's law, uniform rows, mixtures. */
class RowStreamTest {
    private static long[] take(RowStream stream, int count) {
        return LongStream.generate(stream::next).limit(count).toArray();
    }

    private static void assertFrequencies(double[] probabilities, RowStream stream, String message) {
        int draws = 400_000;
        long[] counts = new long[probabilities.length];
        for (int i = 0; i < draws; i++) {
            counts[(int) stream.next()]++;
        }
        for (int k = 0; k < counts.length; k++) {
            double p = probabilities[k];
            // Five standard deviations and one, and the seed is fixed.
            assertEquals(p * draws, counts[k], 5 * Math.sqrt(draws * p * (1 - p)) + 1, message + ", row " + k);
        }
    }

    @ParameterizedTest
    @CsvSource({"0.3, 10", "1.0, 1", "1.0, 2", "1.0, 300", "1.1, 40", "0.9999999999, 40", "3.0, 1000"})
    void zipfsLawIsKept(double exponent, int rows) {
        double[] probabilities = new double[rows];
        double sum = 0;
        for (int k = 0; k < rows; k++) {
            probabilities[k] = Math.pow(k + 1, -exponent);
            sum += probabilities[k];
        }
        for (int k = 0; k < rows; k++) {
            probabilities[k] /= sum;
        }
        assertFrequencies(probabilities, new ZipfRows(rows, exponent, 7), exponent + " over " + rows);
    }

    @Test
    void manyRowsCostNoMemoryAndStayInRange() {
        long rows = 1L << 40;
        long[] drawn = take(new ZipfRows(rows, 0.2, 1), 100_000);
        assertTrue(LongStream.of(drawn).allMatch(row -> row >= 0 && row < rows));
        // With exponent 0.2, half of the accesses go to rows below 2^(-1/0.8) of all.
        double below = LongStream.of(drawn).filter(row -> row < rows * Math.pow(2, -1 / 0.8)).count() / 1e5;
        assertEquals(0.5, below, 0.01);
    }

    @Test
    void mixturesDrawFromTheirPartsByWeight() {
        RowStream mixture = new MixtureRows(new double[]{1, 0, 3},
                List.of(new UniformRows(2, 1), new UniformRows(1000, 2), new UniformRows(4, 3)), 5);
        assertFrequencies(new double[]{0.125 + 0.1875, 0.125 + 0.1875, 0.1875, 0.1875}, mixture, "mixture");
    }

    @Test
    void restartingRepeats() {
        for (RowStream stream : List.of(new ZipfRows(1000, 1.2, 9), new UniformRows(1000, 9), new MixtureRows(
                new double[]{1, 1}, List.of(new UniformRows(10, 1), new ZipfRows(1000, 1, 2)), 3))) {
            long[] first = take(stream, 100);
            assertTrue(LongStream.of(first).distinct().count() > 10);
            stream.restart();
            assertArrayEquals(first, take(stream, 100));
        }
    }

    @Test
    void impossibleLawsAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new ZipfRows(0, 1, 1));
        assertThrows(IllegalArgumentException.class, () -> new ZipfRows((1L << 40) + 1, 1, 1));
        assertThrows(IllegalArgumentException.class, () -> new ZipfRows(5, 0, 1));
        assertThrows(IllegalArgumentException.class, () -> new ZipfRows(5, Double.NaN, 1));
        assertThrows(IllegalArgumentException.class, () -> new UniformRows(0, 1));
        List<RowStream> one = List.of(new UniformRows(1, 1));
        for (double[] weights : new double[][]{{}, {1, 1}, {-1}, {0}, {Double.NaN}}) {
            assertThrows(IllegalArgumentException.class, () -> new MixtureRows(weights, one, 1));
        }
    }
}
