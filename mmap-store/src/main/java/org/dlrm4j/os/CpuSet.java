package org.dlrm4j.os;

import java.util.Arrays;
import java.util.BitSet;
import java.util.stream.IntStream;

/**
 * An immutable set of CPU numbers in the kernel's list format: {@code 0-3,8,10-11}. Thread-safe.
 */
public final class CpuSet {
    /** One more than the largest CPU number: eight times what Linux can be built for, and a bound on damaged input. */
    public static final int MAX_CPUS = 1 << 16;

    /** The set without CPUs, whose list is the empty text. */
    public static final CpuSet EMPTY = new CpuSet(new BitSet());

    private static final String EXPECTED = ", expected numbers below " + MAX_CPUS
            + " and ascending ranges such as 0-3,8";

    private final BitSet bits;

    private CpuSet(BitSet bits) {
        this.bits = bits;
    }

    /**
     * Makes a set of the given CPUs.
     *
     * @param cpus CPU numbers, 0 to 65535, in any order
     * @return the set
     * @throws IllegalArgumentException if a number is out of range
     */
    public static CpuSet of(int... cpus) {
        BitSet bits = new BitSet();
        for (int cpu : cpus) {
            if (cpu < 0 || cpu >= MAX_CPUS) {
                throw new IllegalArgumentException("CPU " + cpu + ", expected 0 to " + (MAX_CPUS - 1));
            }
            bits.set(cpu);
        }
        return new CpuSet(bits);
    }

    /**
     * Reads the kernel's list format.
     *
     * @param list for example {@code 0-3,8,10-11}; blanks around it are ignored, the empty text is the empty set
     * @return the set
     * @throws IllegalArgumentException if the text is no such list, naming the column
     */
    public static CpuSet parse(String list) {
        String text = list.strip();
        BitSet bits = new BitSet();
        int at = 0;
        while (at < text.length()) {
            int end = endOfNumber(text, at);
            int first = number(text, at, end);
            int last = first;
            if (end < text.length() && text.charAt(end) == '-') {
                int from = end + 1;
                end = endOfNumber(text, from);
                last = number(text, from, end);
                if (last < first) {
                    throw malformed(text, from);
                }
            }
            bits.set(first, last + 1);
            // A comma must be followed by another number.
            if (end < text.length() && (text.charAt(end) != ',' || end + 1 == text.length())) {
                throw malformed(text, end);
            }
            at = end + 1;
        }
        return new CpuSet(bits);
    }

    private static int endOfNumber(String text, int from) {
        int end = from;
        while (end < text.length() && text.charAt(end) >= '0' && text.charAt(end) <= '9') {
            end++;
        }
        return end;
    }

    private static int number(String text, int from, int end) {
        // Seven digits cannot overflow, and no valid number has more.
        if (end == from || end - from > 7) {
            throw malformed(text, from);
        }
        int number = Integer.parseInt(text, from, end, 10);
        if (number >= MAX_CPUS) {
            throw malformed(text, from);
        }
        return number;
    }

    private static IllegalArgumentException malformed(String text, int at) {
        String shown = text.length() <= 80 ? text : text.substring(0, 80) + "...";
        return new IllegalArgumentException("column " + (at + 1) + " of \"" + shown + "\"" + EXPECTED);
    }

    /** Makes a set of a mask as the kernel writes it: CPU {@code n} is bit {@code n % 64} of word {@code n / 64}. */
    static CpuSet ofMask(long[] mask) {
        return new CpuSet(BitSet.valueOf(mask));
    }

    /** Returns the set as a mask of at least {@code minWords} words. */
    long[] toMask(int minWords) {
        long[] words = bits.toLongArray();
        return words.length >= minWords ? words : Arrays.copyOf(words, minWords);
    }

    /**
     * Returns the number of CPUs.
     *
     * @return 0 or more
     */
    public int size() {
        return bits.cardinality();
    }

    /**
     * Returns whether there are no CPUs.
     *
     * @return {@code true} for the empty set
     */
    public boolean isEmpty() {
        return bits.isEmpty();
    }

    /**
     * Returns whether a CPU is in the set.
     *
     * @param cpu any number
     * @return {@code false} also for numbers that no CPU can have
     */
    public boolean contains(int cpu) {
        return cpu >= 0 && bits.get(cpu);
    }

    /**
     * Returns the smallest CPU number.
     *
     * @return 0 or more, or -1 if the set is empty
     */
    public int first() {
        return bits.nextSetBit(0);
    }

    /**
     * Returns the largest CPU number.
     *
     * @return 0 or more, or -1 if the set is empty
     */
    public int last() {
        return bits.length() - 1;
    }

    /**
     * Returns the CPUs that are in both sets.
     *
     * @param other another set
     * @return the intersection
     */
    public CpuSet and(CpuSet other) {
        BitSet both = (BitSet) bits.clone();
        both.and(other.bits);
        return new CpuSet(both);
    }

    /**
     * Returns the CPUs that are in either set.
     *
     * @param other another set
     * @return the union
     */
    public CpuSet or(CpuSet other) {
        BitSet either = (BitSet) bits.clone();
        either.or(other.bits);
        return new CpuSet(either);
    }

    /**
     * Returns the CPU numbers.
     *
     * @return a stream in ascending order
     */
    public IntStream stream() {
        return bits.stream();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CpuSet set && bits.equals(set.bits);
    }

    @Override
    public int hashCode() {
        return bits.hashCode();
    }

    /**
     * Returns the set in the kernel's list format.
     *
     * @return for example {@code 0-3,8,10-11}; empty for the empty set
     */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (int first = bits.nextSetBit(0); first >= 0;) {
            int end = bits.nextClearBit(first);
            text.append(text.isEmpty() ? "" : ",").append(first);
            if (end - first > 1) {
                text.append('-').append(end - 1);
            }
            first = bits.nextSetBit(end);
        }
        return text.toString();
    }
}
