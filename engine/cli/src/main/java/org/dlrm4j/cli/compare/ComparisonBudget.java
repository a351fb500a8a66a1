package org.dlrm4j.cli.compare;

import java.util.LinkedHashMap;
import java.util.Map;
import org.dlrm4j.train.LearningRateSchedule;

/**
 * What every run of a comparison may spend, the same for all.
 *
 * @param batchSize samples of a step
 * @param epochs most passes over the training part
 * @param evaluations evaluations on the validation part, equally spaced
 * @param patience evaluations without improvement that end a run; 0 for never
 */
record ComparisonBudget(int batchSize, int epochs, int evaluations, int patience) {
    private static final int WARM_UP_SHARE = 20;

    ComparisonBudget {
        if (batchSize < 1 || epochs < 1 || evaluations < 1 || patience < 0) {
            throw new IllegalArgumentException("batches of " + batchSize + " samples, " + epochs + " epochs and "
                    + evaluations + " evaluations must be 1 or more, patience " + patience + " 0 or more");
        }
    }

    /** Returns the most samples of a run. */
    long samples(ComparisonData data, ModelSettings settings) {
        return data.train().samples() * epochs(settings);
    }

    /** Returns the passes of a run: those of its settings, as far as the budget goes. */
    int epochs(ModelSettings settings) {
        return Math.min(epochs, settings.passes());
    }

    private long steps(ComparisonData data, ModelSettings settings) {
        return (data.train().samples() + batchSize - 1) / batchSize * epochs(settings);
    }

    long evaluateEverySteps(ComparisonData data, ModelSettings settings) {
        return Math.max(1, (steps(data, settings) + evaluations - 1) / evaluations);
    }

    /**
     * Returns the rate of each step: it rises over the first twentieth, since Adagrad's first steps are as large as the rate
     * whatever the gradient, and falls quadratically over the second half. FTRL's is constant.
     */
    LearningRateSchedule schedule(ComparisonData data, ModelSettings settings) {
        if (settings.optimizerSettings().needsConstantRate()) {
            return LearningRateSchedule.constant(settings.learningRate());
        }
        final long steps = steps(data, settings);
        final long half = steps / 2;
        return new LearningRateSchedule(settings.learningRate(), steps / WARM_UP_SHARE, half, steps - half);
    }

    Map<String, Object> describe() {
        final Map<String, Object> described = new LinkedHashMap<>();
        described.put("batch size", String.valueOf(batchSize));
        described.put("epochs", String.valueOf(epochs));
        described.put("evaluations", String.valueOf(evaluations));
        described.put("patience", String.valueOf(patience));
        return described;
    }
}
