package org.dlrm4j.bench.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.dlrm4j.preset.Preset;
import org.dlrm4j.train.OptimizerKind;

/**
 * What the report is asked for.
 *
 * @param output where page and figures go
 * @param preset the model and its data
 * @param batch samples of a batch
 * @param threads threads that train
 * @param optimizer the method
 * @param machines a described machine, a directory of them, or null for none
 */
record ReportOptions(Path output, Preset preset, int batch, int threads, OptimizerKind optimizer, Path machines) {
    static final String USAGE = """
            Usage: dlrm bench --report [OPTIONS]
            Tells what binds each operator of a model on this machine, in about two minutes, and writes a page about it.
              --output DIR         where report.html and its figures go (default: hardware-report)
              --preset NAME        the model and the shape of its data (default: kaggle), one of
                                   %s
              --mini-batch-size N  samples of a batch (default: the preset's)
              --threads N          threads that train (default: all cores)
              --optimizer NAME     sgd, adagrad, row_wise_adagrad, adam, adamw or ftrl (default: the preset's)
              --machines PATH      a described machine, or a directory of them, to predict for (docs/benchmark.md)
              --help               shows this""".formatted(Preset.names());

    private static final int MAX_BATCH = 1 << 20;
    private static final int MAX_THREADS = 1024;

    /**
     * Reads arguments.
     *
     * @return null if help is asked for
     * @throws IllegalArgumentException naming the argument that is wrong, and what was expected
     */
    static ReportOptions parse(String[] args) {
        Path output = Path.of("hardware-report");
        Preset preset = Preset.named("kaggle");
        int batch = 0;
        int threads = Runtime.getRuntime().availableProcessors();
        OptimizerKind optimizer = null;
        Path machines = null;
        for (int i = 0; i < args.length; i += 2) {
            final String name = args[i];
            if (name.equals("--help")) {
                return null;
            }
            if (!List.of("--output", "--preset", "--mini-batch-size", "--threads", "--optimizer", "--machines")
                    .contains(name)) {
                throw new IllegalArgumentException("unexpected argument " + name + "; --help shows what there is");
            }
            if (i + 1 == args.length) {
                throw new IllegalArgumentException(name + " has no value; --help shows what it takes");
            }
            final String value = args[i + 1];
            switch (name) {
                case "--output" -> output = Path.of(value);
                case "--preset" -> preset = preset(value);
                case "--mini-batch-size" -> batch = number(name, value, MAX_BATCH);
                case "--threads" -> threads = number(name, value, MAX_THREADS);
                case "--optimizer" -> optimizer = constant(name, value, OptimizerKind.class);
                default -> machines = Path.of(value);
            }
        }
        return new ReportOptions(output, preset, batch == 0 ? preset.batchSize() : batch, threads,
                optimizer == null ? preset.optimizer() : optimizer, machines);
    }

    private static Preset preset(String value) {
        try {
            return Preset.named(value);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("--preset is " + value + ", expected one of " + Preset.names(), e);
        }
    }

    private static int number(String name, String value, int most) {
        if (!value.matches("[1-9][0-9]{0,6}") || Integer.parseInt(value) > most) {
            throw new IllegalArgumentException(name + " is " + value + ", expected 1 to " + most);
        }
        return Integer.parseInt(value);
    }

    private static <E extends Enum<E>> E constant(String name, String value, Class<E> type) {
        final List<String> names = Arrays.stream(type.getEnumConstants()).map(c -> c.name().toLowerCase(Locale.ROOT))
                .toList();
        if (!names.contains(value)) {
            throw new IllegalArgumentException(name + " is " + value + ", expected one of " + names);
        }
        return Enum.valueOf(type, value.toUpperCase(Locale.ROOT));
    }

    /** Returns the files of described machines, in order of their names. */
    List<Path> machineFiles() throws IOException {
        if (machines == null) {
            return List.of();
        }
        if (Files.isDirectory(machines)) {
            try (Stream<Path> files = Files.list(machines)) {
                return files.filter(file -> file.toString().endsWith(".json")).sorted().toList();
            }
        }
        if (!Files.exists(machines)) {
            throw new IllegalArgumentException("--machines is " + machines
                    + ", which does not exist; expected a described machine or a directory of them");
        }
        return List.of(machines);
    }
}
