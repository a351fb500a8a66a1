package org.dlrm4j.bench;

import java.util.function.UnaryOperator;
import org.dlrm4j.kernels.RowFormat;
import org.dlrm4j.kernels.WeightFormat;

/**
 * What one call of a benchmark does, and the limits that it runs into: it can take no less time than the arithmetic at the
 * peak, nor than the memory at the bandwidth of the level that holds it (the roofline of Williams et al., CACM 52(4), 2009).
 *
 * @param flops floating-point operations, or 0 if none are counted
 * @param bytes bytes of table rows or memory moved, or 0 if none are counted
 * @param peak key of the limit of {@code flops}, or {@code null} if there is none
 * @param bandwidth key of the limit of {@code bytes}, or {@code null} if there is none
 */
record Work(double flops, double bytes, String peak, String bandwidth) {
    private static final String FMA = "MachineLimits.fma";
    private static final String SEQUENTIAL = "MemoryLimits.sequentialRead";

    /**
     * Computes the work of one call.
     *
     * @param benchmark class and method, for example {@code GemmBenchmark.forward}
     * @param param a benchmark parameter's value by its name
     * @param vectorBits width of the kernels' vectors
     * @param threads how many make calls at once
     * @throws IllegalArgumentException if the benchmark is not one of this package
     */
    static Work of(String benchmark, UnaryOperator<String> param, int vectorBits, int threads) {
        final String type = benchmark.substring(0, benchmark.indexOf('.'));
        final String method = benchmark.substring(type.length() + 1);
        return switch (type) {
            case "MachineLimits" -> peak(Integer.parseInt(method.substring("fma".length())));
            case "MemoryLimits" -> limit(method, param, threads);
            case "GemmBenchmark" -> roofline(gemmFlops(param), gemmFloats(param), vectorBits);
            case "CompactGemmBenchmark" -> roofline(gemmFlops(param), compactGemmFloats(param), vectorBits);
            case "InteractionBenchmark" -> interaction(method.equals("backward"), param, vectorBits);
            case "ModelBenchmark" -> model(method.equals("trainingStep"), param, vectorBits);
            case "ElementwiseBenchmark" -> moved(passes(method) * number(param, "m") * number(param, "n"));
            case "LossBenchmark" -> moved(4 * number(param, "m"));
            case "DenseOptimizerBenchmark" -> moved((method.equals("adagrad") ? 5 : 3) * number(param, "count"));
            case "SlsBenchmark" -> rows("randomRead", param, SlsBenchmark.BAGS, 1);
            case "CompactSlsBenchmark" -> new Work(0, CompactSlsBenchmark.BAGS * number(param, "pooling")
                    * RowFormat.valueOf(param.apply("format")).rowBytes(Integer.parseInt(param.apply("dim"))), null,
                    null);
            case "SparseUpdateBenchmark" -> rows("randomUpdate", param, SparseUpdateBenchmark.BAGS,
                    method.equals("adagrad") ? 4 : 2);
            default -> throw new IllegalArgumentException(benchmark + ": no such benchmark");
        };
    }

    /** Names a limit by its benchmark and the parameters that tell its results apart. */
    static String limitKey(String benchmark, UnaryOperator<String> param) {
        return switch (benchmark) {
            case SEQUENTIAL -> sequential(MemoryLevel.valueOf(param.apply("size")));
            case "MemoryLimits.randomRead", "MemoryLimits.randomUpdate" -> benchmark + " " + param.apply("rowBytes")
                    + " " + param.apply("size") + " " + param.apply("pages");
            default -> benchmark;
        };
    }

    private static String sequential(MemoryLevel level) {
        return SEQUENTIAL + " " + level;
    }

    private static Work peak(int bits) {
        return new Work(2.0 * MachineLimits.FMA_STEPS * MachineLimits.FMA_ACCUMULATORS * bits / Float.SIZE, 0, null,
                null);
    }

    private static Work limit(String method, UnaryOperator<String> param, int threads) {
        if (method.equals("sequentialRead")) {
            final long bytes = MemoryLevel.valueOf(param.apply("size")).bytes(threads);
            return new Work(0, (double) bytes * MemoryLimits.Sequence.passes(bytes), null, null);
        }
        final int passes = method.equals("randomUpdate") ? 2 : 1;
        return new Work(0, passes * MemoryLimits.RandomRows.COUNT * number(param, "rowBytes"), null, null);
    }

    private static Work roofline(double flops, double floats, int vectorBits) {
        final double bytes = floats * Float.BYTES;
        return new Work(flops, bytes, FMA + vectorBits, sequential(MemoryLevel.holding(bytes)));
    }

    private static Work moved(double floats) {
        final double bytes = floats * Float.BYTES;
        return new Work(0, bytes, null, sequential(MemoryLevel.holding(bytes)));
    }

    private static double number(UnaryOperator<String> param, String name) {
        return Double.parseDouble(param.apply(name));
    }

    private static double gemmFlops(UnaryOperator<String> param) {
        final int[] shape = GemmBenchmark.shape(param.apply("layer"));
        return 2 * number(param, "m") * shape[0] * shape[1];
    }

    private static double gemmFloats(UnaryOperator<String> param) {
        final int[] shape = GemmBenchmark.shape(param.apply("layer"));
        return (double) shape[0] * shape[1] + number(param, "m") * (shape[0] + shape[1]);
    }

    /** Counts weights of fewer bytes as the fewer floats. */
    private static double compactGemmFloats(UnaryOperator<String> param) {
        final int[] shape = GemmBenchmark.shape(param.apply("layer"));
        final int weightBytes = WeightFormat.valueOf(param.apply("format")).elementBytes();
        return (double) shape[0] * shape[1] * weightBytes / Float.BYTES + number(param, "m") * (shape[0] + shape[1]);
    }

    private static Work interaction(boolean backward, UnaryOperator<String> param, int vectorBits) {
        final int[] shape = GemmBenchmark.shape(param.apply("shape"));
        final double m = number(param, "m");
        final double vectors = (double) shape[0] * shape[1];
        final double outputs = shape[1] + shape[0] * (shape[0] - 1) / 2.0;
        return roofline((backward ? 2 : 1) * m * pairFlops(shape[0], shape[1]),
                m * ((backward ? 2 : 1) * vectors + outputs), vectorBits);
    }

    private static double pairFlops(int features, int dim) {
        return (double) features * (features - 1) * dim;
    }

    private static Work model(boolean training, UnaryOperator<String> param, int vectorBits) {
        final ModelBenchmark.Kind kind = ModelBenchmark.Kind.valueOf(param.apply("kind"));
        // The backward pass does everything twice.
        final double flops = number(param, "m") * (training ? 3 : 1) * kind.forwardFlops();
        return roofline(flops, kind.config(1).denseParameters(), vectorBits);
    }

    /** How many floats are read or written for each element. */
    private static int passes(String elementwise) {
        return switch (elementwise) {
            case "columnSums", "firstNonFinite" -> 1;
            case "sigmoid" -> 2;
            default -> 3;
        };
    }

    private static Work rows(String limit, UnaryOperator<String> param, int bags, int passes) {
        final int rowBytes = Integer.parseInt(param.apply("dim")) * Float.BYTES;
        final double bytes = passes * bags * number(param, "pooling") * rowBytes;
        // Popular rows come from whichever cache they fit: no single limit holds.
        final String bandwidth = param.apply("distribution").equals("UNIFORM")
                ? "MemoryLimits." + limit + " " + rowBytes + " " + param.apply("size") + " " + PageSize.HUGE
                : null;
        return new Work(0, bytes, null, bandwidth);
    }
}
