package org.dlrm4j.cli.bench;

import java.nio.file.Path;
import org.dlrm4j.cli.PresetConverter;
import org.dlrm4j.cli.TrainedRowsConverter;
import org.dlrm4j.cli.Usage;
import org.dlrm4j.kernels.RowFormat;
import org.dlrm4j.kernels.WeightFormat;
import org.dlrm4j.preset.Preset;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** What is measured beyond the reference's loop. */
final class MeasureOptions {
    private static final double DEFAULT_SECONDS = 10;
    private static final double DEFAULT_WARM_UP_SECONDS = 5;
    private static final double DEFAULT_BOUND_MILLIS = 60;

    // @formatter:off
    @Option(names = "--preset", paramLabel = "NAME", converter = PresetConverter.class,
            completionCandidates = PresetConverter.Names.class,
            description = "A published model: ${COMPLETION-CANDIDATES}. "
                    + "Its tables are scaled to the memory that is available.")
    private Preset preset;

    @Option(names = "--tables", paramLabel = "DIR",
            description = "Map tables of all rows from sparse files in this directory instead of scaling them. The files take "
                    + "disk space as rows are touched, and go with the process.")
    private Path tables;

    @Option(names = "--row-format", paramLabel = "f32|bf16", defaultValue = "f32",
            converter = TrainedRowsConverter.class,
            description = "How rows of embeddings are stored; tables are scaled as if they were f32 (${DEFAULT-VALUE}).")
    private RowFormat rowFormat;

    @Option(names = "--dense-weights", paramLabel = "f32|bf16|i8", defaultValue = "f32",
            description = "What layers multiply with when they predict (${DEFAULT-VALUE}).")
    private WeightFormat denseWeights;

    @Option(names = "--scenario", paramLabel = "single-stream|server|offline", converter = ScenarioConverter.class,
            description = "Predict instead of training: one query after the other, queries that arrive at random times, or all "
                    + "samples at once. A query has --mini-batch-size samples (1; offline: the model's batch).")
    private Scenario scenario;

    @Option(names = "--target-qps", paramLabel = "Q",
            description = "server: mean rate of arrivals. Without, the highest that meets the bound is searched for.")
    private Double targetQps;

    @Option(names = "--latency-bound-ms", paramLabel = "MS",
            description = "server: what 99 of 100 latencies, from the scheduled arrival, must meet (60).")
    private Double boundMillis;

    @Option(names = "--sweep", paramLabel = "batch|threads|rows=N,N,..", converter = Sweep.Converter.class,
            description = "Measure once for each value: samples of a step or query, threads, or rows of every table.")
    private Sweep sweep;

    @Option(names = "--duration", paramLabel = "SECONDS",
            description = "Length of each measurement, which --num-batches may end earlier (10).")
    private Double seconds;

    @Option(names = "--warm-up", paramLabel = "SECONDS", description = "What comes before and does not count (5).")
    private Double warmUpSeconds;

    @Option(names = "--json", paramLabel = "FILE",
            description = "Write the measurements and all that is known about machine and JVM.")
    private Path json;

    @Option(names = "--csv", paramLabel = "FILE", description = "Write the measurements, a line each.")
    private Path csv;
    // @formatter:on

    /** Returns whether there is more to do than the reference's loop. */
    boolean isAsked() {
        return preset != null || scenario != null || sweep != null || tables != null;
    }

    /** Refuses what contradicts itself. */
    void check() {
        Usage.require(isAsked() || seconds == null && warmUpSeconds == null,
                "--duration and --warm-up need --preset, --scenario, --sweep or --tables; the reference's loop ends after "
                        + "--num-batches");
        Usage.require(rowFormat == RowFormat.F32 || isAsked(),
                "--row-format needs --preset, --scenario, --sweep or --tables; the reference's tables are float32");
        Usage.require(denseWeights == WeightFormat.F32 || scenario != null,
                "--dense-weights " + denseWeights + " needs --scenario: layers are trained in f32");
        Usage.require(scenario == Scenario.SERVER || targetQps == null && boundMillis == null,
                "--target-qps and --latency-bound-ms need --scenario server");
        Usage.require(targetQps == null || targetQps > 0 && targetQps < Double.POSITIVE_INFINITY,
                "--target-qps is " + targetQps + ", expected more than 0");
        Usage.require(boundMillis == null || boundMillis > 0 && boundMillis < Double.POSITIVE_INFINITY,
                "--latency-bound-ms is " + boundMillis + ", expected more than 0");
        Usage.require(seconds == null || seconds > 0 && seconds <= 1e6,
                "--duration is " + seconds + ", expected more than 0 and at most 1000000");
        Usage.require(warmUpSeconds == null || warmUpSeconds >= 0 && warmUpSeconds <= 1e6,
                "--warm-up is " + warmUpSeconds + ", expected 0 to 1000000");
    }

    Preset preset() {
        return preset;
    }

    Path tables() {
        return tables;
    }

    RowFormat rowFormat() {
        return rowFormat;
    }

    WeightFormat denseWeights() {
        return denseWeights;
    }

    Scenario scenario() {
        return scenario;
    }

    Sweep sweep() {
        return sweep;
    }

    /** Returns null if the highest rate is to be searched for. */
    Double targetQps() {
        return targetQps;
    }

    long boundNanos() {
        return RunTime.nanos(1e-3 * (boundMillis == null ? DEFAULT_BOUND_MILLIS : boundMillis));
    }

    RunTime time(long maxSteps) {
        return new RunTime(warmUpSeconds == null ? DEFAULT_WARM_UP_SECONDS : warmUpSeconds,
                seconds == null ? DEFAULT_SECONDS : seconds, maxSteps);
    }

    Path json() {
        return json;
    }

    Path csv() {
        return csv;
    }

    /** Knows the scenarios. */
    static final class ScenarioConverter implements ITypeConverter<Scenario> {
        @Override
        public Scenario convert(String name) {
            for (Scenario scenario : Scenario.values()) {
                if (scenario.toString().equals(name)) {
                    return scenario;
                }
            }
            throw new TypeConversionException("'" + name + "' is none of single-stream, server, offline");
        }
    }
}
