package org.dlrm4j.data;

import java.util.Arrays;

/** Rows of training text, as far as statistics need them: numbers and value hashes, row after row. */
final class LearningChunk extends RowChunk {
    private final Schema schema;
    private double[] numbers = new double[1024];
    private long[] values = new long[1024];
    private int[] bagSizes = new int[1024];
    private int numberCount;
    private int valueCount;
    private int bagCount;

    LearningChunk(int bytes, Schema schema) {
        super(bytes, new RowParser(schema, TrainingStatistics.bounds(schema)));
        this.schema = schema;
    }

    @Override
    void clear() {
        numberCount = 0;
        valueCount = 0;
        bagCount = 0;
    }

    @Override
    void accept(RowParser row) {
        int dense = schema.dense().size();
        int sparse = schema.sparse().size();
        if (numberCount + dense + sparse > numbers.length) {
            numbers = Arrays.copyOf(numbers, 2 * (numberCount + dense + sparse));
        }
        if (bagCount + sparse > bagSizes.length) {
            bagSizes = Arrays.copyOf(bagSizes, 2 * (bagCount + sparse));
        }
        for (int i = 0; i < dense; i++) {
            numbers[numberCount++] = row.dense(i);
        }
        for (int f = 0; f < sparse; f++) {
            SparseFeature feature = schema.sparse().get(f);
            if (feature.hasDictionary()) {
                addBag(row, f);
            } else if (feature.quantiles() > 0) {
                numbers[numberCount++] = row.bucketed(f);
            }
        }
    }

    private void addBag(RowParser row, int feature) {
        int size = row.bagEnd(feature) - row.bagStart(feature);
        if (valueCount + size > values.length) {
            values = Arrays.copyOf(values, 2 * (valueCount + size));
        }
        for (int p = row.bagStart(feature); p < row.bagEnd(feature); p++) {
            values[valueCount++] = row.value(p);
        }
        bagSizes[bagCount++] = size;
    }

    /** Adds the first samples to statistics. */
    void addTo(TrainingStatistics statistics, int count) {
        int number = 0;
        int value = 0;
        int bag = 0;
        for (int s = 0; s < count; s++) {
            for (int i = 0; i < schema.dense().size(); i++) {
                statistics.addDense(i, numbers[number++]);
            }
            for (int f = 0; f < schema.sparse().size(); f++) {
                SparseFeature feature = schema.sparse().get(f);
                if (feature.hasDictionary()) {
                    for (int size = bagSizes[bag++]; size > 0; size--) {
                        statistics.addValue(f, values[value++]);
                    }
                } else if (feature.quantiles() > 0) {
                    statistics.addBucketed(f, numbers[number++]);
                }
            }
        }
    }
}
