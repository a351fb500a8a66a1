package org.dlrm4j.kernels;

import static org.dlrm4j.kernels.AllocationTest.assertNoAllocation;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@link AllocationTest} for cross layers, factorization machines, optimizers with moments and regularisation. */
class ModelKernelsAllocationTest {
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
    void factorizationMachine() {
        final MemorySegment v = pages.allocate(M * 8 * ROW_BYTES);
        final MemorySegment dv = pages.allocate(M * 8 * ROW_BYTES);
        final MemorySegment out = pages.allocate(M * 4);
        assertNoAllocation("forward",
                () -> FactorizationMachine.forward(v, 0, 8 * ROW_BYTES, ROW_BYTES, 8, D, M, out, 0, 4));
        assertNoAllocation("backward", () -> FactorizationMachine.backward(v, 0, 8 * ROW_BYTES, ROW_BYTES, 8, D, M, out,
                0, 4, false, dv, 0, 8 * ROW_BYTES, ROW_BYTES));
    }

    private MemorySegment matrix() {
        return pages.allocate(M * ROW_BYTES);
    }
}
