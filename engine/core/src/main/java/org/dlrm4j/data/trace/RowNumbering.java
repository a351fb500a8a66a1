package org.dlrm4j.data.trace;

import java.util.Arrays;

/**
 * Numbers rows from 0 in the order in which they come: row numbers by number, and numbers by an open-addressing table with
 * linear probing that is at most three quarters full. Takes 8 bytes for each row that there is room for, and 4 for each slot.
 */
final class RowNumbering {
    private static final int MIN_ROWS = 1 << 9;
    private static final int MAX_SLOTS = 1 << 30;
    /** Most rows, 805 million. */
    static final int MAX_ROWS = MAX_SLOTS / 4 * 3;
    private static final long GOLDEN = 0x9e3779b97f4a7c15L;
    private static final int EMPTY = -1;

    private final int limit;
    private long[] rows = new long[MIN_ROWS];
    private int[] slots;
    private int shift;
    private int size;

    /** Makes a numbering of at most {@code limit} rows, of which there can be {@link #MIN_ROWS} to {@link #MAX_ROWS}. */
    RowNumbering(int limit) {
        this.limit = limit;
        allocate(2 * MIN_ROWS);
    }

    private void allocate(int length) {
        slots = new int[length];
        Arrays.fill(slots, EMPTY);
        // The product's upper bits depend on all bits of the row number.
        shift = Long.numberOfLeadingZeros(length) + 1;
    }

    int size() {
        return size;
    }

    /** Tells the rows that there is room for before anything grows. */
    int capacity() {
        return rows.length;
    }

    /** Gives a row's number, which is the former size if the row is new, or -1 if a new row finds no room. */
    int number(long row) {
        int slot = slot(row);
        if (slots[slot] != EMPTY) {
            return slots[slot];
        }
        if (size == limit) {
            return -1;
        }
        if (size == rows.length) {
            // Half as much again, so that little memory lies idle.
            rows = Arrays.copyOf(rows, (int) Math.min(limit, size + size / 2L));
        }
        rows[size] = row;
        slots[slot] = size++;
        if (size > slots.length / 4 * 3) {
            rehash();
        }
        return size - 1;
    }

    private int slot(long row) {
        int slot = (int) (row * GOLDEN >>> shift);
        while (slots[slot] != EMPTY && rows[slots[slot]] != row) {
            slot = slot + 1 & slots.length - 1;
        }
        return slot;
    }

    private void rehash() {
        if (slots.length == MAX_SLOTS) {
            return;
        }
        allocate(2 * slots.length);
        for (int number = 0; number < size; number++) {
            slots[slot(rows[number])] = number;
        }
    }

    /** Gives the rows in the order of their numbers, in a new array. */
    long[] rows() {
        return Arrays.copyOf(rows, size);
    }
}
