package org.dlrm4j.data;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Rows of which each comes from one of several streams, chosen by chance. Not thread-safe. */
public final class MixtureRows implements RowStream {
    private final AliasSampler choice;
    private final List<RowStream> parts;
    private final long seed;
    private SplittableRandom random;

    /**
     * Makes a mixture.
     *
     * @param weights weight of each stream, 0 or more; they need not sum to 1
     * @param parts   the streams, which the mixture owns from here on
     * @param seed    seed of the choice
     * @throws IllegalArgumentException if there are not as many weights as streams, a weight is negative, or all are 0
     */
    public MixtureRows(double[] weights, List<? extends RowStream> parts, long seed) {
        double sum = Arrays.stream(weights).sum();
        if (weights.length != parts.size() || Arrays.stream(weights).anyMatch(weight -> !(weight >= 0))
                || !(sum > 0 && sum < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "weights " + Arrays.toString(weights) + " of a mixture of " + parts.size()
                            + " streams, expected one a stream, 0 or more, not all 0");
        }
        this.choice = new AliasSampler(weights);
        this.parts = List.copyOf(parts);
        this.seed = seed;
        restart();
    }

    @Override
    public long next() {
        return parts.get(choice.sample(random.nextLong())).next();
    }

    @Override
    public void restart() {
        random = new SplittableRandom(seed);
        parts.forEach(RowStream::restart);
    }
}
