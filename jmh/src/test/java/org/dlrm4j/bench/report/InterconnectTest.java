package org.dlrm4j.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Collectives by their formulas. 10 µs and 1 GB/s: a byte takes a nanosecond. */
class InterconnectTest {
    private static final Interconnect NETWORK = new Interconnect(10, 1);

    @Test
    void oneNodeHasNothingToSend() {
        assertEquals(0, NETWORK.allToAllNanos(1, 1e9));
        assertEquals(0, NETWORK.allReduceNanos(1, 1e9));
    }

    @Test
    void largeExchangesGoInPairs() {
        // 3 messages, 3/4 of the bytes.
        assertEquals(3 * 10_000 + 0.75e9, NETWORK.allToAllNanos(4, 1e9), 1);
    }

    @Test
    void smallExchangesGoThroughOthers() {
        // 10 messages instead of 999.
        assertEquals(10 * 10_000 + 10 * 1000 / 2.0, NETWORK.allToAllNanos(1000, 1000), 1e-6);
    }

    @Test
    void sumsAreHalvedAndDoubled() {
        assertEquals(2 * 3 * 10_000 + 2 * 7.0 / 8 * 1e6, NETWORK.allReduceNanos(8, 1e6), 1e-6);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 8, 100})
    void moreNodesNeverTakeLess(int nodes) {
        assertTrue(NETWORK.allToAllNanos(nodes + 1, 1e7) >= NETWORK.allToAllNanos(nodes, 1e7));
        assertTrue(NETWORK.allReduceNanos(nodes + 1, 1e7) >= NETWORK.allReduceNanos(nodes, 1e7));
    }
}
