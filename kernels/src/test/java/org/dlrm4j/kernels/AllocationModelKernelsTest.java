package org.dlrm4j.kernels;

import static org.dlrm4j.kernels.AllocationTest.assertNoAllocation;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@link AllocationTest} for cross layers, element-wise functions, factorization machines, optimizers with moments and regularisation. */
class AllocationModelKernelsTest {
    private static final int M = 4;
    private static final int D = 85;
    private static final long ROW_BYTES = D * 4L;

    private final GuardPages pages = new GuardPages();

    @BeforeEach
    void vectorsOnly() {
        assumeTrue(KernelInfo.isVector());
    }

    @AfterEach
    void free() {
        pages.close();
    }

    @Test
    void crossLayer() {
        final MemorySegment x0 = matrix();
        final MemorySegment x = matrix();
        final MemorySegment y = matrix();
        final MemorySegment dx = matrix();
        final MemorySegment dx0 = matrix();
        final MemorySegment w = matrix();
        final MemorySegment s = pages.allocate(M * 4);
        final MemorySegment ds = pages.allocate(M * 4);
        assertNoAllocation("forward", () -> CrossLayer.forward(x0, 0, ROW_BYTES, x, 0, ROW_BYTES, w, 0, w, 0, y, 0,
                ROW_BYTES, s, 0, M, D));
        assertNoAllocation("backward", () -> CrossLayer.backward(x0, 0, ROW_BYTES, w, 0, s, 0, y, 0, ROW_BYTES, dx, 0,
                ROW_BYTES, dx0, 0, ROW_BYTES, ds, 0, M, D));
        assertNoAllocation("weightGradient",
                () -> CrossLayer.weightGradient(x, 0, ROW_BYTES, ds, 0, M, D, false, dx, 0));
        assertNoAllocation("combine", () -> CrossLayer.combine(x0, 0, ROW_BYTES, w, 0, ROW_BYTES, x, 0, ROW_BYTES, y, 0,
                ROW_BYTES, M, D));
        assertNoAllocation("combineBackward", () -> CrossLayer.combineBackward(x0, 0, ROW_BYTES, w, 0, ROW_BYTES, x, 0,
                ROW_BYTES, y, 0, ROW_BYTES, dx0, 0, ROW_BYTES, dx, 0, ROW_BYTES, M, D));
        assertNoAllocation("add", () -> CrossLayer.add(x, 0, ROW_BYTES, y, 0, ROW_BYTES, M, D));
    }

    @Test
    void elementwise() {
        final MemorySegment a = matrix();
        final MemorySegment b = matrix();
        final MemorySegment out = matrix();
        assertNoAllocation("add",
                () -> Elementwise.add(a, 0, ROW_BYTES, b, 0, ROW_BYTES, out, 0, ROW_BYTES, M, D));
        assertNoAllocation("multiply",
                () -> Elementwise.multiply(a, 0, ROW_BYTES, b, 0, ROW_BYTES, out, 0, ROW_BYTES, M, D));
    }

    @Test
    void factorizationMachine() {
        final MemorySegment v = pages.allocate(M * 8 * ROW_BYTES);
        final MemorySegment dv = pages.allocate(M * 8 * ROW_BYTES);
        final MemorySegment out = pages.allocate(M * 4);
        assertNoAllocation("forward",
                () -> FactorizationMachine.forward(v, 0, 8 * ROW_BYTES, ROW_BYTES, 8, D, M, out, 0, 4));
        assertNoAllocation("backward", () -> FactorizationMachine.backward(v, 0, 8 * ROW_BYTES, ROW_BYTES, 8, D, M, out,
                0, 4, false, dv, 0, 8 * ROW_BYTES, ROW_BYTES));
    }

    @Test
    void denseOptimizers() {
        final MemorySegment p = matrix();
        final MemorySegment g = matrix();
        final MemorySegment first = matrix();
        final MemorySegment second = matrix();
        final long count = M * D;
        assertNoAllocation("sgd", () -> DenseOptimizer.sgd(p, 0, g, 0, count, 0.1f, 0.01f));
        assertNoAllocation("momentum",
                () -> DenseOptimizer.momentum(p, 0, g, 0, first, 0, count, 0.1f, 0.9f, true, 0.01f));
        assertNoAllocation("adagrad", () -> DenseOptimizer.adagrad(p, 0, g, 0, first, 0, count, 0.1f, 1e-8f, 0.01f));
        assertNoAllocation("adam", () -> DenseOptimizer.adam(p, 0, g, 0, first, 0, second, 0, count, 0.1f, 0.9, 0.999,
                1e-8f, 0.01f, WeightDecay.DECOUPLED, 3));
        assertNoAllocation("ftrl",
                () -> DenseOptimizer.ftrl(p, 0, g, 0, first, 0, second, 0, count, 0.1f, 1, 0.1f, 0.1f));
    }

