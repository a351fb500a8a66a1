package org.dlrm4j.data.trace;

/**
 * A set of positions that counts and finds its members by rank: bits, with a tree over the numbers of members in blocks of 512
 * positions. A count or a search costs the logarithm of the number of blocks and at most eight words; the tree of 100 million
 * positions has 1.6 MB and stays in the caches.
 */
final class RankedBits {
    private static final int BLOCK_SHIFT = 9;
    private static final int BLOCK_WORDS = 1 << BLOCK_SHIFT - 6;

    private final long[] words;
    private final FenwickTree blocks;
    private int size;

    /** Makes a set whose members are the positions {@code [0, members)} of {@code [0, capacity)}. */
    RankedBits(int capacity, int members) {
        int blockCount = (capacity + (1 << BLOCK_SHIFT) - 1) >>> BLOCK_SHIFT;
        words = new long[blockCount * BLOCK_WORDS];
        blocks = new FenwickTree(blockCount);
        fill(members);
    }

    /** Makes the positions {@code [0, members)} the only members. */
    void fill(int members) {
        for (int w = 0; w < words.length; w++) {
            int set = Math.clamp(members - ((long) w << 6), 0, 64);
            words[w] = set == 0 ? 0 : -1L >>> 64 - set;
        }
        long[] counts = new long[words.length / BLOCK_WORDS];
        for (int b = 0; b < counts.length; b++) {
            counts[b] = Math.clamp(members - ((long) b << BLOCK_SHIFT), 0, 1 << BLOCK_SHIFT);
        }
        blocks.fill(counts);
        size = members;
    }

    int size() {
        return size;
    }

    /** Adds a position that is no member. */
    void add(int position) {
        words[position >>> 6] |= 1L << position;
        blocks.add(position >>> BLOCK_SHIFT, 1);
        size++;
    }

    /** Removes a member. */
    void remove(int position) {
        words[position >>> 6] &= ~(1L << position);
        blocks.add(position >>> BLOCK_SHIFT, -1);
        size--;
    }

    /** Finds the first member that is not before a position; there must be one. */
    int next(int position) {
        int word = position >>> 6;
        long bits = words[word] & -1L << position;
        while (bits == 0) {
            bits = words[++word];
        }
        return (word << 6) + Long.numberOfTrailingZeros(bits);
    }

    /** Counts members before a position. */
    int rank(int position) {
        int block = position >>> BLOCK_SHIFT;
        int rank = (int) blocks.sumBefore(block);
        int word = position >>> 6;
        for (int w = block * BLOCK_WORDS; w < word; w++) {
            rank += Long.bitCount(words[w]);
        }
        return rank + Long.bitCount(words[word] & (1L << position) - 1);
    }

    /** Finds the member that has so many others before it; {@code 0 <= rank < size()}. */
    int select(int rank) {
        int block = blocks.find(rank);
        int left = rank - (int) blocks.sumBefore(block);
        int word = block * BLOCK_WORDS;
        for (int inWord = Long.bitCount(words[word]); inWord <= left; inWord = Long.bitCount(words[word])) {
            left -= inWord;
            word++;
        }
        return (word << 6) + Long.numberOfTrailingZeros(Long.expand(1L << left, words[word]));
    }
}
