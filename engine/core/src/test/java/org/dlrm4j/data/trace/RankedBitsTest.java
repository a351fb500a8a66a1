package org.dlrm4j.data.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class RankedBitsTest {
    @Test
    void ranksAndMembersAreThoseOfASortedSet() {
        for (int capacity : new int[]{1, 63, 64, 65, 511, 512, 513, 1024, 5000, 16 * 512, 16 * 512 + 1}) {
            Random random = new Random(capacity);
            int members = random.nextInt(capacity + 1);
            RankedBits bits = new RankedBits(capacity, members);
            TreeSet<Integer> set = new TreeSet<>();
            for (int i = 0; i < members; i++) {
                set.add(i);
            }
            for (int step = 0; step < 300; step++) {
                int position = random.nextInt(capacity);
                if (set.remove(position)) {
                    bits.remove(position);
                } else {
                    set.add(position);
                    bits.add(position);
                }
                int probe = random.nextInt(capacity);
                assertEquals(set.headSet(probe).size(), bits.rank(probe), capacity + ", step " + step);
                assertEquals(set.size(), bits.size());
                if (set.ceiling(probe) != null) {
                    assertEquals(set.ceiling(probe), bits.next(probe), capacity + ", step " + step);
                }
            }
            int rank = 0;
            for (int member : set) {
                assertEquals(member, bits.select(rank++), "capacity " + capacity);
            }
            bits.fill(capacity / 2);
            for (int i = 0; i < capacity / 2; i++) {
                assertEquals(i, bits.select(i));
            }
        }
    }
}
