package org.dlrm4j.bench.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleFunction;

/**
 * Scenarios that differ in one number.
 *
 * @param name what the number is
 * @param values the numbers, ascending
 * @param scenarios one a number
 */
record Sweep(String name, double[] values, List<Scenario> scenarios) {
    private static final int[] BATCHES = {16, 32, 64, 128, 256, 512, 1024, 2048, 4096};
    private static final double[] TABLES = {1.0 / 64, 1.0 / 16, 1.0 / 4, 0.5, 1, 2};
    private static final int[] POOLING = {1, 2, 5, 10, 20, 40};
    private static final int[] DIMS = {8, 16, 32, 64, 128};

    Sweep {
        values = values.clone();
        scenarios = List.copyOf(scenarios);
    }

    /** Returns the sweeps around a scenario; tables take no more than so many bytes. */
    static List<Sweep> around(Scenario base, int maxThreads, double maxTableBytes) {
        final List<Sweep> sweeps = new ArrayList<>();
        sweeps.add(of("batch size", doubles(BATCHES), v -> base.withBatch((int) v), maxTableBytes));
        if (maxThreads > 1) {
            final List<Double> counts = new ArrayList<>();
            for (int t = 1; t < maxThreads; t *= 2) {
                counts.add((double) t);
            }
            counts.add((double) maxThreads);
            sweeps.add(of("threads", counts.stream().mapToDouble(Double::doubleValue).toArray(),
                    v -> base.withThreads((int) v), maxTableBytes));
        }
        sweeps.add(of("table size factor", TABLES, base::withRowsTimes, maxTableBytes));
        sweeps.add(of("pooling factor", doubles(POOLING), v -> base.withPooling((int) v), maxTableBytes));
        if (base.config().architecture().hasEmbeddings()) {
            sweeps.add(of("embedding dimension", doubles(DIMS), v -> base.withDim((int) v), maxTableBytes));
        }
        return sweeps;
    }

    private static double[] doubles(int[] values) {
        return Arrays.stream(values).asDoubleStream().toArray();
    }

    private static Sweep of(String name, double[] values, DoubleFunction<Scenario> vary, double maxTableBytes) {
        final List<Scenario> scenarios = new ArrayList<>();
        int count = 0;
        for (double value : values) {
            final Scenario scenario = vary.apply(value);
            if (scenario.config().tableBytes() <= maxTableBytes) {
                scenarios.add(scenario);
                count++;
            }
        }
        return new Sweep(name, Arrays.copyOf(values, count), scenarios);
    }

    /** Tells whether the model is fitted to a point: every other one, or of two the one that is not the base, is kept to judge it. */
    boolean isFitted(int point, Scenario base) {
        return scenarios.get(point).equals(base) || scenarios.size() > 2 && point % 2 == 0;
    }
}
