package org.dlrm4j.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RandomSourceTest {
    private static final RandomSource.Distribution UNIFORM = RandomSource.Distribution.uniform();

    private static float[] floats(Batch batch) {
        float[] values = new float[batch.size() * (batch.denseFeatures() + 1)];
        int at = 0;
        for (int s = 0; s < batch.size(); s++) {
            for (int j = 0; j < batch.denseFeatures(); j++) {
                values[at++] = batch.dense().get(ValueLayout.JAVA_FLOAT, s * batch.denseStrideBytes() + 4L * j);
            }
            values[at++] = batch.targets().get(ValueLayout.JAVA_FLOAT, 4L * s);
        }
        return values;
    }

    private static List<Long> bag(Batch batch, int feature, int sample) {
        int from = batch.offsets(feature).get(ValueLayout.JAVA_INT, 4L * sample);
        int to = batch.offsets(feature).get(ValueLayout.JAVA_INT, 4L * sample + 4);
        return IntStream.range(from, to)
                .mapToObj(i -> batch.indices(feature).get(ValueLayout.JAVA_LONG, 8L * i)).toList();
    }

    private static String text(Batch batch) {
        StringBuilder text = new StringBuilder(Arrays.toString(floats(batch)));
        for (int f = 0; f < batch.sparseFeatures(); f++) {
            for (int s = 0; s < batch.size(); s++) {
                text.append(bag(batch, f, s));
            }
        }
        return text.toString();
    }

    @Test
    void firstBatchIsTheReferences() {
        try (RandomSource source = new RandomSource(2, 2, 4, new long[]{4, 3, 2}, 10, false, false, UNIFORM, 123);
                Batch batch = new Batch(2, 4, 3)) {
            source.read(0, 2, batch);
            assertArrayEquals(
                    new float[]{0.6964691877365112f, 0.2861393392086029f, 0.2268514484167099f, 0.5513147711753845f,
                            0.36178866028785706f, 0.7194689512252808f, 0.42310646176338196f, 0.9807642102241516f,
                            0.6848297119140625f, 0.2282632291316986f},
                    floats(batch));
            assertEquals(List.of(1L), bag(batch, 0, 0));
            assertEquals(List.of(0L, 1L), bag(batch, 0, 1));
            assertEquals(List.of(0L), bag(batch, 1, 0));
            assertEquals(List.of(1L), bag(batch, 1, 1));
            assertEquals(List.of(1L), bag(batch, 2, 0));
            assertEquals(List.of(0L), bag(batch, 2, 1));
        }
    }

    @Test
    void everyPassAndEveryJumpGivesTheSameBatches() {
        for (RandomSource.Distribution distribution : List.of(UNIFORM,
                RandomSource.Distribution.gaussian(0, 29, -1, 7))) {
            try (RandomSource source = new RandomSource(23, 5, 3, new long[]{30, 40}, 6, false, true, distribution,
                    9); Batch batch = new Batch(5, 3, 2)) {
                String[] first = new String[5];
                for (int b = 0; b < 5; b++) {
                    source.read(5L * b, Math.min(5, 23 - 5 * b), batch);
                    first[b] = text(batch);
                }
                for (int b : new int[]{0, 1, 4, 2, 3, 3, 0, 4}) {
                    source.read(5L * b, Math.min(5, 23 - 5 * b), batch);
                    assertEquals(first[b], text(batch));
                }
                assertEquals(5, new TreeSet<>(Arrays.asList(first)).size(), "batches differ");
            }
        }
    }

    @Test
    void fixedBagsAreDrawnAsWritten() {
        try (RandomSource source = new RandomSource(3, 3, 1, new long[]{1000}, 4, true, true, UNIFORM, 5);
                Batch batch = new Batch(3, 1, 1)) {
            source.read(0, 3, batch);
            NumpyRandom random = new NumpyRandom(5);
            for (int s = 0; s < 3; s++) {
                assertEquals((float) random.nextDouble(),
                        batch.dense().get(ValueLayout.JAVA_FLOAT, s * batch.denseStrideBytes()));
            }
            for (int s = 0; s < 3; s++) {
                TreeSet<Long> expected = new TreeSet<>();
                for (int i = 0; i < 4; i++) {
                    expected.add((long) Math.rint(random.nextDouble() * 999));
                }
                assertEquals(List.copyOf(expected), bag(batch, 0, s));
            }
            for (int s = 0; s < 3; s++) {
                assertEquals((float) Math.rint(random.nextDouble()),
                        batch.targets().get(ValueLayout.JAVA_FLOAT, 4L * s));
            }
        }
    }

    @Test
    void gaussianRowsAreDistinctBeforeTheyAreCut() {
        RandomSource.Distribution distribution = RandomSource.Distribution.gaussian(1, 6, 3, 1);
        try (RandomSource source = new RandomSource(1, 1, 0, new long[]{10}, 12, true, false, distribution, 5);
                Batch batch = new Batch(1, 0, 1)) {
            source.read(0, 1, batch);
            NumpyRandom random = new NumpyRandom(5);
            TreeSet<Double> drawn = new TreeSet<>();
            for (int i = 0; i < 12; i++) {
                drawn.add(Math.min(6, Math.max(1, random.normal(3, 1))));
            }
            assertEquals(drawn.stream().map(Double::longValue).toList(), bag(batch, 0, 0));
        }
    }

    @Test
    void whatIsNoBatchIsRefused() {
        try (RandomSource source = new RandomSource(7, 3, 1, new long[]{5}, 1, true, true, UNIFORM, 5);
                Batch batch = new Batch(7, 1, 1)) {
            String message = assertThrows(IllegalArgumentException.class, () -> source.read(0, 2, batch)).getMessage();
            assertTrue(message.contains("[0, 2) are no batch of 3"), message);
            assertThrows(IllegalArgumentException.class, () -> source.read(1, 3, batch));
            assertThrows(IndexOutOfBoundsException.class, () -> source.read(6, 3, batch));
        }
        assertThrows(IllegalArgumentException.class, () -> new RandomSource(1, 1, 1, new long[]{5}, 1, true, true,
                RandomSource.Distribution.gaussian(0, 5, -1, 1), 5));
    }
}
