package org.dlrm4j.kernels.internal;

import static org.dlrm4j.kernels.internal.Layouts.FLOAT;
import static org.dlrm4j.kernels.internal.Layouts.INT;
import static org.dlrm4j.kernels.internal.Layouts.LONG;

import java.lang.foreign.MemorySegment;
import org.dlrm4j.kernels.Pooling;

/**
 * Groups the positions of a call by table row, in scratch memory of the caller. Each distinct row gets an entry, in the
 * order of first occurrence, with a linked list of its occurrences in the order of their positions. An occurrence holds
 * all that a gradient sum needs: where the bag's gradient starts, and its factor.
 *
 * <p>Scratch layout, in this order: one gradient row padded to {@link #PARTIALS} floats, {@link #PARTIALS} floats for
 * sums of squares, one table row as float32, entries, occurrences, and the slots of an open-addressing hash table at most half full.
 */
public final class RowCoalescer {
    /** Interleaved partial sums of a sum of squares: the lanes of the widest vector. */
    public static final int PARTIALS = 16;

    private static final int ENTRY_BYTES = 16;
    private static final int ENTRY_FIRST = 8;
    private static final int ENTRY_LAST = 12;
    private static final int OCCURRENCE_BYTES = 16;
    private static final int OCCURRENCE_NEXT = 8;
    private static final int OCCURRENCE_SCALE = 12;
    private static final long GOLDEN_RATIO = 0x9E3779B97F4A7C15L;

    private RowCoalescer() {}

    /** Returns the scratch bytes of a call with that many positions. */
    public static long scratchBytes(long occurrences, int dim) {
        return entriesOffset(0, dim) + occurrences * (ENTRY_BYTES + OCCURRENCE_BYTES) + (slots(occurrences) << 2);
    }

    /** Returns the number of positions in the bags. */
    public static int occurrences(MemorySegment offsets, long offsetsOffset, int bags) {
        return offsets.get(INT, offsetsOffset + ((long) bags << 2)) - offsets.get(INT, offsetsOffset);
    }

    /** Returns the floats of {@code dim} rounded up to whole groups of {@link #PARTIALS}. */
    public static int paddedDim(int dim) {
        return (dim + PARTIALS - 1) / PARTIALS * PARTIALS;
    }

    /** Returns the byte where {@link #PARTIALS} floats are free for the caller; the gradient row is at the start. */
    public static long partialsOffset(long scratchOffset, int dim) {
        return scratchOffset + ((long) paddedDim(dim) << 2);
    }

    /** Returns the byte where {@code dim} floats are free for the row that is being updated. */
    public static long rowOffset(long scratchOffset, int dim) {
        return partialsOffset(scratchOffset, dim) + ((long) PARTIALS << 2);
    }

    /** Groups the positions whose row satisfies {@code row % parts == part}; returns the number of distinct rows. */
    public static int coalesce(MemorySegment indices, long indicesOffset, MemorySegment offsets, long offsetsOffset,
            int bags, Pooling pooling, MemorySegment weights, long weightsOffset, long gradOffset,
            long gradStrideBytes, int part, int parts, int dim, MemorySegment scratch, long scratchOffset) {
        final int begin = offsets.get(INT, offsetsOffset);
        final int count = occurrences(offsets, offsetsOffset, bags);
        final long entries = entriesOffset(scratchOffset, dim);
        final long occurrences = occurrencesOffset(entries, count);
        final long slotsOffset = occurrences + (long) count * OCCURRENCE_BYTES;
        final long slots = slots(count);
        final int shift = Long.numberOfLeadingZeros(slots) + 1;
        for (long slot = 0; slot < slots; slot += 2) {
            scratch.set(LONG, slotsOffset + (slot << 2), 0L);
        }
        int distinct = 0;
        int end = begin;
        for (int b = 0; b < bags; b++) {
            final int start = end;
            end = offsets.get(INT, offsetsOffset + ((long) (b + 1) << 2));
            for (int p = start; p < end; p++) {
                final long row = indices.get(LONG, indicesOffset + ((long) p << 3));
                if (parts > 1 && row % parts != part) {
                    continue;
                }
                final int occurrence = p - begin;
                final long at = occurrences + (long) occurrence * OCCURRENCE_BYTES;
                scratch.set(LONG, at, gradOffset + b * gradStrideBytes);
                scratch.set(INT, at + OCCURRENCE_NEXT, -1);
                scratch.set(FLOAT, at + OCCURRENCE_SCALE, scale(pooling, end - start, weights, weightsOffset, p));
                if (append(scratch, entries, occurrences, slotsOffset, slots, shift, row, occurrence, distinct)) {
                    distinct++;
                }
            }
        }
        return distinct;
    }

