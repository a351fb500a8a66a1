package org.dlrm4j.bench;

import java.util.function.UnaryOperator;

/**
 * What one call of a benchmark does, and the limit that it runs into.
 *
 * @param flops floating-point operations, or 0 if data movement is what counts
 * @param bytes bytes of table rows or memory moved, or 0 if arithmetic is what counts
 * @param limit key of the benchmark of {@link MachineLimits} that does the same at best, or {@code null} if there is none
 */
record Work(double flops, double bytes, String limit) {
    private static final String FMA = "MachineLimits.fma";

    /**
     * Computes the work of one call.
     *
     * @param benchmark class and method, for example {@code GemmBenchmark.forward}
     * @param param a benchmark parameter's value by its name
     * @param vectorBits width of the kernels' vectors
     * @throws IllegalArgumentException if the benchmark is not one of this package
     */
    static Work of(String benchmark, UnaryOperator<String> param, int vectorBits) {
        final String peak = FMA + vectorBits;
        final String type = benchmark.substring(0, benchmark.indexOf('.'));
        return switch (type) {
            case "MachineLimits" -> limit(benchmark, param);
            case "GemmBenchmark" -> arithmetic(gemm(param), peak);
            case "InteractionBenchmark" -> arithmetic(interaction(benchmark, param), peak);
            case "DlrmBenchmark" -> arithmetic(dlrm(benchmark, param), peak);
            case "SlsBenchmark" -> rows(param, SlsBenchmark.BAGS, 1);
            case "SparseUpdateBenchmark" -> rows(param, SparseUpdateBenchmark.BAGS,
                    benchmark.endsWith(".adagrad") ? 4 : 2);
            default -> throw new IllegalArgumentException(benchmark + ": no such benchmark");
        };
    }

    /** Names a limit by its benchmark and the parameters that tell its results apart. */
    static String limitKey(String benchmark, UnaryOperator<String> param) {
        return switch (benchmark) {
            case "MachineLimits.sequentialRead" -> benchmark + " " + param.apply("sizeBytes");
            case "MachineLimits.randomRows" -> benchmark + " " + param.apply("rowBytes") + " " + param.apply("size");
            default -> benchmark;
        };
    }

    private static Work limit(String benchmark, UnaryOperator<String> param) {
        if (benchmark.startsWith(FMA)) {
            final int bits = Integer.parseInt(benchmark.substring(FMA.length()));
            return arithmetic(2.0 * MachineLimits.FMA_STEPS * MachineLimits.FMA_ACCUMULATORS * bits / Float.SIZE,
                    null);
        }
        if (benchmark.endsWith(".sequentialRead")) {
            return new Work(0, Math.max(1 << 20, Long.parseLong(param.apply("sizeBytes"))), null);
        }
        return new Work(0, (double) MachineLimits.RandomRows.COUNT * Integer.parseInt(param.apply("rowBytes")), null);
    }

    private static Work arithmetic(double flops, String limit) {
        return new Work(flops, 0, limit);
    }

    private static double gemm(UnaryOperator<String> param) {
        final int[] shape = GemmBenchmark.shape(param.apply("layer"));
        return 2.0 * Integer.parseInt(param.apply("m")) * shape[0] * shape[1];
    }

    private static double interaction(String benchmark, UnaryOperator<String> param) {
        final int[] shape = GemmBenchmark.shape(param.apply("shape"));
        final double forward = Integer.parseInt(param.apply("m")) * pairFlops(shape[0], shape[1]);
        return benchmark.endsWith(".backward") ? 2 * forward : forward;
    }

    private static double pairFlops(int features, int dim) {
        return (double) features * (features - 1) * dim;
    }

    private static double dlrm(String benchmark, UnaryOperator<String> param) {
        final int features = 27;
        final int[] bottom = DlrmBenchmark.BOTTOM;
        double forward = pairFlops(features, DlrmBenchmark.DIM);
        for (int i = 1; i < bottom.length; i++) {
            forward += 2.0 * bottom[i - 1] * bottom[i];
        }
        int in = DlrmBenchmark.DIM + features * (features - 1) / 2;
        for (int out : DlrmBenchmark.TOP) {
            forward += 2.0 * in * out;
            in = out;
        }
        // The backward pass does everything twice, except for the gradient of the dense features.
        final double sample = benchmark.endsWith(".trainingStep") ? 3 * forward - 2.0 * bottom[0] * bottom[1] : forward;
        return Integer.parseInt(param.apply("m")) * sample;
    }

    private static Work rows(UnaryOperator<String> param, int bags, int passes) {
        final int rowBytes = Integer.parseInt(param.apply("dim")) * Float.BYTES;
        final double bytes = (double) passes * bags * Integer.parseInt(param.apply("pooling")) * rowBytes;
        // Popular rows come from whichever cache they fit: no single limit holds.
        final String limit = param.apply("distribution").equals("UNIFORM")
                ? "MachineLimits.randomRows " + rowBytes + " " + param.apply("size")
                : null;
        return new Work(0, bytes, limit);
    }
}
