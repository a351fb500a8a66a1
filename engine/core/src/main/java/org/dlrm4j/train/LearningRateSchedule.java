package org.dlrm4j.train;

/**
 * Linear warm-up, then constant, then polynomial decay of power 2, as MLPerf's DLRM. The rate of step {@code c = 1, 2, …} is
 *
 * <pre>
 * c &lt; warmupSteps                        base · c / warmupSteps
 * decayStart ≤ c &lt; decayStart + decaySteps   max(1e-7, base · ((decaySteps − (c − decayStart)) / decaySteps)²)
 * after the decay                         the decay's last rate
 * otherwise                               base
 * </pre>
 *
 * <p>The reference holds the warm-up's last rate, {@code base · (warmupSteps − 1) / warmupSteps}, between warm-up and decay,
 * and fails without warm-up; here it is {@code base}.
 *
 * @param base the rate
 * @param warmupSteps steps of warm-up, 0 for none
 * @param decayStart step at which the decay starts
 * @param decaySteps steps of decay, 0 for none
 */
public record LearningRateSchedule(float base, long warmupSteps, long decayStart, long decaySteps) {
    private static final double FLOOR = 1e-7;

    /**
     * Checks the schedule.
     *
     * @throws IllegalArgumentException naming the value that is wrong
     */
    public LearningRateSchedule {
        if (!(base > 0) || Float.isInfinite(base)) {
            throw new IllegalArgumentException("learning rate is " + base + ", expected a positive number");
        }
        if (warmupSteps < 0 || decayStart < 0 || decaySteps < 0) {
            throw new IllegalArgumentException(
                    "negative steps in " + warmupSteps + ", " + decayStart + ", " + decaySteps);
        }
        if (decaySteps > 0 && warmupSteps > decayStart) {
            throw new IllegalArgumentException(
                    "the decay starts at step " + decayStart + ", before the warm-up ends at step "
                            + warmupSteps + "; start it later or warm up for fewer steps");
        }
    }

    /**
     * Returns a constant rate.
     *
     * @param base the rate
     * @return the schedule
     */
    public static LearningRateSchedule constant(float base) {
        return new LearningRateSchedule(base, 0, 0, 0);
    }

    /**
     * Returns whether all steps have the same rate.
     *
     * @return false if there is a warm-up or a decay
     */
    public boolean isConstant() {
        return warmupSteps == 0 && decaySteps == 0;
    }

    /**
     * Returns the rate of a step.
     *
     * @param step number of the step, from 1
     * @return the rate
     */
    public float rate(long step) {
        if (step < warmupSteps) {
            return (float) ((double) base * step / warmupSteps);
        }
        if (decaySteps > 0 && step >= decayStart) {
            final long decayed = Math.min(step - decayStart, decaySteps - 1);
            final double left = (double) (decaySteps - decayed) / decaySteps;
            return (float) Math.max(FLOOR, base * left * left);
        }
        return base;
    }
}
