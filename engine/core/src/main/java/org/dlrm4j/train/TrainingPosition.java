package org.dlrm4j.train;

/**
 * Where a training run stands.
 *
 * @param epoch the pass over the data, from 0
 * @param batch the next batch of that pass
 * @param step optimizer steps done
 * @param bestAuc the best AUC of an evaluation so far, 0 before the first
 * @param evaluationsSinceBest evaluations since then
 */
public record TrainingPosition(int epoch, long batch, long step, double bestAuc, int evaluationsSinceBest) {
    /** The start of a run. */
    public static final TrainingPosition START = new TrainingPosition(0, 0, 0, 0, 0);

    TrainingPosition afterStep(long batchesPerEpoch) {
        final boolean last = batch + 1 == batchesPerEpoch;
        return new TrainingPosition(last ? epoch + 1 : epoch, last ? 0 : batch + 1, step + 1, bestAuc,
                evaluationsSinceBest);
    }

    TrainingPosition afterEvaluation(double auc) {
        return auc > bestAuc
                ? new TrainingPosition(epoch, batch, step, auc, 0)
                : new TrainingPosition(epoch, batch, step, bestAuc, evaluationsSinceBest + 1);
    }
}
