package org.dlrm4j.data;

import java.util.Random;

/** Random Criteo text for tests, with everything that real files have: gaps, negative counts, hashes with the top bit. */
final class CriteoTexts {
    private CriteoTexts() {}

    static String rows(Random random, int rows) {
        StringBuilder text = new StringBuilder();
        for (int r = 0; r < rows; r++) {
            row(random, text);
            text.append(random.nextInt(10) == 0 ? "\r\n" : "\n");
        }
        return text.toString();
    }

    static void row(Random random, StringBuilder text) {
        text.append(random.nextInt(4) == 0 ? 1 : 0);
        for (int j = 0; j < 13; j++) {
            text.append('\t');
            switch (random.nextInt(6)) {
                case 0 -> {
                }
                case 1 -> text.append(-1 - random.nextInt(3));
                case 2 -> text.append(random.nextInt());
                default -> text.append(random.nextInt(100));
            }
        }
        for (int f = 0; f < 26; f++) {
            text.append('\t');
            if (random.nextInt(8) != 0) {
                int id = random.nextInt(1 + random.nextInt(2 + 20 * f));
                int hash = id * 0x9e3779b9 + f;
                text.append(random.nextInt(20) == 0 ? Integer.toHexString(id) : String.format("%08x", hash));
            }
        }
    }
}
