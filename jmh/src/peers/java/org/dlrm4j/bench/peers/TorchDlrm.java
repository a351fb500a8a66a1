package org.dlrm4j.bench.peers;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.dlrm4j.data.Batch;
import org.dlrm4j.model.Linear;
import org.dlrm4j.model.ModelConfig;
import org.dlrm4j.model.Network;
import org.dlrm4j.store.EmbeddingTable;

/**
 * DLRM in libtorch, as the reference writes it in Python: {@code embedding_bag} or, for bags of one, {@code embedding};
 * {@code linear}, {@code relu}, {@code bmm}, the lower triangle by index, {@code sigmoid}. Starts from our parameters. Tables
 * lie in memory that our allocator mapped, with huge pages, so that a difference is the engines' and not the allocator's.
 */
final class TorchDlrm {
    private static final long SUM = 0;
    private static final long NO_PADDING = -1;

    private final ModelConfig config;
    private final List<Tensor> tables = new ArrayList<>();
    private final List<Tensor> bottomWeights = new ArrayList<>();
    private final List<Tensor> bottomBiases = new ArrayList<>();
    private final List<Tensor> topWeights = new ArrayList<>();
    private final List<Tensor> topBiases = new ArrayList<>();
    private final List<Tensor> parameters = new ArrayList<>();
    private final List<EmbeddingTable> copies = new ArrayList<>();
    private final Tensor triangle;
    private final TensorOptional none = new TensorOptional();

    /**
     * A batch as tensors, over the batch's own memory where layouts agree.
     *
     * @param dense the dense features
     * @param indices row numbers of each feature
     * @param offsets where each bag begins; all features have the same
     * @param targets one a sample
     * @param oneHot whether all bags have one row
     */
    record Input(Tensor dense, List<Tensor> indices, Tensor offsets, Tensor targets, boolean oneHot) {}

    private TorchDlrm(ModelConfig config) {
        this.config = config;
        triangle = torch.tensor(Triangle.positions(config.sparseFeatures() + 1));
    }

    /** Creates a model that scores, on the tables of ours. */
    static TorchDlrm forInference(Network ours) {
        final TorchDlrm model = new TorchDlrm(ours.config());
        ours.tables().forEach(table -> model.tables.add(tensor(table)));
        model.addLayers(ours);
        return model;
    }

    /** Creates a model that trains, on copies of our tables. */
    static TorchDlrm forTraining(Network ours) {
        final TorchDlrm model = new TorchDlrm(ours.config());
        for (EmbeddingTable table : ours.tables()) {
            final EmbeddingTable copy = EmbeddingTable.anonymous(table.name(), table.rows(), table.dim());
            copy.segment().copyFrom(table.segment());
            model.copies.add(copy);
            model.tables.add(tensor(copy));
        }
        model.addLayers(ours);
        model.parameters.addAll(model.tables);
        model.parameters.forEach(p -> p.set_requires_grad(true));
        return model;
    }

    private static Tensor tensor(EmbeddingTable table) {
        if (table.rowStrideBytes() != (long) table.dim() * Float.BYTES) {
            throw new IllegalArgumentException("rows of " + table.dim() + " floats are padded to "
                    + table.rowStrideBytes() + " bytes; libtorch reads them without padding");
        }
        return Torch.floats(table.segment(), table.dataOffset(), table.rows(), table.dim());
    }

    private void addLayers(Network ours) {
        addLayers(ours.mlp("bot_l").layers(), bottomWeights, bottomBiases);
        addLayers(ours.mlp("top_l").layers(), topWeights, topBiases);
    }

    private void addLayers(List<Linear> layers, List<Tensor> weights, List<Tensor> biases) {
        for (Linear layer : layers) {
            weights.add(Torch.floats(layer.weights(), 0, layer.out(), layer.in()).clone());
            biases.add(Torch.floats(layer.bias(), 0, layer.out()).clone());
        }
        parameters.addAll(weights);
        parameters.addAll(biases);
    }

    private Input input(Batch batch, Tensor offsets, boolean oneHot) {
        final List<Tensor> indices = new ArrayList<>();
        for (int f = 0; f < config.sparseFeatures(); f++) {
            indices.add(Torch.longs(batch.indices(f), 0, batch.indexCount(f)));
        }
        return new Input(
                Torch.rows(batch.dense(), batch.size(), batch.denseFeatures(), batch.denseStrideBytes()).contiguous(),
                indices, offsets, Torch.floats(batch.targets(), 0, batch.size(), 1), oneHot);
    }

    /** Wraps batches of one size whose bags all have {@code pooling} rows. */
    List<Input> inputs(List<Batch> batches, int pooling) {
        final long[] starts = new long[batches.getFirst().size()];
        for (int i = 0; i < starts.length; i++) {
            starts[i] = (long) i * pooling;
        }
        final Tensor offsets = torch.tensor(starts);
        return batches.stream().map(batch -> input(batch, offsets, pooling == 1)).toList();
    }

    /** Computes click probabilities; to be called in a {@code PointerScope}. */
    Tensor forward(Input input) {
        final int vectors = config.sparseFeatures() + 1;
        final Tensor x = layers(input.dense, bottomWeights, bottomBiases, true);
        final Tensor[] rows = new Tensor[vectors];
        rows[0] = x;
        for (int f = 0; f < tables.size(); f++) {
            final Tensor indices = input.indices.get(f);
            // For bags of one, embedding gives the same rows faster than embedding_bag, also backward.
            rows[f + 1] = input.oneHot
                    ? torch.embedding(tables.get(f), indices, NO_PADDING, false, true)
                    : torch.embedding_bag(tables.get(f), indices, input.offsets, false, SUM, true, none, false).get0();
        }
        final long samples = input.offsets.numel();
        final Tensor t = torch.cat(new TensorVector(rows), 1).view(samples, vectors, config.dim());
        final Tensor products = torch.bmm(t, t.transpose(1, 2)).view(samples, (long) vectors * vectors);
        final Tensor interaction = torch.cat(new TensorVector(x, products.index_select(1, triangle)), 1);
        return layers(interaction, topWeights, topBiases, false).sigmoid_();
    }

    private Tensor layers(Tensor input, List<Tensor> weights, List<Tensor> biases, boolean reluAfterLast) {
        Tensor x = input;
        for (int i = 0; i < weights.size(); i++) {
            x = torch.linear(x, weights.get(i), new TensorOptional(biases.get(i)));
            if (reluAfterLast || i < weights.size() - 1) {
                x = x.relu_();
            }
        }
        return x;
    }

    /**
     * Trains on a batch the way {@code torch.optim.SGD} does: gradients from autograd, sparse ones for the tables, then
     * {@code p.add_(grad, alpha=-learningRate)}.
     *
     * @return the mean loss before the update
     */
    double train(Input input, float learningRate) {
        try (PointerScope scope = new PointerScope()) {
            final Tensor loss = torch.binary_cross_entropy(forward(input), input.targets);
            loss.backward();
            try (NoGradGuard guard = new NoGradGuard()) {
                final Scalar step = new Scalar(-learningRate);
                for (Tensor parameter : parameters) {
                    final Tensor gradient = parameter.mutable_grad();
                    parameter.add_(gradient, step);
                    gradient.reset();
                }
            }
            return loss.item_float();
        }
    }

    /** Frees the copies of tables. */
    void close() {
        copies.forEach(EmbeddingTable::close);
    }
}
