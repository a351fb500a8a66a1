package org.dlrm4j.cli.compare;

import org.dlrm4j.cli.Widths;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a comparison may choose for a model apart from the budget, which is the same for all.
 *
 * @param learningRate rate of the optimizer
 * @param dim width of embedding rows; without meaning for a model without embeddings
 * @param widths hidden widths of the MLPs; without meaning for a model without MLPs
 */
record ModelSettings(float learningRate, int dim, Widths widths) {
    /** Reads {@code lr=0.05,dim=8,mlp=64-32} on top of these settings. */
    ModelSettings with(String assignments) {
        float rate = learningRate;
        int width = dim;
        Widths hidden = widths;
        for (String assignment : assignments.split(",", -1)) {
            final String[] parts = assignment.split("=", 2);
            try {
                switch (parts[0]) {
                    case "lr" -> rate = Float.parseFloat(parts[1]);
                    case "dim" -> width = Integer.parseInt(parts[1]);
                    case "mlp" -> hidden = new Widths.Converter().convert(parts[1]);
                    default -> throw new IllegalArgumentException(
                            "setting '" + assignment + "' is none of lr=X, dim=N, mlp=N-N");
                }
            } catch (NumberFormatException | IndexOutOfBoundsException e) {
                throw new IllegalArgumentException("setting '" + assignment + "' has no number; write lr=0.05 or dim=8",
                        e);
            }
        }
        if (!(rate > 0 && rate < Float.POSITIVE_INFINITY) || width < 1) {
            throw new IllegalArgumentException(
                    "settings '" + assignments + "': expected a positive learning rate and a width of 1 or more");
        }
        return new ModelSettings(rate, width, hidden);
    }

    /** Returns those that mean something to a model, for people and for the journal. */
    Map<String, Object> describe(ComparedModel model) {
        final Map<String, Object> described = new LinkedHashMap<>();
        described.put("lr", Float.toString(learningRate));
        if (model.hasEmbeddings()) {
            described.put("dim", Integer.toString(dim));
        }
        if (model.hasMlps()) {
            described.put("mlp", widths.toString());
        }
        return described;
    }

    /** Returns {@code lr=0.05 dim=8 mlp=64-32}, without what means nothing to the model. */
    String text(ComparedModel model) {
        final StringBuilder text = new StringBuilder();
        describe(model).forEach((name, value) -> text.append(text.isEmpty() ? "" : " ").append(name).append('=')
                .append(value));
        return text.toString();
    }
}
