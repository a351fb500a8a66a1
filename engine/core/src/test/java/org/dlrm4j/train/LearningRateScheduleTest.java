package org.dlrm4j.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class LearningRateScheduleTest {
    @Test
    void warmsUpHoldsAndDecays() {
        final LearningRateSchedule schedule = new LearningRateSchedule(8f, 4, 10, 5);
        assertEquals(2f, schedule.rate(1));
        assertEquals(6f, schedule.rate(3));
        assertEquals(8f, schedule.rate(4));
        assertEquals(8f, schedule.rate(9));
        assertEquals(8f, schedule.rate(10));
        assertEquals(8f * 16 / 25, schedule.rate(11), 1e-6);
        assertEquals(8f / 25, schedule.rate(14), 1e-6);
        assertEquals(8f / 25, schedule.rate(1_000_000), 1e-6);
    }

    @Test
    void neverFallsBelowTheFloor() {
        assertEquals(1e-7f, new LearningRateSchedule(1e-5f, 0, 1, 1000).rate(1000));
    }

    @Test
    void isConstantWithoutDecay() {
        assertEquals(0.5f, LearningRateSchedule.constant(0.5f).rate(1));
        assertEquals(0.5f, LearningRateSchedule.constant(0.5f).rate(Long.MAX_VALUE));
    }

    @Test
    void refusesContradictions() {
        assertTrue(
                assertThrows(IllegalArgumentException.class, () -> new LearningRateSchedule(1f, 10, 5, 3)).getMessage()
                        .contains("step 5"));
        assertThrows(IllegalArgumentException.class, () -> new LearningRateSchedule(0f, 0, 0, 0));
        assertThrows(IllegalArgumentException.class, () -> new LearningRateSchedule(Float.NaN, 0, 0, 0));
        assertThrows(IllegalArgumentException.class, () -> new LearningRateSchedule(1f, -1, 0, 0));
    }
}
