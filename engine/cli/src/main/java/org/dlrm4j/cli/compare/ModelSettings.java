package org.dlrm4j.cli.compare;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.dlrm4j.cli.Crosses;
import org.dlrm4j.cli.OptimizerOptions;
import org.dlrm4j.cli.Widths;
import org.dlrm4j.kernels.RowFormat;
import org.dlrm4j.model.ParameterGroup;
import org.dlrm4j.model.TableRows;
import org.dlrm4j.train.GroupSettings;
import org.dlrm4j.train.OptimizerKind;
import org.dlrm4j.train.OptimizerSettings;

/**
 * What a comparison may choose for a model apart from the budget, which is the same for all.
 *
 * @param learningRate rate of the optimizer
 * @param optimizer name of a method or of a recipe, as {@code dlrm train} takes them
 * @param passes over the training part, after which a run ends and over which its rate falls, as far as the budget goes
 * @param l2 weight decay, or FTRL's weight of squares
 * @param embeddings how embeddings differ; without meaning for a model without them
 * @param wide how tables of single weights differ; without meaning for a model without them
 * @param dim width of embedding rows; without meaning for a model without embeddings
 * @param rows how embedding rows are stored, f32 or bf16; without meaning for a model without embeddings
 * @param widths hidden widths of the MLPs; without meaning for a model without MLPs
 * @param dropout share of hidden units that a step leaves out; without meaning for a model without MLPs
 * @param crosses crosses of the linear part, as they are declared; empty for none, without meaning but for wdl
 */
