package org.dlrm4j.cli;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.dlrm4j.data.Batch;
import org.dlrm4j.data.SampleSource;
import org.dlrm4j.model.ForwardPass;
import org.dlrm4j.model.Network;

/** Scores of the same rows in two ways: by the model in memory, and by a process that maps the saved one. */
final class DemoScores {
    private static final int BATCH_SAMPLES = 512;

    private DemoScores() {}

    static float[] ofModel(Network model, SampleSource samples) {
        final float[] scores = new float[Math.toIntExact(samples.samples())];
        try (ForwardPass forward = new ForwardPass(model, BATCH_SAMPLES, 1);
                Batch batch = new Batch(BATCH_SAMPLES, samples.denseFeatures(), samples.sparseFeatures())) {
            for (int at = 0; at < scores.length; at += BATCH_SAMPLES) {
                final int m = Math.min(BATCH_SAMPLES, scores.length - at);
                samples.read(at, m, batch);
                model.derive(batch);
                forward.run(batch, 0, 0, m, 0);
                MemorySegment.copy(forward.predictions(), ValueLayout.JAVA_FLOAT, 0, scores, at, m);
            }
        }
        return scores;
    }

    static float[] ofNewProcess(Path model, Path text, Path output) throws IOException, InterruptedException {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName(), "score", "--model",
                model.toString(), text.toString()));
        final Path errors = output.resolveSibling("errors.txt");
        final int code = new ProcessBuilder(command).redirectOutput(output.toFile()).redirectError(errors.toFile())
                .start().waitFor();
        if (code != 0) {
            throw new CommandException(
                    "dlrm score ended with exit code " + code + ": " + Files.readString(errors).strip());
        }
        final List<String> lines = Files.readAllLines(output);
        final float[] scores = new float[lines.size()];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = Float.parseFloat(lines.get(i));
        }
        return scores;
    }

    static int[] bits(float[] values) {
        final int[] bits = new int[values.length];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = Float.floatToRawIntBits(values[i]);
        }
        return bits;
    }

    static int crc32c(float[] values) {
        final ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES);
        bytes.asFloatBuffer().put(values);
        final CRC32C crc = new CRC32C();
        crc.update(bytes);
        return (int) crc.getValue();
    }
}
