package org.dlrm4j.cli.compare;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Random search (Bergstra and Bengio 2012) over learning rate and embedding width. The first trial is what the search
 * starts from, so it cannot end below that on the validation part. Trials are a function of model and seed: a search that
 * is resumed, or asked for more trials, begins with the same ones.
 */
final class SettingsSearch {
    /** The learning rate is log-uniform between these. */
    static final double MIN_LEARNING_RATE = 0.003;
    static final double MAX_LEARNING_RATE = 0.3;
    /** The widths to draw from. */
    static final List<Integer> DIMS = List.of(2, 4, 8, 16);

    private static final long SEED = 0x5eac4L;

    private SettingsSearch() {}

    /** Returns different settings to try, {@code start} first. */
    static List<ModelSettings> trials(ComparedModel model, ModelSettings start, int count) {
        final SplittableRandom random = new SplittableRandom(SEED + model.kind().ordinal());
        final Map<String, ModelSettings> trials = new LinkedHashMap<>();
        trials.put(start.text(model), start);
        while (trials.size() < count) {
            final double logarithm = Math.log(MIN_LEARNING_RATE)
                    + random.nextDouble() * Math.log(MAX_LEARNING_RATE / MIN_LEARNING_RATE);
            // Two digits are as much as a rate matters, and people can type them.
            final double unit = Math.pow(10, Math.floor(logarithm / Math.log(10)) - 1);
            final float rate = (float) (Math.round(Math.exp(logarithm) / unit) * unit);
            final ModelSettings drawn = new ModelSettings(rate, DIMS.get(random.nextInt(DIMS.size())), start.widths());
            trials.putIfAbsent(drawn.text(model), drawn);
        }
        return new ArrayList<>(trials.values());
    }
}
