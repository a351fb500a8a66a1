package org.dlrm4j.cli;

import java.nio.file.Path;
import java.util.Map;
import org.dlrm4j.data.NumpyRandom;
import org.dlrm4j.data.SampleSource;
import org.dlrm4j.model.DlrmConfig;
import org.dlrm4j.model.DlrmModel;
import org.dlrm4j.model.ModelFiles;
import org.dlrm4j.model.TableStorage;
import org.dlrm4j.store.ModelDirectory;
import org.dlrm4j.train.Checkpoint;
import org.dlrm4j.train.Trainer;
import org.dlrm4j.train.TrainerOptions;
import org.dlrm4j.train.WorkerPool;

/** A model and the trainer that works on it; closes both. The threads are the caller's. */
final class TrainingRun implements AutoCloseable {
    private final DlrmModel model;
    private final Trainer trainer;

    private TrainingRun(DlrmModel model, SampleSource train, SampleSource evaluation, TrainerOptions options,
            WorkerPool pool) {
        this.model = model;
        try {
            trainer = new Trainer(model, train, evaluation, options, pool);
        } catch (RuntimeException | OutOfMemoryError e) {
            model.close();
            throw e;
        }
    }

    /** Starts with random parameters. */
    static TrainingRun start(DlrmConfig config, int seed, TableStorage storage, SampleSource train,
            SampleSource evaluation, TrainerOptions options, WorkerPool pool) {
        return new TrainingRun(DlrmModel.create(config, new NumpyRandom(seed), storage), train, evaluation, options,
                pool);
    }

    /** Goes on where a checkpoint stands. */
    static TrainingRun resume(Path directory, DlrmConfig config, Map<String, Object> identity, TableStorage storage,
            SampleSource train, SampleSource evaluation, TrainerOptions options, WorkerPool pool) {
        final ModelFiles.Loaded loaded = ModelDirectory.load(directory,
                generation -> ModelFiles.loadTrainable(generation, storage));
        requireSame(directory, loaded.model(), config);
        final TrainingRun run = new TrainingRun(loaded.model(), train, evaluation, options, pool);
        try {
            Checkpoint.restore(loaded.directory(), run.model, run.trainer, identity);
            return run;
        } catch (RuntimeException e) {
            run.close();
            throw e;
        }
    }

    private static void requireSame(Path directory, DlrmModel model, DlrmConfig wanted) {
        final Map<String, Object> stored = model.config().toJson();
        wanted.toJson().forEach((name, value) -> {
            if (!value.equals(stored.get(name))) {
                model.close();
                throw new CommandException(directory + ": the checkpoint's " + name + " is " + stored.get(name)
                        + ", but the run that resumes has " + value
                        + "; give the same architecture, loss and data, or train into another directory");
            }
        });
    }

    DlrmModel model() {
        return model;
    }

    Trainer trainer() {
        return trainer;
    }

    @Override
    public void close() {
        trainer.close();
        model.close();
    }
}
