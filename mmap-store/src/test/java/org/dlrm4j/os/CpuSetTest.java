package org.dlrm4j.os;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CpuSetTest {
    @ParameterizedTest
    @ValueSource(strings = {"", "0", "0-1", "0-3,8,10-11", "0-15,128-143", "63-64", "1000-2047,4095,65535"})
    void listsReadAndWriteAlike(String list) {
        assertEquals(list, CpuSet.parse(list + "\n").toString());
    }

    @Test
    void orderAndOverlapDoNotMatter() {
        assertEquals(CpuSet.of(5, 0, 1, 2, 2), CpuSet.parse("5,1-2,0-1"));
        assertEquals("0-2,5", CpuSet.parse("5,1-2,0-1").toString());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"x|1", "0-3,x|5", "0,,1|3", "0,|2", "3-1|3", "0-|3", "-1|1", "1-2-3|4",
            "65536|1",
            "99999999999|1", "0 1|2", "0-8:2/4|4"})
    void malformedListsNameTheColumn(String list, int column) {
        String message = assertThrows(IllegalArgumentException.class, () -> CpuSet.parse(list)).getMessage();
        assertTrue(message.startsWith("column " + column + " of \"" + list + "\", expected"), message);
    }

    @Test
    void queries() {
        CpuSet set = CpuSet.parse("2-3,1030");
        assertEquals(3, set.size());
        assertEquals(2, set.first());
        assertEquals(1030, set.last());
        assertTrue(set.contains(1030));
        assertFalse(set.contains(0) || set.contains(-1) || set.contains(1 << 20));
        assertArrayEquals(new int[]{2, 3, 1030}, set.stream().toArray());
        assertEquals(CpuSet.of(3), set.and(CpuSet.parse("3-9")));
        assertEquals("2-9,1030", set.or(CpuSet.parse("3-9")).toString());
        assertEquals("2-3,1030", set.toString());
        assertEquals(-1, CpuSet.EMPTY.first());
        assertEquals(-1, CpuSet.EMPTY.last());
        assertThrows(IllegalArgumentException.class, () -> CpuSet.of(-1));
        assertThrows(IllegalArgumentException.class, () -> CpuSet.of(CpuSet.MAX_CPUS));
    }

    @Test
    void masksHaveTheKernelsBits() {
        assertArrayEquals(new long[]{0b1101, 1, 0}, CpuSet.parse("0,2-3,64").toMask(3));
        assertArrayEquals(new long[]{0b1101, 1}, CpuSet.parse("0,2-3,64").toMask(1));
        assertEquals(CpuSet.parse("0,2-3,64"), CpuSet.ofMask(new long[]{0b1101, 1, 0}));
    }

    @Test
    void randomSetsSurviveTheirText() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 500; i++) {
            BitSet bits = new BitSet();
            int runs = random.nextInt(20);
            for (int run = 0; run < runs; run++) {
                int from = random.nextInt(5000);
                bits.set(from, from + 1 + random.nextInt(70));
            }
            CpuSet set = CpuSet.of(bits.stream().toArray());
            assertEquals(set, CpuSet.parse(set.toString()), () -> "seed " + seed);
            assertEquals(bits.cardinality(), set.size());
        }
    }
}
