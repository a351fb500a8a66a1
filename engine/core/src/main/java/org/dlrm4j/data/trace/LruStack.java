package org.dlrm4j.data.trace;

import java.util.Arrays;

/**
 * The stack of a least-recently-used cache: elements in the order of their last access, searched from either side in
 * {@code O(log n)}. Elements are numbered from 0 in the order in which they come.
 *
 * <p>An access takes the next position of a line of positions, and the element's former one becomes empty. When the line is
 * used up, positions are dealt anew without the empty ones, so memory follows the number of elements and not the number of
 * accesses: at most 23 bytes an element.
 */
final class LruStack {
    private static final int MIN_POSITIONS = 1 << 10;
    private static final int MAX_POSITIONS = Integer.MAX_VALUE - 8;

    private int[] positionOf;
    private int[] elementAt;
    private RankedBits occupied;
    private int next;

    /** Makes an empty stack. */
    LruStack() {
        this(0);
    }

    /** Makes a stack of the elements {@code 0 … elements - 1}, of which 0 is the deepest. */
    LruStack(int elements) {
        int positions = positionsFor(elements);
        positionOf = new int[Math.max(elements, MIN_POSITIONS / 2)];
        elementAt = new int[positions];
        occupied = new RankedBits(positions, elements);
        for (int e = 0; e < elements; e++) {
            positionOf[e] = e;
            elementAt[e] = e;
        }
        next = elements;
    }

    private static int positionsFor(int elements) {
        return Math.clamp(2L * elements, MIN_POSITIONS, MAX_POSITIONS);
    }

    int size() {
        return occupied.size();
    }

    /** Tells the positions that there is memory for. */
    int capacity() {
        return elementAt.length;
    }

    /** Puts the next element, whose number is the present size, on top. */
    void push() {
        int element = size();
        if (element == positionOf.length) {
            positionOf = Arrays.copyOf(positionOf, (int) Math.min(element + element / 2L, MAX_POSITIONS));
        }
        takeTop(element);
    }

    /** Tells how deep an element lies: the top has depth 1. */
    int depth(int element) {
        return size() - occupied.rank(positionOf[element]);
    }

    /** Finds the element at a depth, {@code 1 <= depth <= size()}. */
    int at(int depth) {
        return elementAt[occupied.select(size() - depth)];
    }

    /** Moves an element to the top. */
    void touch(int element) {
        if (positionOf[element] != next - 1) {
            occupied.remove(positionOf[element]);
            takeTop(element);
        }
    }

    private void takeTop(int element) {
        if (next == elementAt.length) {
            compact();
        }
        positionOf[element] = next;
        elementAt[next] = element;
        occupied.add(next++);
    }

    /** Deals positions anew, to all that have one. */
    private void compact() {
        int members = size();
        for (int kept = 0, position = 0; kept < members; kept++, position++) {
            position = occupied.next(position);
            int element = elementAt[position];
            positionOf[element] = kept;
            elementAt[kept] = element;
        }
        int positions = positionsFor(members + 1);
        if (positions > elementAt.length) {
            // Twice what is needed now: growth and dealing cost a constant an access.
            positions = (int) Math.min(2L * positions, MAX_POSITIONS);
            elementAt = Arrays.copyOf(elementAt, positions);
            occupied = new RankedBits(positions, members);
        } else {
            occupied.fill(members);
        }
        next = members;
    }
}
