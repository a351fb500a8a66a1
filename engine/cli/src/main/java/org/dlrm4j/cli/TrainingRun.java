package org.dlrm4j.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.dlrm4j.data.NumpyRandom;
import org.dlrm4j.data.SampleSource;
import org.dlrm4j.kernels.RowFormat;
import org.dlrm4j.model.ModelConfig;
import org.dlrm4j.model.ModelFiles;
import org.dlrm4j.model.Network;
import org.dlrm4j.model.TableStorage;
import org.dlrm4j.store.EmbeddingTable;
import org.dlrm4j.store.ModelDirectory;
import org.dlrm4j.train.Checkpoint;
import org.dlrm4j.train.Trainer;
import org.dlrm4j.train.TrainerOptions;
import org.dlrm4j.train.WorkerPool;

/** A model and the trainer that works on it; closes both. The threads are the caller's. */
public final class TrainingRun implements AutoCloseable {
    private final Network network;
    private final Trainer trainer;
    private final ModelDirectory resumedFrom;

    private TrainingRun(Network network, ModelDirectory resumedFrom, SampleSource train, SampleSource evaluation,
            TrainerOptions options,
            WorkerPool pool) {
        this.network = network;
        this.resumedFrom = resumedFrom;
        try {
            trainer = new Trainer(network, train, evaluation, options, pool);
        } catch (RuntimeException | OutOfMemoryError e) {
            network.close();
            throw e;
        }
    }

    /** Starts with random parameters and embeddings in a format. */
    public static TrainingRun start(ModelConfig config, RowFormat format, int seed, TableStorage storage,
            SampleSource train, SampleSource evaluation, TrainerOptions options, WorkerPool pool) {
        return new TrainingRun(Network.create(config, new NumpyRandom(seed), storage, format), null, train, evaluation,
                options, pool);
    }

    /** Goes on where the newest checkpoint that is not damaged stands. */
    static TrainingRun resume(Path directory, ModelConfig config, RowFormat format, Map<String, Object> identity,
            TableStorage storage, SampleSource train, SampleSource evaluation, TrainerOptions options, WorkerPool pool,
            PrintWriter err) {
        final Damage damage = new Damage();
        final ModelFiles.Loaded loaded = ModelFiles.loadNewestGoodTrainable(directory, storage, damage);
        damage.report(err, "going on", loaded.directory());
        requireSame(directory, loaded.network(), config, format);
        final TrainingRun run = new TrainingRun(loaded.network(), loaded.directory(), train, evaluation, options,
                pool);
        try {
            Checkpoint.restore(loaded.directory(), run.network, run.trainer, identity);
            return run;
        } catch (RuntimeException e) {
            run.close();
            throw e;
        }
    }

    private static void requireSame(Path directory, Network network, ModelConfig wanted, RowFormat format) {
        final Map<String, Object> stored = network.config().toJson();
        final Map<String, Object> asked = wanted.toJson();
        // Some models have fields that others lack.
        final Set<String> names = new LinkedHashSet<>(asked.keySet());
        names.addAll(stored.keySet());
        for (String name : names) {
            if (!Objects.equals(asked.get(name), stored.get(name))) {
                network.close();
                throw new CommandException(directory + ": the checkpoint's " + name + " is "
                        + stored.getOrDefault(name, "none") + ", but the run that resumes has "
                        + asked.getOrDefault(name, "none")
                        + "; give the same architecture, loss and data, or train into another directory");
            }
        }
        for (int i = 0; i < network.tables().size(); i++) {
            final EmbeddingTable table = network.tables().get(i);
            if (table.rowFormat() != wanted.tables().get(i).storedAs(format)) {
                network.close();
                throw new CommandException(directory + ": the checkpoint's rows are " + table.rowFormat()
                        + ", but the run that resumes has " + format + "; give --row-format " + table.rowFormat()
                        + ", or train into another directory");
            }
        }
    }

    public Network network() {
        return network;
    }

    public Trainer trainer() {
        return trainer;
    }

    /** Returns the state that the run goes on from, or null if it was started. */
    ModelDirectory resumedFrom() {
        return resumedFrom;
    }

    @Override
    public void close() {
        trainer.close();
        network.close();
    }
}
