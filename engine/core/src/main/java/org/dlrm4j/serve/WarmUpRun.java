package org.dlrm4j.serve;

import java.time.Duration;
import java.util.SplittableRandom;
import org.dlrm4j.data.FeatureDictionary;
import org.dlrm4j.model.ModelConfig;

/** Scores made-up requests until calls stop getting faster, in the ways that an application will. */
final class WarmUpRun {
    /** Few, so that a model larger than memory is not read from its disk for this. */
    private static final int REQUESTS = 64;

    private static final long STRETCH_NANOS = 20_000_000;
    /** Compilations wait in a queue: so long nothing may happen although something is still to come. */
    private static final int STRETCHES_WITHOUT_GAIN = 15;
    private static final double GAIN = 0.98;
    /** The optimizing compiler looks at a method after some thousand calls. */
    private static final int MIN_SAMPLES = 20_000;
    private static final int MIN_CALLS = 100;
    private static final int MAX_COUNT = 100;

    private final Scorer scorer;
    private final float[][] dense = new float[REQUESTS][];
    private final long[][] rows = new long[REQUESTS][];
    private final int[][] counts = new int[REQUESTS][];
    private final CharSequence[][] values = new CharSequence[REQUESTS][];
    private final int[] records;
    private final int recordInts;
    private final boolean raw;

    /** Makes requests; values are ones that the model knows, if {@code dictionaries} is not null. */
    WarmUpRun(Scorer scorer, ModelConfig config, FeatureDictionary[] dictionaries) {
        this.scorer = scorer;
        raw = dictionaries != null && knowSomething(dictionaries);
        final long[] tableRows = config.rows();
        recordInts = 1 + config.denseFeatures() + tableRows.length;
        records = new int[REQUESTS * recordInts];
        final SplittableRandom random = new SplittableRandom(1);
        for (int r = 0; r < REQUESTS; r++) {
            dense[r] = new float[config.denseFeatures()];
            counts[r] = new int[config.denseFeatures()];
            rows[r] = new long[tableRows.length];
            values[r] = new CharSequence[tableRows.length];
            for (int i = 0; i < config.denseFeatures(); i++) {
                counts[r][i] = random.nextInt(MAX_COUNT);
                dense[r][i] = (float) Math.log1p(counts[r][i]);
                records[r * recordInts + 1 + i] = counts[r][i];
            }
            for (int f = 0; f < tableRows.length; f++) {
                rows[r][f] = random.nextLong(tableRows[f]);
                if (raw) {
                    final int hash = dictionaries[f].value(random.nextInt(dictionaries[f].size()));
                    values[r][f] = String.format("%08x", hash);
                    records[r * recordInts + 1 + config.denseFeatures() + f] = hash;
                }
            }
        }
    }

    private static boolean knowSomething(FeatureDictionary[] dictionaries) {
        for (FeatureDictionary dictionary : dictionaries) {
            if (dictionary.size() == 0) {
                return false;
            }
        }
        return true;
    }

    WarmUp run(int samples, Duration budget) {
        final long minCalls = Math.max(MIN_CALLS, MIN_SAMPLES / samples);
        final long startNanos = System.nanoTime();
        long calls = 0;
        long firstNanos = 0;
        double fastestNanos = Double.MAX_VALUE;
        int withoutGain = 0;
        long now = startNanos;
        while (now - startNanos < budget.toNanos() && (withoutGain < STRETCHES_WITHOUT_GAIN || calls < minCalls)) {
            final long stretchStart = now;
            final long callsBefore = calls;
            while (now - stretchStart < STRETCH_NANOS) {
                call(samples, calls++);
                now = System.nanoTime();
                if (calls == 1) {
                    firstNanos = now - startNanos;
                }
            }
            final double nanos = (double) (now - stretchStart) / (calls - callsBefore);
            withoutGain = nanos < GAIN * fastestNanos ? 0 : withoutGain + 1;
            fastestNanos = Math.min(fastestNanos, nanos);
        }
        final boolean steady = withoutGain >= STRETCHES_WITHOUT_GAIN && calls >= minCalls;
        return new WarmUp(samples, calls, Duration.ofNanos(firstNanos),
                calls == 0 ? Duration.ZERO : Duration.ofNanos(Math.round(fastestNanos)),
                Duration.ofNanos(now - startNanos), steady);
    }

    /** Scores one request. */
    void call(int samples, long number) {
        final int request = (int) (number % REQUESTS);
        if (samples == 1) {
            // Raw values and row numbers take different ways to the batch.
            if (raw) {
                scorer.scoreRaw(counts[request], values[request]);
            } else {
                scorer.score(dense[request], rows[request]);
            }
            return;
        }
        scorer.batch().begin(samples);
        for (int s = 0; s < samples; s++) {
            final int r = (request + s) % REQUESTS;
            if (raw) {
                scorer.addRecord(s, records, r * recordInts);
            } else {
                addRows(s, r);
            }
        }
        scorer.score();
    }

    private void addRows(int sample, int request) {
        for (int i = 0; i < dense[request].length; i++) {
            scorer.batch().setDense(sample, i, dense[request][i]);
        }
        for (int f = 0; f < rows[request].length; f++) {
            scorer.batch().addIndex(f, rows[request][f]);
            scorer.batch().endBag(f);
        }
    }
}