    /** Returns the factor of a bag's gradient at position {@code p}: weight times one over the length if averaged. */
    public static float scale(Pooling pooling, int length, MemorySegment weights, long weightsOffset, int p) {
        final float weight = weights == null ? 1f : weights.get(FLOAT, weightsOffset + ((long) p << 2));
        return pooling == Pooling.MEAN ? weight * (1f / length) : weight;
    }

    /** Returns the byte of the first entry, to pass to the methods below. */
    public static long entriesOffset(long scratchOffset, int dim) {
        return rowOffset(scratchOffset, dim) + ((long) paddedDim(dim) << 2);
    }

    /** Returns the byte of the first occurrence, to pass to the methods below. */
    public static long occurrencesOffset(long entries, int occurrenceCount) {
        return entries + (long) occurrenceCount * ENTRY_BYTES;
    }

    /** Returns the table row of an entry. */
    public static long row(MemorySegment scratch, long entries, int entry) {
        return scratch.get(LONG, entries + (long) entry * ENTRY_BYTES);
    }

    /** Returns an entry's first occurrence. */
    public static int first(MemorySegment scratch, long entries, int entry) {
        return scratch.get(INT, entries + (long) entry * ENTRY_BYTES + ENTRY_FIRST);
    }

    /** Returns the occurrence after this one, or -1. */
    public static int next(MemorySegment scratch, long occurrences, int occurrence) {
        return scratch.get(INT, occurrences + (long) occurrence * OCCURRENCE_BYTES + OCCURRENCE_NEXT);
    }

    /** Returns the byte where the gradient of an occurrence's bag starts. */
    public static long gradient(MemorySegment scratch, long occurrences, int occurrence) {
        return scratch.get(LONG, occurrences + (long) occurrence * OCCURRENCE_BYTES);
    }

    /** Returns the factor of an occurrence's gradient. */
    public static float scale(MemorySegment scratch, long occurrences, int occurrence) {
        return scratch.get(FLOAT, occurrences + (long) occurrence * OCCURRENCE_BYTES + OCCURRENCE_SCALE);
    }

    /** Adds {@link #PARTIALS} floats in the order of a halving tree: l + (l + 8), then + (l + 4), and so on. */
    public static float tree(MemorySegment scratch, long partials) {
        return (quad(scratch, partials, 0) + quad(scratch, partials, 2))
                + (quad(scratch, partials, 1) + quad(scratch, partials, 3));
    }

    private static float quad(MemorySegment s, long partials, int lane) {
        final long at = partials + ((long) lane << 2);
        return (s.get(FLOAT, at) + s.get(FLOAT, at + 32)) + (s.get(FLOAT, at + 16) + s.get(FLOAT, at + 48));
    }

    private static boolean append(MemorySegment scratch, long entries, long occurrences, long slotsOffset, long slots,
            int shift, long row, int occurrence, int distinct) {
        long slot = row * GOLDEN_RATIO >>> shift;
        while (true) {
            final int entry = scratch.get(INT, slotsOffset + (slot << 2)) - 1;
            if (entry < 0) {
                final long at = entries + (long) distinct * ENTRY_BYTES;
                scratch.set(INT, slotsOffset + (slot << 2), distinct + 1);
                scratch.set(LONG, at, row);
                scratch.set(INT, at + ENTRY_FIRST, occurrence);
                scratch.set(INT, at + ENTRY_LAST, occurrence);
                return true;
            }
            final long at = entries + (long) entry * ENTRY_BYTES;
            if (scratch.get(LONG, at) == row) {
                final int last = scratch.get(INT, at + ENTRY_LAST);
                scratch.set(INT, occurrences + (long) last * OCCURRENCE_BYTES + OCCURRENCE_NEXT, occurrence);
                scratch.set(INT, at + ENTRY_LAST, occurrence);
                return false;
            }
            slot = slot + 1 & slots - 1;
        }
    }

    /** Returns a power of two, at least 2 and at least twice the count. */
    private static long slots(long count) {
        return Long.highestOneBit(Math.max(1, count)) << 2;
    }
}
