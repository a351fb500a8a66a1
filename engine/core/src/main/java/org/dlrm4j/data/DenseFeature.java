package org.dlrm4j.data;

/**
 * A dense feature: one number a sample.
 *
 * @param column    the column it is read from
 * @param transform what is done to the number
 * @param fill      the number that takes a missing one's place, before the transform; NaN for the mean of the training data
 *                  under {@link Transform#STANDARDIZE} and 0 otherwise
 */
public record DenseFeature(String column, Transform transform, double fill) {
    /** What is done to a number. */
    public enum Transform {
        /** {@code x}. */
        NONE,
        /**
         * {@code log(1 + max(x, 0))}, as the reference does to Criteo's counts: of whole numbers in float32, as
         * {@link ClickLog#logarithm}.
         */
        LOG1P,
        /** {@code (x - mean) / deviation}, both of the training data; 0 where the deviation is 0. */
        STANDARDIZE
    }

    /**
     * Computes the feature.
     *
     * @param number    the field, NaN if it is missing
     * @param mean      mean of the training data
     * @param deviation its standard deviation
     */
    float value(double number, double mean, double deviation) {
        double x = number;
        if (Double.isNaN(x)) {
            x = !Double.isNaN(fill) ? fill : transform == Transform.STANDARDIZE ? mean : 0;
        }
        return switch (transform) {
            case NONE -> (float) x;
            case LOG1P -> x == (int) x ? ClickLog.logarithm((int) x) : (float) Math.log1p(Math.max(x, 0));
            case STANDARDIZE -> deviation == 0 ? 0 : (float) ((x - mean) / deviation);
        };
    }
}
