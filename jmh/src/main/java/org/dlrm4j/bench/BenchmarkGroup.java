package org.dlrm4j.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Benchmarks of one method: the product of all parameter values.
 *
 * @param benchmark class and method
 * @param threads how many make calls at once
 * @param params values by parameter; those that the benchmark declares where there are none
 */
record BenchmarkGroup(String benchmark, int threads, Map<String, List<String>> params) {
    private static final List<String> LAYERS = List.of("13x512", "512x256", "256x64", "367x512");

    /**
     * Returns what the report runs, the limits first: later lines are held against them.
     *
     * @param all every benchmark at every shape, or a selection
     * @param vectorBits width of the kernels' vectors
     * @param threads threads of the machine
     */
    static List<BenchmarkGroup> of(boolean all, int vectorBits, int threads) {
        final List<BenchmarkGroup> groups = new ArrayList<>();
        for (int bits = vectorBits; bits >= 128; bits /= 2) {
            groups.add(one("MachineLimits.fma" + bits, Map.of()));
        }
        groups.add(one("MemoryLimits.sequentialRead", Map.of()));
        groups.addAll(all ? everyKernel(threads) : selectedKernels(threads));
        return groups;
    }

    /**
     * C2 takes up to a second for a register tile, and twice that where it has to share a core with the benchmark; until it
     * is done every accumulator is boxed. A model needs a dozen of them.
     */
    int warmupMillis() {
        return switch (benchmark.substring(0, benchmark.indexOf('.'))) {
            case "MachineLimits", "MemoryLimits", "LossBenchmark" -> 900;
            case "SlsBenchmark", "CompactSlsBenchmark", "ElementwiseBenchmark", "DenseOptimizerBenchmark" -> 1500;
            case "ModelBenchmark" -> 6000;
            default -> 3000;
        };
    }

    private static List<BenchmarkGroup> everyKernel(int threads) {
        final List<BenchmarkGroup> groups = new ArrayList<>();
        for (String limit : List.of("MemoryLimits.randomRead", "MemoryLimits.randomUpdate")) {
            groups.add(one(limit, Map.of()));
        }
        if (threads > 1) {
            for (String limit : List.of("sequentialRead", "randomRead", "randomUpdate")) {
                groups.add(new BenchmarkGroup("MemoryLimits." + limit, threads, Map.of()));
            }
        }
        for (String kernel : List.of("GemmBenchmark.forward", "GemmBenchmark.dgrad", "GemmBenchmark.wgrad",
                "CompactGemmBenchmark.forward",
                "SlsBenchmark.forward", "CompactSlsBenchmark.forward", "SparseUpdateBenchmark.sgd",
                "SparseUpdateBenchmark.adagrad",
                "SparseUpdateBenchmark.rowWiseAdagrad", "InteractionBenchmark.forward", "InteractionBenchmark.backward",
                "ElementwiseBenchmark.sigmoid", "ElementwiseBenchmark.reluBackward",
                "ElementwiseBenchmark.sigmoidBackward", "ElementwiseBenchmark.columnSums",
                "ElementwiseBenchmark.firstNonFinite", "LossBenchmark.sigmoidLoss", "DenseOptimizerBenchmark.sgd",
                "DenseOptimizerBenchmark.adagrad", "ModelBenchmark.forward", "ModelBenchmark.trainingStep")) {
            groups.add(one(kernel, Map.of()));
        }
        return groups;
    }

    private static List<BenchmarkGroup> selectedKernels(int threads) {
        final List<BenchmarkGroup> groups = new ArrayList<>();
        groups.add(random("Read", List.of("64", "128", "256", "512"), "DRAM", PageSize.HUGE, 1));
        groups.add(random("Read", List.of("256"), "DRAM", PageSize.SMALL, 1));
        groups.add(random("Read", List.of("256"), "L2", PageSize.HUGE, 1));
        groups.add(random("Read", List.of("256"), "L3", PageSize.HUGE, 1));
        groups.add(random("Update", List.of("256"), "DRAM", PageSize.HUGE, 1));
        if (threads > 1) {
            groups.add(new BenchmarkGroup("MemoryLimits.sequentialRead", threads, Map.of("size", List.of("DRAM"))));
            groups.add(random("Read", List.of("256"), "DRAM", PageSize.HUGE, threads));
            groups.add(random("Update", List.of("256"), "DRAM", PageSize.HUGE, threads));
        }

        groups.add(gemm("forward", List.of("512x256"), List.of("1", "16")));
        groups.add(gemm("forward", LAYERS, List.of("128")));
        groups.add(gemm("forward", List.of("512x256", "1024x1024"), List.of("2048")));
        groups.add(gemm("dgrad", List.of("512x256", "1024x1024"), List.of("128")));
        groups.add(gemm("wgrad", List.of("512x256", "1024x1024"), List.of("128")));

        groups.add(sls(List.of("16", "32", "64", "128"), "32", "DRAM", "UNIFORM"));
        groups.add(sls(List.of("64"), "1", "DRAM", "UNIFORM"));
        groups.add(sls(List.of("64"), "32", "DRAM", "ZIPF"));
        groups.add(sls(List.of("64"), "32", "L3", "UNIFORM"));
        groups.add(sls(List.of("64"), "32", "L2", "UNIFORM"));
        for (String method : List.of("sgd", "adagrad", "rowWiseAdagrad")) {
            groups.add(one("SparseUpdateBenchmark." + method, Map.of("dim", List.of("64"), "pooling", List.of("1"),
                    "size", List.of("DRAM"), "distribution", List.of("UNIFORM"))));
        }
        for (String method : List.of("forward", "backward")) {
            groups.add(one("InteractionBenchmark." + method,
                    Map.of("shape", List.of("27x16", "27x128", "9x32"), "m", List.of("128"))));
        }
        groups.add(one("ElementwiseBenchmark.sigmoid", Map.of("n", List.of("1"), "m", List.of("128"))));
        for (String method : List.of("reluBackward", "columnSums")) {
            groups.add(one("ElementwiseBenchmark." + method, Map.of("n", List.of("512"), "m", List.of("128"))));
        }
        groups.add(one("LossBenchmark.sigmoidLoss", Map.of("function", List.of("BCE"), "m", List.of("128"))));
        for (String method : List.of("sgd", "adagrad")) {
            groups.add(one("DenseOptimizerBenchmark." + method, Map.of("count", List.of("131072"))));
        }
        groups.add(one("ModelBenchmark.forward", Map.of("kind", List.of("DLRM"), "m", List.of("1", "2048"))));
        groups.add(one("ModelBenchmark.forward", Map.of("m", List.of("128"))));
        groups.add(one("ModelBenchmark.trainingStep", Map.of("m", List.of("128", "2048"))));
        return groups;
    }

    private static BenchmarkGroup one(String benchmark, Map<String, List<String>> params) {
        return new BenchmarkGroup(benchmark, 1, params);
    }

    private static BenchmarkGroup random(String operation, List<String> rowBytes, String size, PageSize pages,
            int threads) {
        return new BenchmarkGroup("MemoryLimits.random" + operation, threads,
                Map.of("rowBytes", rowBytes, "size", List.of(size), "pages", List.of(pages.name())));
    }

    private static BenchmarkGroup gemm(String method, List<String> layers, List<String> m) {
        return one("GemmBenchmark." + method, Map.of("layer", layers, "m", m));
    }

    private static BenchmarkGroup sls(List<String> dims, String pooling, String size, String distribution) {
        return one("SlsBenchmark.forward", Map.of("dim", dims, "pooling", List.of(pooling), "size", List.of(size),
                "distribution", List.of(distribution)));
    }
}
