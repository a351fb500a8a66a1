package org.dlrm4j.cli.compare;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.dlrm4j.data.SampleSource;
import org.dlrm4j.serve.Model;
import org.dlrm4j.serve.Scorer;
import org.dlrm4j.train.Metrics;

/** A saved model on the test part: quality, calibration in bins of equal size, and how long scoring takes. */
final class TestScores {
    private static final int BATCH = 128;
    private static final int BINS = 10;
    /** As in {@link Metrics}: a certain mistake costs this much. */
    private static final double MIN_LOG = -100;
    private static final long MAX_LATENCY_NANOS = 10_000_000_000L;
    private static final int MEASURED_CALLS = 10_000;
    /** Large batches take longer and vary less. */
    private static final int MEASURED_LARGE_CALLS = 500;

    private TestScores() {}

    /**
     * Mean prediction and share of clicks of a tenth of the samples, from the lowest predictions to the highest.
     *
     * @param predicted mean prediction
     * @param observed share of clicks
     */
    record Bin(double predicted, double observed) {}

    /** Quality, calibration, and the loss of each sample. */
    record Quality(Metrics.Summary summary, List<Bin> bins, float[] losses) {}

    static Quality quality(Model model, SampleSource test) {
        final Metrics metrics = new Metrics();
        final int samples = Math.toIntExact(test.samples());
        // Predictions and targets in one key sort together; the lowest bit carries the target along.
        final long[] keys = new long[samples];
        final float[] losses = new float[samples];
        try (Scorer scorer = model.scorer(BATCH)) {
            for (int at = 0; at < samples; at += BATCH) {
                final int m = Math.min(BATCH, samples - at);
                test.read(at, m, scorer.batch());
                final MemorySegment scores = scorer.score();
                for (int i = 0; i < m; i++) {
                    final float prediction = scores.getAtIndex(ValueLayout.JAVA_FLOAT, i);
                    final float target = scorer.batch().targets().getAtIndex(ValueLayout.JAVA_FLOAT, i);
                    metrics.add(prediction, target);
                    losses[at + i] = (float) -Math.max(MIN_LOG,
                            Math.log(target >= 0.5f ? prediction : 1.0 - prediction));
                    keys[at + i] = (long) Float.floatToIntBits(prediction) << 1 | (target >= 0.5f ? 1 : 0);
                }
            }
        }
        return new Quality(metrics.summary(), bins(keys), losses);
    }

    private static List<Bin> bins(long[] keys) {
        Arrays.sort(keys);
        final List<Bin> bins = new ArrayList<>();
        for (int b = 0; b < BINS; b++) {
            final int from = (int) ((long) keys.length * b / BINS);
            final int to = (int) ((long) keys.length * (b + 1) / BINS);
            double predicted = 0;
            double clicks = 0;
            for (int i = from; i < to; i++) {
                predicted += Float.intBitsToFloat((int) (keys[i] >> 1));
                clicks += keys[i] & 1;
            }
            if (to > from) {
                bins.add(new Bin(predicted / (to - from), clicks / (to - from)));
            }
        }
        return bins;
    }

    /** Measures a call of the scorer with samples that lie ready in its batch, one thread. */
    static Map<String, Object> latencies(Model model, SampleSource test) {
        final Map<String, Object> nanos = new LinkedHashMap<>();
        for (int batch : new int[]{1, BATCH}) {
            final Histogram histogram = histogram(model, test, batch);
            nanos.put("batch" + batch + "NanosP50", histogram.getValueAtPercentile(50));
            nanos.put("batch" + batch + "NanosP99", histogram.getValueAtPercentile(99));
        }
        return nanos;
    }

    private static Histogram histogram(Model model, SampleSource test, int batchSize) {
        final Histogram histogram = new Histogram(MAX_LATENCY_NANOS, 3);
        final int m = (int) Math.min(batchSize, test.samples());
        try (Scorer scorer = model.scorer(m)) {
            final int calls = batchSize == 1 ? MEASURED_CALLS : MEASURED_LARGE_CALLS;
            long at = 0;
            for (int call = -calls / 2; call < calls; call++) {
                test.read(at, m, scorer.batch());
                at = at + 2L * m <= test.samples() ? at + m : 0;
                final long startNanos = System.nanoTime();
                scorer.score();
                final long nanos = System.nanoTime() - startNanos;
                // Calls below zero warm up.
                if (call >= 0) {
                    histogram.recordValue(Math.min(nanos, MAX_LATENCY_NANOS));
                }
            }
        }
        return histogram;
    }
}
