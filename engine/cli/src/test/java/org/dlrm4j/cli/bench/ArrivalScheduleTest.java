package org.dlrm4j.cli.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ArrivalScheduleTest {
    @Test
    void gapsAreExponential() {
        final double rate = 5000;
        final long[] arrivals = ArrivalSchedule.poisson(rate, 40, 9);
        final double mean = rate * 40;
        assertTrue(Math.abs(arrivals.length - mean) < 5 * Math.sqrt(mean), arrivals.length + " arrivals");
        double squares = 0;
        int longGaps = 0;
        for (int i = 1; i < arrivals.length; i++) {
            final double gap = (arrivals[i] - arrivals[i - 1]) * 1e-9 * rate;
            assertTrue(gap >= 0);
            squares += gap * gap;
            longGaps += gap > 2 ? 1 : 0;
        }
        // E[g²] = 2 with variance 20; P(g > 2) = e^-2.
        assertEquals(2, squares / mean, 5 * Math.sqrt(20 / mean) + 0.02);
        final double expected = mean * Math.exp(-2);
        assertEquals(expected, longGaps, 5 * Math.sqrt(expected) + 0.02 * expected);
        assertTrue(arrivals[arrivals.length - 1] < 40_000_000_000L);
    }

    @Test
    void schedulesAreThoseOfTheirSeed() {
        assertArrayEquals(ArrivalSchedule.poisson(1000, 1, 3), ArrivalSchedule.poisson(1000, 1, 3));
        assertFalse(Arrays.equals(ArrivalSchedule.poisson(1000, 1, 3), ArrivalSchedule.poisson(1000, 1, 4)));
        assertTrue(ArrivalSchedule.poisson(0.001, 1, 3).length <= 1);
    }

    @Test
    void schedulesThatDoNotFitAreRefused() {
        final String message = assertThrows(IllegalArgumentException.class,
                () -> ArrivalSchedule.poisson(1e9, 10, 1)).getMessage();
        assertTrue(message.contains("is longer than 134217728 arrivals; lower --target-qps or --duration"), message);
    }
}
