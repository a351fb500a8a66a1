package org.dlrm4j.train;

import java.nio.file.Path;
import java.util.Map;
import org.dlrm4j.model.Network;
import org.dlrm4j.model.Vocabulary;
import org.dlrm4j.store.ModelDirectory;

/**
 * Writes one run's checkpoints and deltas into a model directory. A delta follows the checkpoint, or the delta, that this series
 * wrote last or was resumed from; if there is none, a checkpoint is written in its place. What a series has written counts as saved,
 * so that an optimizer has one series; copies of the best model are written by {@link Checkpoint#write}. Used by the trainer's thread.
 */
public final class CheckpointSeries implements Trainer.CheckpointWriter {
    private final Path directory;
    private final int keep;
    private final Network network;
    private final Vocabulary vocabulary;
    private final Map<String, Object> run;
    private long generation;
    private long deltas;

    /**
     * Creates a series that begins with a checkpoint.
     *
     * @param directory the model directory
     * @param keep checkpoints to keep, 1 or more
     * @param network the parameters; owned by the caller
     * @param vocabulary raw values to rows, or null
     * @param run what identifies the run, see {@link Checkpoint#write}
     */
    public CheckpointSeries(Path directory, int keep, Network network, Vocabulary vocabulary, Map<String, Object> run) {
        this.directory = directory;
        this.keep = keep;
        this.network = network;
        this.vocabulary = vocabulary;
        this.run = run;
    }

    /**
     * Lets the next delta follow the state that the run was resumed from, unless something newer lies in the directory, which
     * would not be part of the run: then a checkpoint comes first.
     *
     * @param state what {@link Checkpoint#restore} restored
     */
    public void resumedFrom(ModelDirectory state) {
        // Before its first step an optimizer may still change the state of all rows.
        if (state.isNewest() && Checkpoint.step(state) > 0) {
            generation = state.generation();
            deltas = state.deltas();
        }
    }

    @Override
    public void write(TrainingPosition position, Optimizer optimizer) {
        final long written = Checkpoint.write(directory, keep, network, vocabulary, optimizer, position, run);
        optimizer.clearChanges();
        generation = position.step() > 0 ? written : 0;
        deltas = 0;
    }

    @Override
    public void writeDelta(TrainingPosition position, Optimizer optimizer) {
        if (generation == 0) {
            write(position, optimizer);
            return;
        }
        deltas = Checkpoint.writeDelta(directory, generation, deltas, network, optimizer, position, run);
        optimizer.clearChanges();
    }
}
