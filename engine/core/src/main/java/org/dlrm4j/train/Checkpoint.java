package org.dlrm4j.train;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.dlrm4j.model.JsonFields;
import org.dlrm4j.model.ModelFiles;
import org.dlrm4j.model.Network;
import org.dlrm4j.model.Vocabulary;
import org.dlrm4j.store.ChangedRows;
import org.dlrm4j.store.DeltaWriter;
import org.dlrm4j.store.EmbeddingTable;
import org.dlrm4j.store.ModelDirectory;
import org.dlrm4j.store.ModelFormatException;
import org.dlrm4j.store.ModelWriter;
import org.dlrm4j.store.Safetensors;
import org.dlrm4j.store.TableFiles;
import org.dlrm4j.store.Tensor;

/**
 * A training run in a model directory: the model as {@link ModelFiles} writes it, the optimizer's state in files of its own,
 * and the position under the key {@code training} of {@code model.json}. The directory can be scored from as it is; a new
 * checkpoint replaces the old one atomically.
 */
public final class Checkpoint {
    private static final String TRAINING = "training";
    private static final String OPTIMIZERS = "optimizers";
    private static final String STATE_FILE = "optimizer.safetensors";

    private Checkpoint() {}

    /**
     * Writes a checkpoint in place of all older ones.
     *
     * @param directory the model directory
     * @param network the parameters
     * @param vocabulary raw values to rows, or null
     * @param optimizer the optimizer
     * @param position where the run stands
     * @param run what identifies the run (data, batch size, schedule, …); {@link #restore} refuses to resume another one
     * @throws org.dlrm4j.store.StoreException if it cannot be written; the former checkpoint is still there
     */
    public static void write(Path directory, Network network, Vocabulary vocabulary, Optimizer optimizer,
            TrainingPosition position, Map<String, Object> run) {
        write(directory, 1, network, vocabulary, optimizer, position, run);
    }

    /**
     * Writes a checkpoint and leaves older ones.
     *
     * @param directory the model directory
     * @param keep checkpoints that are there afterwards, this one among them, 1 or more
     * @param network the parameters
     * @param vocabulary raw values to rows, or null
     * @param optimizer the optimizer
     * @param position where the run stands
     * @param run what identifies the run (data, batch size, schedule, …); {@link #restore} refuses to resume another one
     * @return the number of the generation that was written
     * @throws org.dlrm4j.store.StoreException if it cannot be written; the former checkpoint is still there
     */
    public static long write(Path directory, int keep, Network network, Vocabulary vocabulary, Optimizer optimizer,
            TrainingPosition position, Map<String, Object> run) {
        try (ModelWriter writer = ModelDirectory.write(directory, keep)) {
            final Map<String, Object> manifest = new LinkedHashMap<>();
            ModelFiles.write(writer, network, vocabulary, manifest);
            writeParameterStates(optimizer, writer::path);
            for (EmbeddingTable state : optimizer.tableStates()) {
                TableFiles.write(state, writer.path(ModelFiles.tableFile(state.name())));
            }
            manifest.put(TRAINING, training(optimizer, position, run));
            writer.commit(manifest);
            return writer.generation();
        }
    }

    private static void writeParameterStates(Optimizer optimizer, Function<String, Path> files) {
        final Map<String, Tensor> states = optimizer.parameterStates();
        if (!states.isEmpty()) {
            Safetensors.write(files.apply(STATE_FILE), states, Map.of());
        }
    }

    private static Map<String, Object> training(Optimizer optimizer, TrainingPosition position,
            Map<String, Object> run) {
        final Map<String, Object> training = new LinkedHashMap<>();
        training.put(OPTIMIZERS, optimizer.settings().toJson());
        training.put("epoch", (long) position.epoch());
        training.put("batch", position.batch());
        training.put("step", position.step());
        training.put("bestAuc", position.bestAuc());
        training.put("evaluationsSinceBest", (long) position.evaluationsSinceBest());
        training.put("run", run);
        return training;
    }

