package org.dlrm4j.bench.peers;

import ai.onnxruntime.OnnxTensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.InferenceMode;
import org.dlrm4j.bench.MeasuredLimits;
import org.dlrm4j.data.Batch;
import org.dlrm4j.model.ForwardPass;
import org.dlrm4j.model.Network;

/** Scoring of whole batches, from indices in memory to probabilities in memory. */
final class InferenceRows {
    static final String OPERATION = "DLRM inference";
    private static final double TOLERANCE = 1e-4;
    private static final int COMPARED_BATCHES = 16;

    /** The scorer takes large batches in pieces of this size, whose activations stay in L2. */
    static final int SLOTS = 128;

    private InferenceRows() {}

    /** Adds a row for each batch size. */
    static void run(ModelShape shape, List<Integer> batchSizes, Rows rows) {
        final double peak = MeasuredLimits.multiplyAddGflops();
        try (Network model = shape.create();
                PointerScope tensors = new PointerScope();
                InferenceMode inference = new InferenceMode(true);
                OnnxDlrm onnx = new OnnxDlrm(model, shape.pooling())) {
            final TorchDlrm torch = TorchDlrm.forInference(model);
            for (int m : batchSizes) {
                batchSize(shape, m, peak, model, torch, onnx, rows);
            }
        }
    }

    private static void batchSize(ModelShape shape, int m, double peak, Network model, TorchDlrm torch,
            OnnxDlrm onnx, Rows rows) {
        final List<Batch> batches = shape.batches(m);
        final List<Map<String, OnnxTensor>> onnxInputs = batches.stream().map(onnx::input).toList();
        try (ForwardPass forward = new ForwardPass(model, Math.min(m, SLOTS), 1);
                PointerScope tensors = new PointerScope()) {
            final List<TorchDlrm.Input> torchInputs = torch.inputs(batches, shape.pooling());
            final int compared = Math.min(COMPARED_BATCHES, batches.size());
            final float[] ours = new float[compared * m];
            final float[] torchs = new float[compared * m];
            final float[] onnxs = new float[compared * m];
            for (int b = 0; b < compared; b++) {
                scoreInto(forward, batches.get(b), ours, b * m);
                try (PointerScope scope = new PointerScope()) {
                    System.arraycopy(Torch.copy(torch.forward(torchInputs.get(b))), 0, torchs, b * m, m);
                }
                System.arraycopy(onnx.score(onnxInputs.get(b)), 0, onnxs, b * m, m);
            }
            rows.add(OPERATION, shape.label() + " batch " + m,
                    Work.samples(m, shape.inferenceFlops(), peak), TOLERANCE,
                    new Turns<>(batches, 0, batch -> score(forward, batch)),
                    new Rows.Peer(new Contestant(Row.LIBTORCH, new Turns<>(torchInputs, 1, input -> {
                        try (PointerScope scope = new PointerScope()) {
                            torch.forward(input);
                        }
                    })), Answers.maxDifference(ours, torchs)),
                    new Rows.Peer(new Contestant(Row.ONNX_RUNTIME, new Turns<>(onnxInputs, 2, onnx::run)),
                            Answers.maxDifference(ours, onnxs)));
        } finally {
            onnxInputs.forEach(input -> input.values().forEach(OnnxTensor::close));
            batches.forEach(Batch::close);
        }
    }

    static void score(ForwardPass forward, Batch batch) {
        for (int at = 0; at < batch.size(); at += forward.capacity()) {
            forward.run(batch, at, 0, Math.min(forward.capacity(), batch.size() - at), 0);
        }
    }

    static void scoreInto(ForwardPass forward, Batch batch, float[] to, int offset) {
        for (int at = 0; at < batch.size(); at += forward.capacity()) {
            final int m = Math.min(forward.capacity(), batch.size() - at);
            forward.run(batch, at, 0, m, 0);
            MemorySegment.copy(forward.predictions(), ValueLayout.JAVA_FLOAT, 0, to, offset + at, m);
        }
    }
}
