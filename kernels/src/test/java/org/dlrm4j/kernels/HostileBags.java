package org.dlrm4j.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Arguments of a lookup that may be wrong in any way, in memory that ends at an inaccessible page, and whether they are right by
 * the plain definition. Reuses its memory: for very many calls.
 */
final class HostileBags {
    static final int MAX_BAGS = 9;
    static final int MAX_INDICES = 64;

    private final SplittableRandom random;
    private final long rows;
    private final MemorySegment allIndices;
    private final MemorySegment allOffsets;
    private final MemorySegment allWeights;
    private long[] indexValues;
    private int[] offsetValues;
    private float[] weightValues;

    MemorySegment indices;
    MemorySegment offsets;
    MemorySegment weights;
    long indexCount;
    int bags;
    Pooling pooling;

    HostileBags(GuardPages pages, SplittableRandom random, long rows) {
        this.random = random;
        this.rows = rows;
        allIndices = pages.allocate((long) MAX_INDICES << 3);
        allOffsets = pages.allocate((MAX_BAGS + 1L) << 2);
        allWeights = pages.allocate((long) MAX_INDICES << 2);
    }

    /** Draws right arguments, and makes one or two of their numbers wrong in every other draw. */
    void draw() {
        bags = random.nextInt(MAX_BAGS + 1);
        offsetValues = new int[bags + 1];
        offsetValues[0] = random.nextInt(3);
        for (int b = 0; b < bags; b++) {
            offsetValues[b + 1] = offsetValues[b] + random.nextInt(random.nextBoolean() ? 2 : 7);
        }
        indexCount = offsetValues[bags] + random.nextInt(2);
        indexValues = new long[(int) indexCount];
        Arrays.setAll(indexValues, p -> random.nextLong(rows));
        weightValues = random.nextBoolean() ? Seeds.floats(random, indexValues.length) : null;
        pooling = random.nextBoolean() ? Pooling.MEAN : Pooling.SUM;
        for (int wrongs = random.nextBoolean() ? random.nextInt(1, 3) : 0; wrongs > 0; wrongs--) {
            spoil();
        }
        indices = end(allIndices, (long) indexValues.length << 3);
        offsets = end(allOffsets, (long) offsetValues.length << 2);
        weights = weightValues == null ? null : end(allWeights, (long) weightValues.length << 2);
        MemorySegment.copy(indexValues, 0, indices, ValueLayout.JAVA_LONG_UNALIGNED, 0, indexValues.length);
        MemorySegment.copy(offsetValues, 0, offsets, ValueLayout.JAVA_INT_UNALIGNED, 0, offsetValues.length);
        if (weightValues != null) {
            MemorySegment.copy(weightValues, 0, weights, ValueLayout.JAVA_FLOAT_UNALIGNED, 0, weightValues.length);
        }
    }

    private void spoil() {
        switch (random.nextInt(6)) {
            case 0, 1 -> {
                if (indexValues.length > 0) {
                    indexValues[random.nextInt(indexValues.length)] = wrongIndex();
                }
            }
            case 2, 3 -> offsetValues[random.nextInt(offsetValues.length)] = wrongOffset();
            case 4 -> indexCount = switch (random.nextInt(6)) {
                case 0 -> -1;
                case 1 -> indexCount - 1;
                case 2 -> indexCount + 1;
                case 3 -> Integer.MAX_VALUE;
                case 4 -> 1L << 31;
                // Eight times as many bytes are 0 in 64 bits.
                default -> 1L << 61;
            };
            default -> bags = switch (random.nextInt(5)) {
                case 0 -> -1;
                case 1 -> Math.max(0, bags - 1);
                case 2 -> bags + 1;
                case 3 -> Integer.MIN_VALUE;
                default -> Integer.MAX_VALUE;
            };
        }
    }

    private long wrongIndex() {
        return switch (random.nextInt(8)) {
            case 0 -> -1;
            case 1 -> rows;
            case 2 -> 1L << 31;
            case 3 -> (1L << 32) + random.nextLong(rows);
            case 4 -> Long.MAX_VALUE;
            case 5 -> Long.MIN_VALUE + random.nextLong(rows);
            // Times the length of a row this is a row of the table again in 64 bits.
            case 6 -> (1L << 58) + random.nextLong(rows);
            default -> random.nextLong();
        };
    }

    private int wrongOffset() {
        return switch (random.nextInt(6)) {
            case 0 -> -1;
            case 1 -> Integer.MAX_VALUE;
            case 2 -> Integer.MIN_VALUE;
            case 3 -> indexValues.length + 1;
            case 4 -> random.nextInt(MAX_INDICES);
            default -> random.nextInt();
        };
    }

    private static MemorySegment end(MemorySegment all, long bytes) {
        return all.asSlice(all.byteSize() - bytes);
    }

    /** Whether the definition gives these arguments a meaning. */
    boolean areRight() {
        if (bags < 0 || bags >= offsetValues.length || indexCount < 0 || indexCount > indexValues.length
                || offsetValues[0] < 0) {
            return false;
        }
        for (int b = 0; b < bags; b++) {
            if (offsetValues[b + 1] < offsetValues[b]) {
                return false;
            }
        }
        if (offsetValues[bags] > indexCount) {
            return false;
        }
        for (int p = offsetValues[0]; p < offsetValues[bags]; p++) {
            if (indexValues[p] < 0 || indexValues[p] >= rows) {
                return false;
            }
        }
        return true;
    }

    /** Right arguments, for oracles. */
    Bags bags(int dim) {
        return new Bags((int) rows, dim, indexValues, Arrays.copyOf(offsetValues, bags + 1), weightValues, pooling);
    }

    @Override
    public String toString() {
        return "rows " + rows + ", bags " + bags + ", offsets " + Arrays.toString(offsetValues) + ", index count "
                + indexCount + ", indices " + Arrays.toString(indexValues);
    }
}
