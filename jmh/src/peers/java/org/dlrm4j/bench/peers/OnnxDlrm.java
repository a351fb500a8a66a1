package org.dlrm4j.bench.peers;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxTensorLike;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dlrm4j.bench.peers.OnnxGraph.Attribute;
import org.dlrm4j.data.Batch;
import org.dlrm4j.model.Linear;
import org.dlrm4j.model.ModelConfig;
import org.dlrm4j.model.Network;
import org.dlrm4j.store.EmbeddingTable;

/**
 * DLRM in ONNX Runtime: {@code Gather} for lookups, {@code ReduceSum} for bags (of a fixed size: ONNX has no bag operator),
 * {@code Gemm}, {@code Relu}, {@code MatMul}, {@code Gather} for the lower triangle, {@code Sigmoid}. Tables are read where
 * ours lie; the layers' weights are constants of the model, so that the runtime may pack them.
 */
final class OnnxDlrm implements AutoCloseable {
    private static final String DENSE = "dense";
    private static final String PROBABILITY = "probability";

    private final ModelConfig config;
    private final int pooling;
    private final OrtEnvironment environment = OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR);
    private final List<OnnxTensor> tables = new ArrayList<>();
    private final OrtSession.SessionOptions options;
    private final OrtSession session;

    OnnxDlrm(Network model, int pooling) {
        this.config = model.config();
        this.pooling = pooling;
        try {
            options = new OrtSession.SessionOptions();
            options.setIntraOpNumThreads(1);
            options.setInterOpNumThreads(1);
            options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
            final Map<String, OnnxTensorLike> externals = new LinkedHashMap<>();
            for (EmbeddingTable table : model.tables()) {
                final OnnxTensor tensor = tensor(
                        table.segment().asSlice(table.dataOffset(), table.rows() * table.rowStrideBytes()),
                        OnnxJavaType.FLOAT, table.rows(), table.dim());
                tables.add(tensor);
                externals.put(table.name(), tensor);
            }
            options.addExternalInitializers(externals);
            session = environment.createSession(graph(model), options);
        } catch (OrtException e) {
            throw new IllegalStateException("ONNX Runtime cannot load the model", e);
        }
    }

    /** Returns the version from the library's manifest, without loading its native part. */
    static String version() {
        return OrtEnvironment.class.getPackage().getImplementationVersion();
    }

    private byte[] graph(Network model) {
        final OnnxGraph graph = new OnnxGraph();
        final int vectors = config.sparseFeatures() + 1;
        final List<String> rows = new ArrayList<>();
        final String x = layers(graph, "bottom", model.mlp("bot_l").layers(),
                graph.floatInput(DENSE, config.denseFeatures()), true);
        rows.add(x);
        final String bagAxis = pooling == 1 ? null : graph.longs("bagAxis", 1);
        for (int f = 0; f < config.sparseFeatures(); f++) {
            final EmbeddingTable table = model.tables().get(f);
            final String values = graph.external(table.name(), table.rows(), table.dim());
            if (pooling == 1) {
                rows.add(graph.node("Gather", List.of(values, graph.indexInput(indices(f))), Attribute.of("axis", 0)));
            } else {
                final String bags = graph.node("Gather", List.of(values, graph.indexInput(indices(f), pooling)),
                        Attribute.of("axis", 0));
                rows.add(graph.node("ReduceSum", List.of(bags, bagAxis), Attribute.of("keepdims", 0)));
            }
        }
        final String t = graph.node("Reshape", List.of(graph.node("Concat", rows, Attribute.of("axis", 1)),
                graph.longs("vectorsShape", -1, vectors, config.dim())));
        final String transposed = graph.node("Transpose", List.of(t), Attribute.list("perm", 0L, 2L, 1L));
        final String products = graph.node("Reshape", List.of(graph.node("MatMul", List.of(t, transposed)),
                graph.longs("productsShape", -1, (long) vectors * vectors)));
        final String triangle = graph.node("Gather",
                List.of(products, graph.longs("triangle", Triangle.positions(vectors))), Attribute.of("axis", 1));
        final String interaction = graph.node("Concat", List.of(x, triangle), Attribute.of("axis", 1));
        final String logit = layers(graph, "top", model.mlp("top_l").layers(), interaction, false);
        graph.node("Sigmoid", List.of(logit), PROBABILITY);
        graph.output(PROBABILITY, 1);
        return graph.toBytes();
    }

    private static String layers(OnnxGraph graph, String name, List<Linear> layers, String input,
            boolean reluAfterLast) {
        String x = input;
        for (int i = 0; i < layers.size(); i++) {
            final Linear layer = layers.get(i);
            final String weights = graph.floats(name + i + ".weight", layer.weights(), layer.out(), layer.in());
            final String bias = graph.floats(name + i + ".bias", layer.bias(), layer.out());
            x = graph.node("Gemm", List.of(x, weights, bias), Attribute.of("transB", 1));
            if (reluAfterLast || i < layers.size() - 1) {
                x = graph.node("Relu", List.of(x));
            }
        }
        return x;
    }

    private static String indices(int feature) {
        return "indices" + feature;
    }

    /** Wraps a batch, over its own memory where layouts agree. */
    Map<String, OnnxTensor> input(Batch batch) {
        final Map<String, OnnxTensor> input = new HashMap<>();
        final int m = batch.size();
        final long rowBytes = (long) batch.denseFeatures() * Float.BYTES;
        final MemorySegment dense = MemorySegment
                .ofBuffer(ByteBuffer.allocateDirect(Math.toIntExact(m * rowBytes)).order(ByteOrder.nativeOrder()));
        for (int s = 0; s < m; s++) {
            MemorySegment.copy(batch.dense(), s * batch.denseStrideBytes(), dense, s * rowBytes, rowBytes);
        }
        try {
            input.put(DENSE, tensor(dense, OnnxJavaType.FLOAT, m, batch.denseFeatures()));
            for (int f = 0; f < config.sparseFeatures(); f++) {
                final MemorySegment rows = batch.indices(f).asSlice(0, (long) batch.indexCount(f) * Long.BYTES);
                input.put(indices(f), pooling == 1
                        ? tensor(rows, OnnxJavaType.INT64, m)
                        : tensor(rows, OnnxJavaType.INT64, m, pooling));
            }
        } catch (OrtException e) {
            throw new IllegalStateException("ONNX Runtime cannot wrap a batch", e);
        }
        return input;
    }

    private OnnxTensor tensor(MemorySegment segment, OnnxJavaType type, long... sizes) throws OrtException {
        final ByteBuffer buffer = segment.asByteBuffer().order(ByteOrder.nativeOrder());
        return OnnxTensor.createTensor(environment, buffer, sizes, type);
    }

    /** Computes click probabilities and drops them. */
    void run(Map<String, OnnxTensor> input) {
        try (OrtSession.Result result = session.run(input)) {
            if (result.size() != 1) {
                throw new IllegalStateException(result.size() + " outputs, expected 1");
            }
        } catch (OrtException e) {
            throw new IllegalStateException("ONNX Runtime cannot score a batch", e);
        }
    }

    /** Computes click probabilities and copies them. */
    float[] score(Map<String, OnnxTensor> input) {
        try (OrtSession.Result result = session.run(input)) {
            final float[] scores = new float[Math.toIntExact(input.get(DENSE).getInfo().getShape()[0])];
            ((OnnxTensor) result.get(0)).getFloatBuffer().get(scores);
            return scores;
        } catch (OrtException e) {
            throw new IllegalStateException("ONNX Runtime cannot score a batch", e);
        }
    }

    @Override
    public void close() {
        try {
            session.close();
            options.close();
        } catch (OrtException e) {
            throw new IllegalStateException("ONNX Runtime cannot close its session", e);
        }
        tables.forEach(OnnxTensor::close);
    }
}
