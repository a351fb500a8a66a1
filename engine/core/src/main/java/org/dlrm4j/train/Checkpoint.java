package org.dlrm4j.train;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dlrm4j.model.DlrmModel;
import org.dlrm4j.model.JsonFields;
import org.dlrm4j.model.Linear;
import org.dlrm4j.model.ModelFiles;
import org.dlrm4j.model.Vocabulary;
import org.dlrm4j.store.EmbeddingTable;
import org.dlrm4j.store.ModelDirectory;
import org.dlrm4j.store.ModelFormatException;
import org.dlrm4j.store.ModelWriter;
import org.dlrm4j.store.Safetensors;
import org.dlrm4j.store.TableFiles;
import org.dlrm4j.store.Tensor;
import org.dlrm4j.store.TensorType;

/**
 * A training run in a model directory: the model as {@link ModelFiles} writes it, the optimizer's state in files of its own,
 * and the position under the key {@code training} of {@code model.json}. The directory can be scored from as it is; a new
 * checkpoint replaces the old one atomically.
 */
public final class Checkpoint {
    private static final String TRAINING = "training";
    private static final String STATE_FILE = "optimizer.safetensors";

    private Checkpoint() {}

    /**
     * Writes a checkpoint.
     *
     * @param directory the model directory
     * @param model the parameters
     * @param vocabulary raw values to rows, or null
     * @param optimizer the optimizer
     * @param position where the run stands
     * @param run what identifies the run (data, batch size, schedule, …); {@link #restore} refuses to resume another one
     * @throws org.dlrm4j.store.StoreException if it cannot be written; the former checkpoint is still there
     */
    public static void write(Path directory, DlrmModel model, Vocabulary vocabulary, Optimizer optimizer,
            TrainingPosition position, Map<String, Object> run) {
        try (ModelWriter writer = ModelDirectory.write(directory)) {
            final Map<String, Object> manifest = new LinkedHashMap<>();
            ModelFiles.write(writer, model, vocabulary, manifest);
            final Map<String, Tensor> states = stateTensors(model, optimizer);
            if (!states.isEmpty()) {
                Safetensors.write(writer.path(STATE_FILE), states, Map.of());
            }
            for (EmbeddingTable state : optimizer.tableStates()) {
                TableFiles.write(state, writer.path(ModelFiles.tableFile(state.name())));
            }
            final Map<String, Object> training = new LinkedHashMap<>();
            training.put("optimizer", optimizer.kind().name());
            training.put("epoch", (long) position.epoch());
            training.put("batch", position.batch());
            training.put("step", position.step());
            training.put("bestAuc", position.bestAuc());
            training.put("evaluationsSinceBest", (long) position.evaluationsSinceBest());
            training.put("run", run);
            manifest.put(TRAINING, training);
            writer.commit(manifest);
        }
    }

    /** Names follow the parameters': {@code state.0.weight} is the state of the first layer of the bottom MLP. */
    private static Map<String, Tensor> stateTensors(DlrmModel model, Optimizer optimizer) {
        final Map<String, Tensor> tensors = new LinkedHashMap<>();
        if (optimizer.kind() == OptimizerKind.SGD) {
            return tensors;
        }
        int i = 0;
        for (List<Linear> layers : List.of(model.bottom().layers(), model.top().layers())) {
            for (Linear layer : layers) {
                tensors.put("state." + i + ".weight",
                        new Tensor(TensorType.F32, optimizer.weightState(i), layer.out(), layer.in()));
                tensors.put("state." + i + ".bias", new Tensor(TensorType.F32, optimizer.biasState(i), layer.out()));
                i++;
            }
        }
        return tensors;
    }

    /**
     * Restores the optimizer's state and the position into a trainer whose model came from the same generation.
     *
     * @param generation the generation that the model was loaded from
     * @param model the model
     * @param trainer the trainer
     * @param run what identifies the run that wants to resume
     * @throws ModelFormatException if the directory holds no checkpoint, a damaged one, or one of another run, naming the
     *     field that differs
     */
    public static void restore(ModelDirectory generation, DlrmModel model, Trainer trainer, Map<String, Object> run) {
        final Path source = generation.manifestFile();
        final JsonFields training = new JsonFields(source, "model", generation.manifest()).object(TRAINING);
        final OptimizerKind kind = training.constant("optimizer", OptimizerKind.class);
        final Optimizer optimizer = trainer.optimizer();
        if (kind != optimizer.kind()) {
            throw new ModelFormatException(source, "training.optimizer",
                    "is " + kind + ", but the run that resumes uses " + optimizer.kind());
        }
        final JsonFields recorded = training.object("run");
        run.forEach((name, value) -> {
            final String found = recorded.text(name);
            if (!found.equals(String.valueOf(value))) {
                throw new ModelFormatException(source, "training.run." + name,
                        "is " + found + ", but the run that resumes has "
                                + value + "; resume with the same settings, or train into another directory");
            }
        });
        final Map<String, Tensor> states = stateTensors(model, optimizer);
        if (!states.isEmpty()) {
            ModelFiles.readTensors(generation.path(STATE_FILE), states);
        }
        for (EmbeddingTable state : optimizer.tableStates()) {
            ModelFiles.copyInto(generation.path(ModelFiles.tableFile(state.name())), state);
        }
        trainer.resumeFrom(new TrainingPosition(Math.toIntExact(training.whole("epoch")), training.whole("batch"),
                training.whole("step"), training.number("bestAuc"),
                Math.toIntExact(training.whole("evaluationsSinceBest"))));
    }
}
