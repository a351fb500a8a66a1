package org.dlrm4j.data.trace;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RowNumberingTest {
    @Test
    void numbersAreThoseOfTheFirstAppearance() {
        // Neighbours, multiples of large powers of two, which share their lower bits, and any numbers up to 2^63 - 1.
        for (int spread : new int[]{0, 1, 20, 31, 40, 62}) {
            SplittableRandom random = new SplittableRandom(spread);
            RowNumbering numbering = new RowNumbering(RowNumbering.MAX_ROWS);
            Map<Long, Integer> expected = new LinkedHashMap<>();
            for (int i = 0; i < 20_000; i++) {
                long row = spread == 62 ? random.nextLong() >>> 1 : (long) random.nextInt(1 << 22) << spread;
                int number = expected.computeIfAbsent(row, _ -> expected.size());
                assertEquals(number, numbering.number(row), "spread " + spread + ", row " + row);
                assertEquals(expected.size(), numbering.size());
            }
            assertArrayEquals(expected.keySet().stream().mapToLong(Long::longValue).toArray(), numbering.rows());
            assertTrue(numbering.capacity() <= 1.5 * numbering.size() + 512, "room for " + numbering.capacity());
        }
    }
}
