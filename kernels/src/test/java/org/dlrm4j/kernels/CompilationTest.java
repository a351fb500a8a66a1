package org.dlrm4j.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * C1 must be able to compile every tile with profiling. One that is too large for it may be stuck in code without a profile,
 * and then C2 never compiles it: seen in one JVM start of five, a hundred times slower.
 */
class CompilationTest {
    private static final int ROUNDS = 3000;

    @Test
    void tilesFitTheFirstCompiler() throws IOException, InterruptedException {
        assumeTrue(KernelInfo.isVector(), "tiles belong to the vector kernels");
        final List<String> command = new ArrayList<>();
        command.add(System.getProperty("java.home") + "/bin/java");
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("-Ddlrm4j")).toList());
        command.addAll(List.of("--add-modules=jdk.incubator.vector", "-XX:TieredStopAtLevel=3", "-XX:+PrintCompilation",
                "-cp", System.getProperty("java.class.path") + ":target/classes", Products.class.getName()));
        final Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        final String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
        assertTrue(
                output.contains(
                        "SgemmTiles" + Gemm.panelColumns() * Float.SIZE / KernelInfo.vectorBits() + "v::tile6x"),
                output);
        for (final String tiles : List.of("Bf16Tiles", "I8Tiles")) {
            assertTrue(output.contains(tiles + "::tile" + (KernelInfo.vectorBits() == 512 ? "4x4" : "1x2")), output);
        }
        assertEquals(List.of(),
                output.lines().filter(line -> line.contains("COMPILE SKIPPED") && line.contains("dlrm4j")).toList());
    }

    /** Products that need every tile. */
    static final class Products {
        private Products() {}

        public static void main(String[] arguments) {
            final int m = 6 + 4 + 2 + 1;
            final int k = 8;
            final int n = 2 * Gemm.panelColumns() - 1;
            try (Arena arena = Arena.ofConfined()) {
                final MemorySegment a = arena.allocate(4L * m * k, 64);
                final MemorySegment packed = arena.allocate(Gemm.packedBytes(k, n), 64);
                final MemorySegment c = arena.allocate(4L * m * n, 64);
                for (int round = 0; round < ROUNDS; round++) {
                    Gemm.multiply(a, 0, 4L * k, 4, packed, 0, m, k, n, 0, n, c, 0, 4L * n, false, null, 0,
                            Activation.RELU);
                }
                for (final WeightFormat format : List.of(WeightFormat.BF16, WeightFormat.I8)) {
                    final MemorySegment compact = arena.allocate(CompactGemm.packedBytes(format, k, n), 64);
                    for (int round = 0; round < ROUNDS; round++) {
                        CompactGemm.multiply(format, a, 0, 4L * k, compact, 0, 4 + 2 + 1, k, n, c, 0, 4L * n, null, 0,
                                Activation.RELU);
                    }
                }
            }
        }
    }
}
