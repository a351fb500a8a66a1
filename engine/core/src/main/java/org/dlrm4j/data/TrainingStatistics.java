package org.dlrm4j.data;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * What the encoding learns from the training data: the values of sparse features, mean and deviation of numbers, bounds of
 * quantile buckets. Fed row after row in the order of the text, so that the result is a function of the text alone.
 */
final class TrainingStatistics {
    /** Quantiles are exact up to so many rows, and those of a random sample of this size beyond. */
    static final int RESERVOIR_ROWS = 100_000;

    private final Schema schema;
    private final ValueCounter[] counters;
    private final Moments[] moments;
    private final Reservoir[] reservoirs;

    TrainingStatistics(Schema schema) {
        this.schema = schema;
        List<SparseFeature> sparse = schema.sparse();
        counters = sparse.stream().map(feature -> feature.hasDictionary() ? new ValueCounter(feature) : null)
                .toArray(ValueCounter[]::new);
        reservoirs = IntStream.range(0, sparse.size())
                .mapToObj(f -> sparse.get(f).quantiles() > 0 ? new Reservoir(f) : null).toArray(Reservoir[]::new);
        moments = schema.dense().stream()
                .map(feature -> feature.transform() == DenseFeature.Transform.STANDARDIZE ? new Moments() : null)
                .toArray(Moments[]::new);
    }

    void addDense(int feature, double number) {
        if (moments[feature] != null && !Double.isNaN(number)) {
            moments[feature].add(number);
        }
    }

    void addBucketed(int feature, double number) {
        if (reservoirs[feature] != null && !Double.isNaN(number)) {
            reservoirs[feature].add(number);
        }
    }

    void addValue(int feature, long value) {
        counters[feature].add(value);
    }

    SampleEncoder encoder() {
        double[] means = new double[moments.length];
        double[] deviations = new double[moments.length];
        for (int i = 0; i < moments.length; i++) {
            if (moments[i] != null) {
                means[i] = moments[i].mean;
                deviations[i] = moments[i].deviation();
            }
        }
        double[][] bounds = bounds(schema);
        ValueDictionary[] dictionaries = new ValueDictionary[counters.length];
        for (int f = 0; f < counters.length; f++) {
            if (reservoirs[f] != null) {
                bounds[f] = reservoirs[f].bounds(schema.sparse().get(f).quantiles());
            }
            dictionaries[f] = counters[f] == null ? null : counters[f].dictionary();
        }
        return new SampleEncoder(schema, means, deviations, bounds, dictionaries);
    }

    /** Gives the bucket bounds that a schema itself states, one array a sparse feature, null for all others. */
    static double[][] bounds(Schema schema) {
        return schema.sparse().stream()
                .map(feature -> feature.boundaries().isEmpty()
                        ? null
                        : feature.boundaries().stream().mapToDouble(Double::doubleValue).toArray())
                .toArray(double[][]::new);
    }

    /** Mean and variance in one pass (Welford, 1962). */
    private static final class Moments {
        private long count;
        private double mean;
        private double squares;

        void add(double x) {
            count++;
            double delta = x - mean;
            mean += delta / count;
            squares += delta * (x - mean);
        }

        double deviation() {
            return count == 0 ? 0 : Math.sqrt(squares / count);
        }
    }

    /** A uniform sample of a stream (Vitter's algorithm R, 1985). */
    private static final class Reservoir {
        private final SplittableRandom random;
        private double[] sample = new double[1024];
        private long count;

        Reservoir(int feature) {
            random = new SplittableRandom(feature);
        }

        void add(double x) {
            if (count < RESERVOIR_ROWS) {
                if (count == sample.length) {
                    sample = Arrays.copyOf(sample, Math.min(RESERVOIR_ROWS, 2 * sample.length));
                }
                sample[(int) count] = x;
            } else {
                long place = random.nextLong(count + 1);
                if (place < RESERVOIR_ROWS) {
                    sample[(int) place] = x;
                }
            }
            count++;
        }

        /** Equal bounds are one: a frequent number makes fewer buckets, not empty ones. */
        double[] bounds(int quantiles) {
            int n = (int) Math.min(count, RESERVOIR_ROWS);
            if (n == 0) {
                return new double[0];
            }
            double[] sorted = Arrays.copyOf(sample, n);
            Arrays.sort(sorted);
            return IntStream.range(1, quantiles).mapToDouble(i -> sorted[(int) ((long) i * n / quantiles)]).distinct()
                    .filter(bound -> bound > sorted[0]).toArray();
        }
    }
}