    @Test
    void sparseOptimizers() {
        final MemorySegment table = matrix();
        final MemorySegment first = matrix();
        final MemorySegment second = matrix();
        final MemorySegment grad = matrix();
        final MemorySegment indices = pages.longs(1, 0, 1, 3, 2);
        final MemorySegment offsets = pages.ints(0, 2, 2, 4, 5);
        final MemorySegment scratch = pages.allocate(SparseUpdate.scratchBytes(5, D));
        assertNoAllocation("sgd",
                () -> SparseUpdate.sgd("C1", RowFormat.F32, table, 0, ROW_BYTES, M, D, 0, indices, 0, 5, offsets, 0, 4,
                        Pooling.SUM, null, 0, grad, 0, ROW_BYTES, 0.1f, 0.01f, 0, 1, scratch, 0));
        assertNoAllocation("sum of squares",
                () -> SparseUpdate.sumOfSquares("C1", RowFormat.F32, table, 0, ROW_BYTES, M, D, indices,
                        0, 5, offsets, 0, 4, Pooling.SUM, null, 0, grad, 0, ROW_BYTES, scratch, 0));
        assertNoAllocation("momentum",
                () -> LazySparseUpdate.momentum("C1", RowFormat.F32, table, 0, ROW_BYTES, M, D, 0, first, 0,
                        ROW_BYTES, indices, 0, 5, offsets, 0, 4, Pooling.SUM, null, 0, grad, 0, ROW_BYTES, 0.1f, 0.9f,
                        false,
                        0.01f, 0, 1, scratch, 0));
        assertNoAllocation("adam",
                () -> LazySparseUpdate.adam("C1", RowFormat.F32, table, 0, ROW_BYTES, M, D, 0, first, 0, ROW_BYTES,
                        second, 0, ROW_BYTES, indices, 0, 5, offsets, 0, 4, Pooling.SUM, null, 0, grad, 0, ROW_BYTES,
                        0.1f, 0.9,
                        0.999, 1e-8f, 0.01f, WeightDecay.L2, 3, 0, 1, scratch, 0));
        assertNoAllocation("ftrl",
                () -> LazySparseUpdate.ftrl("C1", RowFormat.F32, table, 0, ROW_BYTES, M, D, 0, first, 0, ROW_BYTES,
                        second, 0, ROW_BYTES, indices, 0, 5, offsets, 0, 4, Pooling.SUM, null, 0, grad, 0, ROW_BYTES,
                        0.1f, 1,
                        0.1f, 0.1f, 0, 1, scratch, 0));
    }

    @Test
    void regularisation() {
        final MemorySegment x = matrix();
        // Compared, so that the sum cannot be left out.
        assertNoAllocation("sumOfSquares", () -> assertEquals(0, GradientNorm.sumOfSquares(x, 0, M * D)));
        assertNoAllocation("scale", () -> GradientNorm.scale(x, 0, M * D, 0.5f));
        assertNoAllocation("dropout", () -> Dropout.apply(x, 0, ROW_BYTES, M, D, 0.5f, 1, 2, 3, 4));
    }

    @Test
    void poolingGradient() {
        final MemorySegment table = matrix();
        final MemorySegment dOut = matrix();
        final MemorySegment indices = pages.longs(1, 0, 1, 3, 2);
        final MemorySegment offsets = pages.ints(0, 2, 2, 4, 5);
        final MemorySegment dWeights = pages.allocate(20);
        assertNoAllocation("weightGradient", () -> SparseLengthsSum.weightGradient("C1", table, 0, ROW_BYTES, M, D,
                indices, 0, 5, offsets, 0, 4, Pooling.SUM, dOut, 0, ROW_BYTES, dWeights, 0));
    }

    private MemorySegment matrix() {
        return pages.allocate(M * ROW_BYTES);
    }
}
