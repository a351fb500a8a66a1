package org.dlrm4j.data;

import java.util.Arrays;

/**
 * Numbers 64-bit value hashes from 0 in the order in which they are added. Looking up does not allocate. Safe for
 * concurrent reads once nothing is added any more.
 */
final class ValueDictionary {
    private static final int MAX_VALUES = 1 << 29;
    private static final long GOLDEN = 0x9e3779b97f4a7c15L;

    private final String feature;
    private long[] values = new long[16];
    private int size;
    private long[] keys = new long[32];
    /** Row + 1 of the key beside it; 0 is an empty slot. */
    private int[] rows = new int[32];

    /** Makes an empty dictionary of a feature, whose name messages give. */
    ValueDictionary(String feature) {
        this.feature = feature;
    }

    int size() {
        return size;
    }

    /** Gives the value of a row. */
    long value(int row) {
        return values[row];
    }

    /** Gives the row of a value, or -1. */
    int row(long value) {
        int mask = keys.length - 1;
        for (int slot = slot(value);; slot = slot + 1 & mask) {
            if (rows[slot] == 0 || keys[slot] == value) {
                return rows[slot] - 1;
            }
        }
    }

    /** Gives the row of a value, which is the next free one if the value is new. */
    int add(long value) {
        int mask = keys.length - 1;
        int slot = slot(value);
        while (rows[slot] != 0) {
            if (keys[slot] == value) {
                return rows[slot] - 1;
            }
            slot = slot + 1 & mask;
        }
        if (size == MAX_VALUES) {
            throw new DatasetException("sparse feature " + feature + ": more than " + MAX_VALUES
                    + " distinct values, expected fewer; give it hashRows instead of a dictionary");
        }
        if (size == values.length) {
            values = Arrays.copyOf(values, 2 * size);
        }
        values[size++] = value;
        keys[slot] = value;
        rows[slot] = size;
        if (size > keys.length / 2) {
            rehash();
        }
        return size - 1;
    }

    private void rehash() {
        keys = new long[2 * keys.length];
        rows = new int[keys.length];
        int mask = keys.length - 1;
        for (int row = 0; row < size; row++) {
            int slot = slot(values[row]);
            while (rows[slot] != 0) {
                slot = slot + 1 & mask;
            }
            keys[slot] = values[row];
            rows[slot] = row + 1;
        }
    }

    private int slot(long value) {
        // Hexadecimal values are small numbers: the product spreads them over the upper bits.
        return (int) (value * GOLDEN >>> Long.numberOfLeadingZeros(keys.length - 1L));
    }
}
