package org.dlrm4j.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FeatureDictionaryTest {
    @TempDir
    Path directory;

    @Test
    void behavesAsAMapOverGrowthAndCollisions() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        FeatureDictionary dictionary = new FeatureDictionary(3, 0);
        Map<Integer, Integer> expected = new HashMap<>();
        for (int i = 0; i < 600_000; i++) {
            // Multiples of a power of two collide in the low bits; 0 and -1 are ordinary values.
            int value = i < 2 ? -i : random.nextInt(400_000) << (i & 7);
            Integer known = expected.putIfAbsent(value, expected.size());
            assertEquals(known == null ? expected.size() - 1 : known, dictionary.add(value), "seed " + seed);
        }
        Path file = directory.resolve("c4.bin");
        dictionary.save(file);
        FeatureDictionary loaded = FeatureDictionary.load(file);
        assertEquals(3, loaded.feature());
        assertEquals(expected.size(), loaded.size());
        expected.forEach((value, row) -> {
            assertEquals(row, loaded.row(value), "seed " + seed);
            assertEquals(value, loaded.value(row), "seed " + seed);
        });
        for (int i = 0; i < 10_000; i++) {
            int value = random.nextInt();
            assertEquals(expected.getOrDefault(value, -1), loaded.row(value), "seed " + seed);
        }
    }

    @Test
    void textIsLookedUpAsTrainingSawIt() throws Exception {
        FeatureDictionary whole = FeatureDictionary.of(0, 0, 0x68fd1e64, 0);
        assertEquals(0, whole.row("68fd1e64"));
        assertEquals(1, whole.row(""));
        assertEquals(-1, whole.row("68fd1e65"));
        FeatureDictionary ranged = FeatureDictionary.of(0, 10, 5);
        assertEquals(0, ranged.row("ffffffff"), "4294967295 mod 10");
        byte[] bytes = "ffffffff".getBytes(StandardCharsets.US_ASCII);
        assertEquals(0, ranged.row(bytes, 0, 8));
        ranged.save(directory.resolve("r"));
        assertEquals(10, FeatureDictionary.load(directory.resolve("r")).maxIndexRange());
    }

    @Test
    void wrongRowsAndRepetitionsAreRefused() {
        FeatureDictionary dictionary = FeatureDictionary.of(4, 0, 7);
        assertMessage("feature C5: row 1, expected 0 to 0",
                assertThrows(IndexOutOfBoundsException.class, () -> dictionary.value(1)));
        assertMessage("feature C5, row 1: hash 00000007 appears twice",
                assertThrows(IllegalArgumentException.class, () -> FeatureDictionary.of(4, 0, 7, 7)));
    }

    @Test
    void anyChangedBitIsDetected() throws Exception {
        Path file = directory.resolve("c1.bin");
        FeatureDictionary.of(0, 0, 1, 2, 3).save(file);
        byte[] good = Files.readAllBytes(file);
        for (int bit = 0; bit < good.length * 8; bit++) {
            byte[] bad = good.clone();
            bad[bit / 8] ^= (byte) (1 << bit % 8);
            Files.write(file, bad);
            DatasetException e = assertThrows(DatasetException.class, () -> FeatureDictionary.load(file));
            String field = bit < 64 ? "magic" : bit < 96 ? "version" : bit >= 160 && bit < 192 ? "count" : "CRC32C";
            assertMessage(file + ", " + field + ": found ", e);
        }
    }

    @Test
    void anyTruncationIsDetected() throws Exception {
        Path file = directory.resolve("c1.bin");
        FeatureDictionary.of(0, 0, 1, 2, 3).save(file);
        byte[] good = Files.readAllBytes(file);
        for (int length = 0; length < good.length; length++) {
            Files.write(file, Arrays.copyOf(good, length));
            assertMessage(file.toString(), assertThrows(DatasetException.class, () -> FeatureDictionary.load(file)));
        }
    }

    @Test
    void policiesDecideOnUnseenValues() {
        FeatureDictionary dictionary = FeatureDictionary.of(2, 0, 11, 22, 33);
        for (UnseenPolicy policy : UnseenPolicy.values()) {
            assertEquals(1, policy.resolve(dictionary, 22));
        }
        assertEquals(0, UnseenPolicy.ZERO.resolve(dictionary, -1));
        assertEquals(UnseenPolicy.NO_ROW, UnseenPolicy.EMPTY_BAG.resolve(dictionary, -1));
        assertEquals(4294967294L % 3, UnseenPolicy.HASH.resolve(dictionary, -2));
        assertMessage("feature C3: value ffffffff is none of the 3",
                assertThrows(DatasetException.class, () -> UnseenPolicy.ERROR.resolve(dictionary, -1)));
        FeatureDictionary empty = FeatureDictionary.of(0, 0);
        assertThrows(DatasetException.class, () -> UnseenPolicy.ZERO.resolve(empty, 1));
        assertThrows(DatasetException.class, () -> UnseenPolicy.HASH.resolve(empty, 1));
    }

    private static void assertMessage(String part, Exception e) {
        assertTrue(e.getMessage().contains(part), e.getMessage());
    }
}
