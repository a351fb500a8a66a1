package org.dlrm4j.cli.compare;

import java.util.LinkedHashMap;
import java.util.Map;
import org.dlrm4j.train.LearningRateSchedule;
import org.dlrm4j.train.OptimizerKind;

/**
 * What every run of a comparison may spend, the same for all.
 *
 * @param batchSize samples of a step
 * @param epochs passes over the training part
 * @param optimizer how gradients become updates
 * @param evaluations evaluations on the validation part, equally spaced
 * @param patience evaluations without improvement that end a run; 0 for never
 */
record ComparisonBudget(int batchSize, int epochs, OptimizerKind optimizer, int evaluations, int patience) {
    private static final int WARM_UP_SHARE = 20;

    ComparisonBudget {
        if (batchSize < 1 || epochs < 1 || evaluations < 1 || patience < 0) {
            throw new IllegalArgumentException("batches of " + batchSize + " samples, " + epochs + " epochs and "
                    + evaluations + " evaluations must be 1 or more, patience " + patience + " 0 or more");
        }
    }

    long samples(ComparisonData data) {
        return data.train().samples() * epochs;
    }

    private long steps(ComparisonData data) {
        return (data.train().samples() + batchSize - 1) / batchSize * epochs;
    }

    long evaluateEverySteps(ComparisonData data) {
        return Math.max(1, (steps(data) + evaluations - 1) / evaluations);
    }

    /**
     * Returns the rate of each step: it rises over the first twentieth, since Adagrad's first steps are as large as the rate
     * whatever the gradient, and falls quadratically over the second half.
     */
    LearningRateSchedule schedule(ComparisonData data, float learningRate) {
        final long steps = steps(data);
        final long half = steps / 2;
        return new LearningRateSchedule(learningRate, steps / WARM_UP_SHARE, half, steps - half);
    }

    Map<String, Object> describe() {
        final Map<String, Object> described = new LinkedHashMap<>();
        described.put("batch size", String.valueOf(batchSize));
        described.put("epochs", String.valueOf(epochs));
        described.put("optimizer", optimizer.name().toLowerCase(java.util.Locale.ROOT));
        described.put("evaluations", String.valueOf(evaluations));
        described.put("patience", String.valueOf(patience));
        return described;
    }
}
