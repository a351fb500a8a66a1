package org.dlrm4j.cli.bench;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.dlrm4j.cli.ModelText;
import org.dlrm4j.cli.Sizes;
import org.dlrm4j.cli.ThreadOptions;
import org.dlrm4j.cli.Usage;
import org.dlrm4j.kernels.WeightFormat;
import org.dlrm4j.model.ModelConfig;
import org.dlrm4j.model.Network;
import org.dlrm4j.model.TablePlacement;
import org.dlrm4j.os.ThreadPin;
import org.dlrm4j.preset.Workload;
import org.dlrm4j.train.GroupSettings;
import org.dlrm4j.train.TrainerOptions;
import org.dlrm4j.train.WorkerPool;

/** Measures a model once, or once for each value of a sweep. */
final class MeasuredRun {
    private static final int MAX_THREADS = 1024;

    private final PrintWriter out;
    private final MeasureOptions options;
    private final boolean training;
    private final TrainerOptions steps;
    private final RunTime time;
    private final ThreadOptions threads;
    private final int seed;
    private final Results results = new Results();
    private volatile boolean stopRequested;

    /** What one measurement is made with. */
    private record Point(Workload workload, int batchSize, int threads) {}

    /**
     * Prepares a run.
     *
     * @param out where lines go
     * @param options what to measure
     * @param training whether steps are trained when no scenario is asked for
     * @param steps samples of a step, or of a query; how to train
     * @param time how long to measure
     * @param threads how many threads, and where
     * @param seed seed of everything that is made up
     */
    MeasuredRun(PrintWriter out, MeasureOptions options, boolean training, TrainerOptions steps, RunTime time,
            ThreadOptions threads, int seed) {
        this.out = out;
        this.options = options;
        this.training = training && options.scenario() == null;
        this.steps = steps;
        this.time = time;
        this.threads = threads;
        this.seed = seed;
    }

    /** Lets the run end soon; called by any thread. */
    void requestStop() {
        stopRequested = true;
    }

    boolean wasStopped() {
        return stopRequested;
    }

    Results results() {
        return results;
    }

    private String mode() {
        return training ? "training" : options.scenario() == null ? "inference" : options.scenario().toString();
    }

    /** Measures all there is to measure. */
    void run(Workload full) {
        if (options.sweep() == null) {
            measure(List.of(new Point(fitting(full), steps.batchSize(), threads.threads())));
        } else if (options.sweep().axis() == Sweep.Axis.ROWS) {
            for (long rows : options.sweep().values()) {
                final Workload workload = full.withRows(_ -> rows);
                if (stopRequested) {
                    break;
                }
                if (memory().maxTableBytes(optimizer(), full.config().dim()) < workload.config().tableBytes()) {
                    out.println("skipped: tables of " + Sizes.count(rows) + " rows take "
                            + Sizes.bytes(workload.config().tableBytes())
                            + ", more than the memory that is available; --tables DIR maps them from files");
                } else {
                    measure(List.of(new Point(workload, steps.batchSize(), threads.threads())));
                }
            }
        } else {
            final boolean batches = options.sweep().axis() == Sweep.Axis.BATCH;
            final Workload workload = fitting(full);
            measure(options.sweep().values().stream().map(value -> new Point(workload,
                    batches ? Math.toIntExact(value) : steps.batchSize(),
                    batches ? threads.threads() : Math.toIntExact(value))).toList());
        }
    }

    private TableMemory memory() {
        return new TableMemory(options.tables(), new MachineFiles(Path.of("/")).availableBytes());
    }

    private GroupSettings optimizer() {
        return training ? steps.optimizer().embedding() : null;
    }

    private Workload fitting(Workload full) {
        final TableMemory memory = memory();
        final Workload scaled = full.scaledTo(memory.maxTableBytes(optimizer(), full.config().dim()));
        if (scaled != full) {
            out.println(memory.describeScaling(full, scaled));
        }
        return scaled;
    }

