package org.dlrm4j.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class WaiterTest {
    /** Becomes ready right after one of its looks at the condition has still seen it false: the moment that loses wake-ups. */
    private static final class ReadyAfterLook extends Waiter {
        private final long look;
        private long looks;
        private boolean condition;

        ReadyAfterLook(IdleMode mode, long look) {
            super(mode);
            this.look = look;
        }

        @Override
        boolean ready(int lastRound) {
            assertEquals(7, lastRound);
            final boolean seen = condition;
            if (++looks == look) {
                condition = true;
                wake();
            }
            return seen;
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"PARK", "BACKOFF"})
    void readinessAfterAnyLookEndsTheWait(IdleMode mode) {
        for (long look = 1; look <= mode.pollsBeforePark() + 1; look++) {
            final ReadyAfterLook waiter = new ReadyAfterLook(mode, look);
            waiter.await(7);
            // A stray wake-up may cost one more look, a lost one would never come to an end.
            assertTrue(waiter.looks > look);
        }
    }

    @Test
    void whoSpinsNeverParks() {
        final ReadyAfterLook waiter = new ReadyAfterLook(IdleMode.BUSY_SPIN, 100_000);
        waiter.await(7);
        assertEquals(100_001, waiter.looks);
    }
}