    /**
     * Writes what changed since the last checkpoint or delta: the rows of tables and of their state that were updated, all other
     * parameters and their state, and the position. Checkpoint and deltas together are the run as it stands, bit for bit.
     */
    static long writeDelta(Path directory, long generation, long after, Network network, Optimizer optimizer,
            TrainingPosition position, Map<String, Object> run) {
        try (DeltaWriter writer = ModelDirectory.writeDelta(directory, generation, after)) {
            ModelFiles.writeDense(writer.path(ModelFiles.DENSE_FILE), network);
            writeParameterStates(optimizer, writer::path);
            for (TableUpdate update : optimizer.tableUpdates()) {
                final ChangedRows changed = update.changedRows();
                if (changed.next(0) >= 0) {
                    final EmbeddingTable table = update.lookup().table();
                    writer.writeRows(ModelFiles.tableFile(table.name()), table, changed);
                    for (EmbeddingTable state : update.states()) {
                        writer.writeRows(ModelFiles.tableFile(state.name()), state, changed);
                    }
                }
            }
            writer.commit(Map.of(TRAINING, training(optimizer, position, run)));
            return writer.sequence();
        }
    }

    /** Returns the steps that a checkpoint has seen. */
    static long step(ModelDirectory generation) {
        return training(generation).whole("step");
    }

    /**
     * Restores the optimizer's state and the position into a trainer whose model came from the same generation.
     *
     * @param generation the generation that the model was loaded from
     * @param network the network
     * @param trainer the trainer
     * @param run what identifies the run that wants to resume
     * @throws ModelFormatException if the directory holds no checkpoint, a damaged one, or one of another run, naming the
     *     field that differs
     */
    public static void restore(ModelDirectory generation, Network network, Trainer trainer, Map<String, Object> run) {
        final Path source = generation.manifestFile();
        final JsonFields training = training(generation);
        final Optimizer optimizer = trainer.optimizer();
        requireSame(source, "training." + OPTIMIZERS, storedSettings(training).toJson(),
                optimizer.settings().toJson());
        final JsonFields recorded = training.object("run");
        run.forEach((name, value) -> {
            final String found = recorded.text(name);
            if (!found.equals(String.valueOf(value))) {
                throw new ModelFormatException(source, "training.run." + name,
                        "is " + found + ", but the run that resumes has "
                                + value + "; resume with the same settings, or train into another directory");
            }
        });
        final Map<String, Tensor> states = optimizer.parameterStates();
        if (!states.isEmpty()) {
            ModelFiles.readTensors(generation.newestPath(STATE_FILE), states);
        }
        for (EmbeddingTable state : optimizer.tableStates()) {
            ModelFiles.copyInto(generation, state);
        }
        trainer.resumeFrom(new TrainingPosition(Math.toIntExact(training.whole("epoch")), training.whole("batch"),
                training.whole("step"), training.number("bestAuc"),
                Math.toIntExact(training.whole("evaluationsSinceBest"))));
    }

    /**
     * Returns how the run of a checkpoint updates parameters.
     *
     * @param generation the model's generation
     * @return the settings
     * @throws ModelFormatException if the directory holds no checkpoint, or a damaged one
     */
    public static OptimizerSettings optimizers(ModelDirectory generation) {
        return storedSettings(training(generation));
    }

    private static JsonFields training(ModelDirectory generation) {
        return new JsonFields(generation.manifestFile(), "model", generation.manifest()).object(TRAINING);
    }

    /** Until there was more than one optimizer a run, its name was all that was written. */
    private static OptimizerSettings storedSettings(JsonFields training) {
        return training.has(OPTIMIZERS)
                ? OptimizerSettings.fromJson(training.object(OPTIMIZERS))
                : OptimizerSettings.of(training.constant("optimizer", OptimizerKind.class));
    }

    private static void requireSame(Path source, String path, Map<?, ?> stored, Map<?, ?> wanted) {
        wanted.forEach((name, value) -> {
            final Object found = stored.get(name);
            if (value instanceof Map<?, ?> group) {
                requireSame(source, path + "." + name, (Map<?, ?>) found, group);
            } else if (!value.equals(found)) {
                throw new ModelFormatException(source, path + "." + name, "is " + found
                        + ", but the run that resumes has " + value
                        + "; resume with the same settings, or train into another directory");
            }
        });
    }
}
