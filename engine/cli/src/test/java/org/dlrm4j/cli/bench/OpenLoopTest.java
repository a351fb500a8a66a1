package org.dlrm4j.cli.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

/** The open loop under a clock that goes on only when somebody waits or works. */
class OpenLoopTest {
    private static final class FakeClock implements Clock {
        private long nanos = 1_000_000;

        @Override
        public long nanos() {
            return nanos;
        }

        @Override
        public void await(long timeNanos) {
            nanos = Math.max(nanos, timeNanos);
        }

        void work(long workNanos) {
            nanos += workNanos;
        }
    }

    private final FakeClock clock = new FakeClock();
    private final Histogram latencies = Measurement.histogram();

    private static List<Long> values(Histogram histogram) {
        final List<Long> values = new ArrayList<>();
        histogram.recordedValues().forEach(value -> {
            for (long i = value.getCountAtValueIteratedTo(); i > 0; i--) {
                values.add(value.getValueIteratedTo());
            }
        });
        return values;
    }

    @Test
    void aLatencyBeginsAtTheScheduledArrival() {
        final OpenLoop loop = new OpenLoop(new long[]{0, 10, 20, 100}, 1000, clock);
        loop.serve(_ -> clock.work(25), latencies);
        // Ends at 25, 50, 75 and, after an idle time, 125.
        assertEquals(List.of(25L, 25L, 40L, 55L), values(latencies));
        assertEquals(4, loop.served());
        assertEquals(0, loop.unserved());
        assertEquals(125, loop.elapsedNanos());
    }

    @Test
    void aStallCountsForAllWhoArriveMeanwhile() {
        final long[] arrivals = new long[10];
        for (int i = 0; i < arrivals.length; i++) {
            arrivals[i] = 100 * i;
        }
        final OpenLoop loop = new OpenLoop(arrivals, 1000, clock);
        loop.serve(query -> clock.work(query == 2 ? 510 : 10), latencies);
        assertEquals(List.of(10L, 10L, 10L, 10L, 60L, 150L, 240L, 330L, 420L, 510L), values(latencies));
    }

    @Test
    void aScheduleThatCannotBeKeptIsGivenUp() {
        final OpenLoop loop = new OpenLoop(new long[]{0, 0, 0, 0, 0, 0}, 50, clock);
        final List<Integer> served = new ArrayList<>();
        loop.serve(query -> {
            served.add(query);
            clock.work(30);
        }, latencies);
        // The third begins after 60.
        assertEquals(List.of(0, 1), served);
        assertEquals(4, loop.unserved());
    }

    @Test
    void verdictsNameWhatIsWrong() {
        for (int i = 0; i < ServerBench.MIN_QUERIES - 1; i++) {
            latencies.recordValue(2000);
        }
        assertEquals("invalid: 999 queries are too few for p99, expected 1,000; raise --duration",
                ServerBench.verdict(latencies, 0, 3000));
        latencies.recordValue(1_000_000);
        assertEquals("valid", ServerBench.verdict(latencies, 0, 3000));
        assertEquals("invalid: p99 is 2.0 us, the bound 1.0 us", ServerBench.verdict(latencies, 0, 1000));
        assertEquals("invalid: given up, 7 queries unserved", ServerBench.verdict(latencies, 7, 3000));
    }
}
