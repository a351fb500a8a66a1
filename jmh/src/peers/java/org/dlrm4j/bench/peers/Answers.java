package org.dlrm4j.bench.peers;

/** Compares the outputs of two engines. */
final class Answers {
    /** Outputs that all look alike would agree whatever the embeddings were. */
    private static final float LEAST_RANGE = 0.01f;

    private Answers() {}

    /**
     * Returns the largest difference between two answers.
     *
     * @return infinity if an answer is not finite, lengths differ, or all of ours are nearly the same
     */
    static double maxDifference(float[] ours, float[] theirs) {
        if (ours.length != theirs.length) {
            return Double.POSITIVE_INFINITY;
        }
        float least = Float.POSITIVE_INFINITY;
        float most = Float.NEGATIVE_INFINITY;
        double difference = 0;
        for (int i = 0; i < ours.length; i++) {
            if (!Float.isFinite(ours[i]) || !Float.isFinite(theirs[i])) {
                return Double.POSITIVE_INFINITY;
            }
            least = Math.min(least, ours[i]);
            most = Math.max(most, ours[i]);
            difference = Math.max(difference, Math.abs((double) ours[i] - theirs[i]));
        }
        return most - least < LEAST_RANGE ? Double.POSITIVE_INFINITY : difference;
    }
}
