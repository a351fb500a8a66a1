package org.dlrm4j.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BatchTest {
    @Test
    void segmentsAreAlignedAndPaddingIsZero() {
        for (int dense : new int[]{0, 1, 13, 16, 17}) {
            try (Batch batch = new Batch(3, dense, 2)) {
                assertEquals((dense * 4 + 63) / 64 * 64, batch.denseStrideBytes());
                for (MemorySegment segment : List.of(batch.dense(), batch.targets(), batch.offsets(1),
                        batch.indices(1))) {
                    assertEquals(0, segment.address() % 64);
                }
                batch.begin(3);
                for (int s = 0; s < 3; s++) {
                    for (int j = 0; j < dense; j++) {
                        batch.setDense(s, j, -1f);
                    }
                    for (long at = dense * 4L; at < batch.denseStrideBytes(); at += 4) {
                        assertEquals(0,
                                batch.dense().get(ValueLayout.JAVA_INT, s * batch.denseStrideBytes() + at));
                    }
                }
            }
        }
    }

    @Test
    void bagsOfAnyLengthRoundTripWhileIndicesGrow() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        try (Batch batch = new Batch(9, 1, 3)) {
            for (int round = 0; round < 200; round++) {
                int samples = random.nextInt(10);
                List<List<long[]>> expected = new ArrayList<>();
                batch.begin(samples);
                for (int f = 0; f < 3; f++) {
                    expected.add(new ArrayList<>());
                    for (int s = 0; s < samples; s++) {
                        long[] bag = random.longs(random.nextInt(round / 10 + 1)).toArray();
                        expected.get(f).add(bag);
                        for (long index : bag) {
                            batch.addIndex(f, index);
                        }
                        batch.endBag(f);
                    }
                }
                batch.checkComplete();
                assertEquals(samples, batch.size());
                for (int f = 0; f < 3; f++) {
                    int at = 0;
                    for (int s = 0; s < samples; s++) {
                        assertEquals(at, batch.offsets(f).get(ValueLayout.JAVA_INT, s * 4L), "seed " + seed);
                        for (long index : expected.get(f).get(s)) {
                            assertEquals(index, batch.indices(f).get(ValueLayout.JAVA_LONG, at++ * 8L),
                                    "seed " + seed);
                        }
                    }
                    assertEquals(at, batch.offsets(f).get(ValueLayout.JAVA_INT, samples * 4L), "seed " + seed);
                    assertEquals(at, batch.indexCount(f), "seed " + seed);
                }
            }
        }
    }

    @Test
    void oneHotBagsAreSetInAnyOrder() {
        try (Batch batch = new Batch(4, 0, 2)) {
            batch.beginOneHot(3);
            for (int s = 2; s >= 0; s--) {
                batch.setIndex(s, 0, 10 + s);
                batch.setIndex(s, 1, 1L << 40);
            }
            batch.checkComplete();
            for (int s = 0; s < 3; s++) {
                assertEquals(s, batch.offsets(1).get(ValueLayout.JAVA_INT, s * 4L));
                assertEquals(10 + s, batch.indices(0).get(ValueLayout.JAVA_LONG, s * 8L));
                assertEquals(1L << 40, batch.indices(1).get(ValueLayout.JAVA_LONG, s * 8L));
            }
            assertEquals(3, batch.offsets(1).get(ValueLayout.JAVA_INT, 12));
            assertEquals(3, batch.indexCount(0));
        }
    }

    @Test
    void derivedFeaturesStandBehindTheOthersUntilTheNextFill() {
        try (Batch batch = new Batch(4, 0, 2)) {
            for (int derived : new int[]{1, 3, 0, 2}) {
                batch.beginOneHot(2);
                batch.setIndex(0, 1, 5);
                batch.setIndex(1, 1, 6);
                batch.beginDerived(derived);
                for (int f = 2; f < 2 + derived; f++) {
                    batch.endBag(f);
                    batch.addIndex(f, 10L * f);
                    batch.addIndex(f, 10L * f + 1);
                    batch.endBag(f);
                    assertEquals(2, batch.indexCount(f));
                    assertEquals(0, batch.offsets(f).get(ValueLayout.JAVA_INT, 4));
                    assertEquals(2, batch.offsets(f).get(ValueLayout.JAVA_INT, 8));
                    assertEquals(10L * f + 1, batch.indices(f).get(ValueLayout.JAVA_LONG, 8));
                }
                batch.checkComplete();
                assertEquals(2, batch.sparseFeatures());
                assertEquals(6, batch.indices(1).get(ValueLayout.JAVA_LONG, 8));
            }
            batch.beginOneHot(1);
            assertEquals(0, batch.indexCount(2), "what was derived from other samples is gone");
            assertThrows(IllegalArgumentException.class, () -> batch.beginDerived(-1));
        }
    }

    @Test
    void weightsBelongToTheIndicesUntilTheNextFill() {
        try (Batch batch = new Batch(2, 0, 1)) {
            for (int bag : new int[]{1, 40, 3}) {
                batch.begin(2);
                batch.endBag(0);
                for (int i = 0; i < bag; i++) {
                    batch.addIndex(0, i);
                }
                assertNull(batch.weights(0));
                assertMessage(IllegalStateException.class, "sparse feature 0 has 1 closed bags, expected 2",
                        () -> batch.addWeights(0));
                batch.endBag(0);
                final MemorySegment weights = batch.addWeights(0);
                for (int i = 0; i < bag; i++) {
                    weights.setAtIndex(ValueLayout.JAVA_FLOAT, i, 0.5f * i);
                }
                assertEquals(0.5f * (bag - 1), batch.weights(0).getAtIndex(ValueLayout.JAVA_FLOAT, bag - 1));
                try (Batch copy = new Batch(1, 0, 1)) {
                    copy.copySamples(batch, 1, 1);
                    assertEquals(0.5f * (bag - 1), copy.weights(0).getAtIndex(ValueLayout.JAVA_FLOAT, bag - 1));
                    copy.copySamples(batch, 0, 1);
                    assertEquals(0, copy.indexCount(0));
                    batch.begin(0);
                    copy.copySamples(batch, 0, 0);
                    assertNull(copy.weights(0));
                }
            }
            batch.beginOneHot(1);
            assertNull(batch.weights(0));
        }
    }

    @Test
    void errorsNameThePlace() {
        try (Batch batch = new Batch(2, 3, 1)) {
            assertMessage(IllegalArgumentException.class, "batch of 3 samples asked for", () -> batch.begin(3));
            batch.begin(2);
            assertMessage(IndexOutOfBoundsException.class, "dense feature 3, expected 0 to 2",
                    () -> batch.setDense(0, 3, 1));
            assertMessage(IndexOutOfBoundsException.class, "sample 2, expected 0 to 1", () -> batch.setTarget(2, 1));
            batch.endBag(0);
            assertMessage(IllegalStateException.class, "sparse feature 0 has 1 closed bags, expected 2",
                    batch::checkComplete);
            batch.endBag(0);
            assertMessage(IllegalStateException.class, "all 2 bags are closed", () -> batch.addIndex(0, 1));
            assertMessage(IllegalStateException.class, "all 2 bags are closed", () -> batch.endBag(0));
            assertThrows(IndexOutOfBoundsException.class, () -> batch.setIndex(0, 0, 1));
        }
        assertThrows(IllegalArgumentException.class, () -> new Batch(0, 1, 1));
    }

    @Test
    void refillingAllocatesNothing() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (Batch batch = new Batch(64, 13, 26)) {
            MemorySegment before = null;
            long bytes = 0;
            for (int round = 0; round < 300; round++) {
                long start = threads.getCurrentThreadAllocatedBytes();
                fill(batch);
                bytes = threads.getCurrentThreadAllocatedBytes() - start;
                if (round == 0) {
                    before = batch.indices(25);
                }
            }
            assertSame(before, batch.indices(25));
            assertTrue(bytes < 1024, "bytes allocated by the last fill: " + bytes);
        }
    }

    private static void fill(Batch batch) {
        batch.begin(64);
        for (int s = 0; s < 64; s++) {
            batch.setTarget(s, 1);
            for (int j = 0; j < 13; j++) {
                batch.setDense(s, j, j);
            }
            for (int f = 0; f < 26; f++) {
                for (int i = 0; i < 5; i++) {
                    batch.addIndex(f, i);
                }
                batch.endBag(f);
            }
        }
        batch.checkComplete();
    }

    @Test
    void closingTwiceIsHarmlessAndInvalidatesSegments() {
        Batch batch = new Batch(2, 3, 1);
        MemorySegment targets = batch.targets();
        batch.close();
        batch.close();
        assertThrows(IllegalStateException.class, () -> targets.get(ValueLayout.JAVA_FLOAT, 0));
    }

    private static void assertMessage(Class<? extends Throwable> type, String part, Runnable call) {
        String message = assertThrows(type, call::run).getMessage();
        assertTrue(message.contains(part), message);
    }

    @Test
    void samplesAreCopiedBetweenBatches() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        try (Batch from = new Batch(7, 3, 2); Batch into = new Batch(5, 3, 2)) {
            from.begin(7);
            for (int s = 0; s < 7; s++) {
                for (int j = 0; j < 3; j++) {
                    from.setDense(s, j, 10 * s + j);
                }
                from.setTarget(s, s);
                for (int f = 0; f < 2; f++) {
                    for (int i = random.nextInt(20); i > 0; i--) {
                        from.addIndex(f, random.nextLong());
                    }
                    from.endBag(f);
                }
            }
            for (int first = 0; first <= 7; first++) {
                for (int count = 0; count <= Math.min(5, 7 - first); count++) {
                    into.copySamples(from, first, count);
                    into.checkComplete();
                    assertEquals(count, into.size());
                    for (int s = 0; s < count; s++) {
                        requireSameSample(from, first + s, into, s, "seed " + seed);
                    }
                }
            }
            assertThrows(IllegalArgumentException.class, () -> into.copySamples(from, 0, 6));
            assertThrows(IndexOutOfBoundsException.class, () -> into.copySamples(from, 4, 4));
            assertThrows(IndexOutOfBoundsException.class, () -> into.copySamples(from, -1, 2));
            from.offsets(1).setAtIndex(ValueLayout.JAVA_INT, 6, -1);
            assertMessage(IllegalArgumentException.class, "sparse feature 1: offsets[6] of 8 is -1",
                    () -> into.copySamples(from, 5, 2));
            into.copySamples(from, 2, 3);
            requireSameSample(from, 4, into, 2, "beside a wrong bag");
            try (Batch other = new Batch(7, 3, 1)) {
                assertThrows(IllegalArgumentException.class, () -> into.copySamples(other, 0, 0));
            }
        }
    }

    private static void requireSameSample(Batch a, int sampleOfA, Batch b, int sampleOfB, String message) {
        assertEquals(a.targets().getAtIndex(ValueLayout.JAVA_FLOAT, sampleOfA),
                b.targets().getAtIndex(ValueLayout.JAVA_FLOAT, sampleOfB), message);
        assertEquals(-1, MemorySegment.mismatch(a.dense(), sampleOfA * a.denseStrideBytes(),
                (sampleOfA + 1) * a.denseStrideBytes(), b.dense(), sampleOfB * b.denseStrideBytes(),
                (sampleOfB + 1) * b.denseStrideBytes()), message);
        for (int f = 0; f < a.sparseFeatures(); f++) {
            long fromA = a.offsets(f).getAtIndex(ValueLayout.JAVA_INT, sampleOfA);
            long toA = a.offsets(f).getAtIndex(ValueLayout.JAVA_INT, sampleOfA + 1);
            long fromB = b.offsets(f).getAtIndex(ValueLayout.JAVA_INT, sampleOfB);
            long toB = b.offsets(f).getAtIndex(ValueLayout.JAVA_INT, sampleOfB + 1);
            assertEquals(-1, MemorySegment.mismatch(a.indices(f), 8 * fromA, 8 * toA, b.indices(f), 8 * fromB,
                    8 * toB), message);
        }
    }
}