record ModelSettings(float learningRate, String optimizer, int passes, float l2, Part embeddings,
        Part wide, int dim, RowFormat rows, Widths widths, float dropout, String crosses) {
    static final String SYNTAX = "lr=X, opt=NAME, passes=N, l2=X, elr=X, el2=X, wlr=X, wl2=X, dim=N, rows=f32|bf16, mlp=N-N, dropout=X, "
            + "crosses=FxF,..";
    private static final String RECIPE = "wide-deep";

    /**
     * How a group of tables is trained.
     *
     * @param rateFactor what the rate is multiplied by
     * @param l2 their {@code l2}
     */
    record Part(float rateFactor, float l2) {
        Part {
            if (!(rateFactor >= 0 && rateFactor < Float.POSITIVE_INFINITY) || !(l2 >= 0
                    && l2 < Float.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException(
                        "l2 " + l2 + " and factor " + rateFactor
                                + " of the rate: expected an l2 of 0 or more, and a factor of 0 or more");
            }
        }

        GroupSettings of(GroupSettings group) {
            return decayed(group, l2).withLearningRateFactor(rateFactor);
        }
    }

    ModelSettings {
        if (!(learningRate > 0 && learningRate < Float.POSITIVE_INFINITY) || dim < 1) {
            throw new IllegalArgumentException("learning rate " + learningRate + " and width " + dim
                    + ": expected a positive learning rate and a width of 1 or more");
        }
        if (!TableRows.trainable(rows, ParameterGroup.EMBEDDING)) {
            throw new IllegalArgumentException("rows " + rows + ": expected f32 or bf16, which can be trained");
        }
        if (passes < 1) {
            throw new IllegalArgumentException("passes " + passes + ": expected 1 or more");
        }
        if (!(l2 >= 0 && l2 < Float.POSITIVE_INFINITY) || !(dropout >= 0 && dropout < 1)) {
            throw new IllegalArgumentException("l2 " + l2 + " and dropout " + dropout
                    + ": expected an l2 of 0 or more, and a dropout of 0 or more and less than 1");
        }
        optimizerSettings(optimizer, l2, embeddings, wide);
        if (!crosses.isEmpty()) {
            new Crosses.Converter().convert(crosses).toFeatureCrosses(1);
        }
    }

    /** Reads {@code lr=0.05,dim=8,mlp=64-32} on top of these settings; crosses may have commas of their own. */
    ModelSettings with(String assignments) {
        final List<String> known = Arrays.stream(SYNTAX.split(", ")).map(key -> key.substring(0, key.indexOf('=')))
                .toList();
        ModelSettings result = this;
        for (String assignment : assignments.split(",(?=[^,=]*=)", -1)) {
            final String[] parts = assignment.split("=", 2);
            if (!known.contains(parts[0])) {
                throw new IllegalArgumentException("setting '" + assignment + "' is none of " + SYNTAX);
            }
            try {
                result = result.with(parts[0], parts[1]);
            } catch (NumberFormatException | IndexOutOfBoundsException e) {
                throw new IllegalArgumentException("setting '" + assignment + "' has no number; write lr=0.05 or dim=8",
                        e);
            }
        }
        return result;
    }

    private ModelSettings with(String name, String value) {
        final boolean decay = name.equals("l2");
        return new ModelSettings(name.equals("lr") ? Float.parseFloat(value) : learningRate,
                name.equals("opt") ? value : optimizer,
                name.equals("passes") ? Integer.parseInt(value) : passes,
                decay ? Float.parseFloat(value) : l2,
                new Part(name.equals("elr") ? Float.parseFloat(value) : embeddings.rateFactor,
                        decay || name.equals("el2") ? Float.parseFloat(value) : embeddings.l2),
                new Part(name.equals("wlr") ? Float.parseFloat(value) : wide.rateFactor,
                        decay || name.equals("wl2") ? Float.parseFloat(value) : wide.l2),
                name.equals("dim") ? Integer.parseInt(value) : dim,
                name.equals("rows") ? RowFormat.valueOf(value.toUpperCase(Locale.ROOT)) : rows,
                name.equals("mlp") ? new Widths.Converter().convert(value) : widths,
                name.equals("dropout") ? Float.parseFloat(value) : dropout,
                name.equals("crosses") ? value : crosses);
    }

    /** Returns the optimizer of each group of parameters. */
    OptimizerSettings optimizerSettings() {
        return optimizerSettings(optimizer, l2, embeddings, wide);
    }

    private static OptimizerSettings optimizerSettings(String name, float l2, Part embeddings, Part wide) {
        final OptimizerSettings base = name.equals(RECIPE)
                ? new OptimizerOptions.RecipeConverter().convert(name)
                : OptimizerSettings.of(new OptimizerOptions.OptimizerConverter().convert(name));
        return new OptimizerSettings(decayed(base.dense(), l2), embeddings.of(base.embedding()), wide.of(base.wide()),
                base.maxGradientNorm());
    }

    private static GroupSettings decayed(GroupSettings group, float l2) {
        return group.kind() == OptimizerKind.FTRL
                ? group.withRegularization(group.l1(), l2)
                : group.withWeightDecay(l2);
    }

    /** Returns those that mean something to a model, for people and for the journal. */
    Map<String, Object> describe(ComparedModel model) {
        final Map<String, Object> described = new LinkedHashMap<>();
        described.put("lr", number(learningRate));
        described.put("opt", optimizer);
        described.put("passes", Integer.toString(passes));
        described.put("l2", number(l2));
        if (model.hasEmbeddings()) {
            described.put("dim", Integer.toString(dim));
            if (rows != RowFormat.F32) {
                described.put("rows", rows.toString());
            }
            describe(described, "e", embeddings);
        }
        if (model.hasWideTables()) {
            describe(described, "w", wide);
        }
        if (model.hasMlps()) {
            described.put("mlp", widths.toString());
            described.put("dropout", number(dropout));
        }
        if (model.hasCrosses() && !crosses.isEmpty()) {
            described.put("crosses", crosses);
        }
        return described;
    }

    private void describe(Map<String, Object> described, String prefix, Part part) {
        if (part.rateFactor != 1) {
            described.put(prefix + "lr", number(part.rateFactor));
        }
        if (part.l2 != l2) {
            described.put(prefix + "l2", number(part.l2));
        }
    }

    /** Writes a number as people type it: {@code 0}, {@code 0.05}, {@code 1e-5}. */
    private static String number(float value) {
        return Float.toString(value).replace('E', 'e').replaceFirst("\\.0(?=e|$)", "");
    }

    /** Returns {@code lr=0.05 opt=adagrad passes=1 l2=0 dim=8}, without what means nothing to the model. */
    String text(ComparedModel model) {
        final StringBuilder text = new StringBuilder();
        describe(model).forEach((name, value) -> text.append(text.isEmpty() ? "" : " ").append(name).append('=')
                .append(value));
        return text.toString();
    }
}
