package org.dlrm4j.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.dlrm4j.data.Batch;
import org.dlrm4j.kernels.LossFunction;
import org.dlrm4j.kernels.Pooling;

/** Small models of every architecture, for tests that must hold for all. */
public final class ModelExamples {
    private static final long[] ROWS = {5, 1, 9};

    private ModelExamples() {}

    /** Returns at least one model an architecture, over awkward widths, losses and poolings. */
    public static Stream<ModelConfig> all() {
        final List<ModelConfig> all = new ArrayList<>();
        all.add(dlrm(4, Interaction.DOT, false, Pooling.SUM, LossFunction.BCE, 0));
        all.add(dlrm(16, Interaction.DOT, true, Pooling.MEAN, LossFunction.MSE, 0));
        all.add(dlrm(3, Interaction.CAT, false, Pooling.SUM, LossFunction.WBCE, 0));
        all.add(dlrm(17, Interaction.CAT, false, Pooling.MEAN, LossFunction.BCE, 0.05f));
        all.add(dlrm(32, Interaction.DOT, false, Pooling.SUM, LossFunction.MSE, 0.4f));
        all.add(embeddings(4, 4, new QuotientRemainder(QuotientRemainder.Operation.MULT, 1, 4), Interaction.DOT,
                Pooling.SUM));
        all.add(embeddings(17, 17, new QuotientRemainder(QuotientRemainder.Operation.MULT, 5, 2), Interaction.CAT,
                Pooling.MEAN));
        all.add(embeddings(7, 7, new QuotientRemainder(QuotientRemainder.Operation.ADD, 4, 3), Interaction.DOT,
                Pooling.MEAN));
        all.add(embeddings(4, 8, new QuotientRemainder(QuotientRemainder.Operation.CONCAT, 4, 3), Interaction.DOT,
                Pooling.SUM));
        all.add(embeddings(17, 17, new MixedDimensions(1, 0.5, false), Interaction.DOT, Pooling.SUM));
        all.add(embeddings(6, 6, new MixedDimensions(5, 1, true), Interaction.CAT, Pooling.MEAN));
        all.add(embeddings(16, 16, new WeightedPooling(), Interaction.DOT, Pooling.SUM));
        all.add(embeddings(5, 5, new WeightedPooling(), Interaction.CAT, Pooling.MEAN));
        all.add(model(4, Dlrm.projection(new int[]{3, 7, 4}, new int[]{6, 1}, new int[]{12}, new int[]{5, 8}),
                Pooling.SUM, LossFunction.BCE, 0));
        all.add(model(3, Dlrm.projection(new int[]{3, 6}, new int[]{5, 1}, new int[]{4, 6}, new int[]{18})
                .withEmbeddings(new QuotientRemainder(QuotientRemainder.Operation.CONCAT, 1, 2)), Pooling.MEAN,
                LossFunction.MSE, 0));
        all.add(model(4, new Dcn(1, new int[]{6}), Pooling.SUM, LossFunction.BCE, 0));
        all.add(model(7, new Dcn(3, new int[]{6, 5}), Pooling.MEAN, LossFunction.MSE, 0));
        all.add(model(4, new DcnV2(new int[0], 1, 0, CrossStructure.STACKED, new int[]{6}), Pooling.SUM,
                LossFunction.BCE, 0));
        all.add(model(7, new DcnV2(new int[0], 3, 2, CrossStructure.STACKED, new int[]{5, 4}), Pooling.MEAN,
                LossFunction.MSE, 0));
        all.add(model(5, new DcnV2(new int[]{3, 4}, 1, 3, CrossStructure.PARALLEL, new int[]{6}), Pooling.SUM,
                LossFunction.BCE, 0));
        all.add(model(3, new DcnV2(new int[]{3, 6, 4}, 2, 0, CrossStructure.PARALLEL, new int[]{5, 4}), Pooling.SUM,
                LossFunction.WBCE, 0));
        all.add(model(4, new WideDeep(new int[]{6}, true, List.of()), Pooling.SUM, LossFunction.BCE, 0));
        all.add(model(7, new WideDeep(new int[]{6, 5}, true, List.of(cross(20, 0, 2))), Pooling.MEAN,
                LossFunction.MSE, 0));
        all.add(model(3, new WideDeep(new int[]{5}, false, List.of(cross(7, 2, 0), cross(11, 0, 1, 2))), Pooling.SUM,
                LossFunction.BCE, 0));
        all.add(model(1, new LogisticRegression(), Pooling.SUM, LossFunction.BCE, 0));
        all.add(model(1, new LogisticRegression(), Pooling.MEAN, LossFunction.MSE, 0));
        all.add(model(4, new FactorizationMachine(), Pooling.SUM, LossFunction.BCE, 0));
        all.add(model(19, new FactorizationMachine(), Pooling.MEAN, LossFunction.WBCE, 0));
        return all.stream();
    }

    /** Returns a small DLRM. */
    public static ModelConfig dlrm(int dim, Interaction interaction, boolean itself, Pooling pooling,
            LossFunction loss, float threshold) {
        return model(dim, new Dlrm(new int[]{3, 7, dim}, new int[]{6, 5, 1}, interaction, itself), pooling, loss,
                threshold);
    }

    /** Returns a small DLRM whose vectors have a width that the scheme gives. */
    private static ModelConfig embeddings(int dim, int width, EmbeddingScheme scheme, Interaction interaction,
            Pooling pooling) {
        return model(dim, new Dlrm(new int[]{3, 7, width}, new int[]{6, 1}, interaction, false).withEmbeddings(scheme),
                pooling, LossFunction.BCE, 0);
    }

    private static FeatureCross cross(long rows, int... features) {
        return new FeatureCross(features, rows);
    }

    private static ModelConfig model(int dim, Architecture architecture, Pooling pooling, LossFunction loss,
            float threshold) {
        return new ModelConfig(3, ROWS, dim, architecture, pooling, loss, threshold, new float[]{0.7f, 1.9f});
    }

    /** Returns random samples with bags of none to three rows. */
    public static Batch batch(ModelConfig config, int size, long seed) {
        final Batch batch = new Batch(size, config.denseFeatures(), config.sparseFeatures());
        fill(batch, config, size, new Random(seed));
        return batch;
    }

    /** Fills a batch with random samples with bags of none to three rows. */
    public static void fill(Batch batch, ModelConfig config, int size, Random random) {
        batch.begin(size);
        for (int s = 0; s < size; s++) {
            for (int i = 0; i < config.denseFeatures(); i++) {
                batch.setDense(s, i, random.nextFloat() * 2 - 0.5f);
            }
            batch.setTarget(s, random.nextInt(2));
            for (int f = 0; f < config.sparseFeatures(); f++) {
                for (int p = random.nextInt(4); p > 0; p--) {
                    batch.addIndex(f, random.nextLong(config.rows()[f]));
                }
                batch.endBag(f);
            }
        }
    }
}