    /** Measures points of the same model, which is made once. */
    private void measure(List<Point> points) {
        final Workload workload = points.getFirst().workload();
        final ModelConfig config = workload.config();
        final TableMemory memory = memory();
        memory.check();
        out.println(ModelText.size(config, options.rowFormat())
                + (options.tables() == null ? "" : "; tables are mapped from sparse files")
                + "; " + Sizes.decimal(workload.lookupsPerSample(), 1) + " lookups a sample"
                + (options.denseWeights() == WeightFormat.F32
                        ? ""
                        : "; layers with " + options.denseWeights() + " weights"));
        out.flush();
        final int maxBatch = points.stream().mapToInt(Point::batchSize).max().orElseThrow();
        final TablePlacement placement = threads.placement(config);
        try (Network network = create(memory, workload, placement);
                SampleLibrary library = SampleLibrary.create(workload, maxBatch, seed)) {
            ThreadOptions.describe(placement, network.tables()).ifPresent(out::println);
            out.println("data: " + Sizes.count(library.size()) + " random samples, made beforehand and used in turn");
            for (Point point : points) {
                if (!stopRequested) {
                    measure(point, network, library);
                }
            }
        }
    }

    private Network create(TableMemory memory, Workload workload, TablePlacement placement) {
        try (WorkerPool pool = threads.start()) {
            return memory.create(workload, options.rowFormat(), options.denseWeights(), seed, placement, pool);
        }
    }

    private void measure(Point point, Network network, SampleLibrary library) {
        out.println("measuring " + mode() + ", batch " + Sizes.count(point.batchSize()) + ", threads "
                + point.threads() + ": " + Sizes.seconds(time.warmUpSeconds()) + " to warm up, then "
                + Sizes.seconds(time.seconds()) + (isSearch() ? " a run" : ""));
        out.flush();
        try (WorkerPool pool = threads.start(point.threads()); ThreadPin _ = pool.pinCaller()) {
            final Measurement found = measure(point, network, library, pool);
            results.add(found.with(Column.MODE, mode()).with(Column.BATCH, point.batchSize())
                    .with(Column.THREADS, point.threads()).with(Column.ROWS, point.workload().rows())
                    .with(Column.TABLE_BYTES, network.config().tableBytes(options.rowFormat())));
        }
    }

    private Measurement measure(Point point, Network network, SampleLibrary library, WorkerPool pool) {
        final StepBench bench = new StepBench(network, library, time, () -> stopRequested);
        if (training) {
            return bench.train(point.batchSize(), steps.optimizer(), steps.schedule(), pool);
        }
        return switch (options.scenario()) {
            case null -> bench.offline(point.batchSize(), pool);
            case OFFLINE -> bench.offline(point.batchSize(), pool);
            case SINGLE_STREAM -> bench.singleStream(point.batchSize(), pool);
            case SERVER -> server(point, network, library, pool);
        };
    }

    private boolean isSearch() {
        return options.scenario() == Scenario.SERVER && options.targetQps() == null;
    }

    private Measurement server(Point point, Network network, SampleLibrary library, WorkerPool pool) {
        try (ServerBench server = new ServerBench(network, library, point.batchSize(), pool, time,
                options.boundNanos(), seed)) {
            final double capacity = server.capacity();
            out.println("threads do " + Sizes.decimal(capacity, 1) + " queries/s if none has to wait for its arrival");
            if (!isSearch()) {
                return server.probe(options.targetQps(), time.seconds());
            }
            return server.search(capacity, run -> {
                out.println("  " + Column.TARGET_QPS.text(run.value(Column.TARGET_QPS)) + " queries/s: p99 "
                        + Column.P99.text(run.value(Column.P99)) + " us, " + run.value(Column.VERDICT));
                out.flush();
            }, () -> stopRequested);
        }
    }

    /** Refuses a sweep that cannot be made, before anything is made. */
    static void check(Sweep sweep) {
        if (sweep != null && sweep.axis() != Sweep.Axis.ROWS) {
            for (long value : sweep.values()) {
                final long most = sweep.axis() == Sweep.Axis.BATCH ? TrainerOptions.MAX_BATCH : MAX_THREADS;
                Usage.require(value <= most, "--sweep " + sweep.axis().name().toLowerCase(Locale.ROOT)
                        + " has " + value + ", expected at most " + most);
            }
        }
    }
}
