package org.dlrm4j.cli.compare;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Random search (Bergstra and Bengio 2012) over learning rate, passes, weight decay, embedding width and dropout. The first
 * trial is what the search starts from, so it cannot end below that on the validation part. Trials are a function of the
 * model: a search that is resumed, or asked for more trials, begins with the same ones.
 */
final class SettingsSearch {
    /** The learning rate is log-uniform between these. */
    static final double MIN_LEARNING_RATE = 0.003;
    static final double MAX_LEARNING_RATE = 0.3;
    /** Weight decay is 0 in every other trial, else log-uniform between these. */
    static final double MIN_L2 = 1e-7;
    static final double MAX_L2 = 1e-2;
    /** Over how many passes the rate may fall. */
    static final List<Integer> PASSES = List.of(1, 2, 3, 5, 10);
    /** The widths to draw from. */
    static final List<Integer> DIMS = List.of(2, 4, 8, 16);
    /** The shares to draw from. */
    static final List<Float> DROPOUTS = List.of(0f, 0.1f, 0.2f, 0.4f);
    /** The ranges in words. */
    static final String RANGES = "lr log-uniform from 0.003 to 0.3; l2 0 or log-uniform from 1e-7 to 1e-2; passes 1, 2, 3, 5 or 10; "
            + "dim 2, 4, 8 or 16; dropout 0, 0.1, 0.2 or 0.4";

    private static final long SEED = 0x5eac4L;

    private SettingsSearch() {}

    /** Returns different settings to try, {@code start} first. */
    static List<ModelSettings> trials(ComparedModel model, ModelSettings start, int count) {
        final SplittableRandom random = new SplittableRandom(SEED + model.kind().ordinal());
        final Map<String, ModelSettings> trials = new LinkedHashMap<>();
        trials.put(start.text(model), start);
        while (trials.size() < count) {
            final float rate = logUniform(random, MIN_LEARNING_RATE, MAX_LEARNING_RATE);
            final float decay = logUniform(random, MIN_L2, MAX_L2);
            final int passes = PASSES.get(random.nextInt(PASSES.size()));
            final float l2 = random.nextBoolean() ? decay : 0;
            final ModelSettings drawn = new ModelSettings(rate, start.optimizer(), passes, l2,
                    new ModelSettings.Part(start.embeddings().rateFactor(), l2),
                    new ModelSettings.Part(start.wide().rateFactor(), l2), DIMS.get(random.nextInt(DIMS.size())),
                    start.rows(), start.widths(),
                    DROPOUTS.get(random.nextInt(DROPOUTS.size())), start.crosses());
            trials.putIfAbsent(drawn.text(model), drawn);
        }
        return new ArrayList<>(trials.values());
    }

    private static float logUniform(SplittableRandom random, double min, double max) {
        final double logarithm = Math.log(min) + random.nextDouble() * Math.log(max / min);
        // Two digits are as much as such a number matters, and people can type them.
        final double unit = Math.pow(10, Math.floor(logarithm / Math.log(10)) - 1);
        return (float) (Math.round(Math.exp(logarithm) / unit) * unit);
    }
}
