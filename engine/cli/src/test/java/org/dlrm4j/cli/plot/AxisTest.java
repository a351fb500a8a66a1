package org.dlrm4j.cli.plot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Places and round numbers along an axis. */
class AxisTest {
    @Test
    void valuesLieWhereTheyShould() {
        assertEquals(0.25, new Axis(0, 8, false).at(2));
        assertEquals(0.5, new Axis(1, 100, true).at(10), 1e-12);
        assertThrows(IllegalArgumentException.class, () -> new Axis(0, 1, true));
        assertThrows(IllegalArgumentException.class, () -> new Axis(1, 1, false));
    }

    @Test
    void ticksAreRound() {
        assertEquals(List.of(0.0, 2.0, 4.0, 6.0, 8.0, 10.0), new Axis(0, 10.5, false).ticks());
        assertEquals(List.of(1.0, 2.0, 5.0, 10.0, 20.0), new Axis(0.8, 26, true).ticks());
        assertEquals(List.of(20.0, 30.0, 40.0, 60.0), new Axis(15, 70, true).ticks());
        assertEquals(5, new Axis(1, 10_000, true).ticks().size());
        assertEquals(new Axis(0.1, 10, true), Axis.around());
    }

    @Test
    void labelsAreShort() {
        assertEquals("0.0156", Axis.label(1.0 / 64));
        assertEquals("12.3k", Axis.label(12_345));
        assertEquals("1.5M", Axis.label(1_500_000));
        assertEquals("2G", Axis.label(2e9));
        assertEquals("2048", Axis.count(2048));
        assertEquals("16.38k", Axis.count(16_384));
    }
}
