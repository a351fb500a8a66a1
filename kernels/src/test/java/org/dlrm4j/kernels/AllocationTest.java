package org.dlrm4j.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Compiled vector kernels allocate nothing. Until C2 has compiled them vectors are objects, so that a kernel is called
 * until one round of calls is clean, within a limit of time.
 */
class AllocationTest {
    private static final int DIM = 128;
    private static final int BAGS = 8;
    private static final int ROWS = 50;
    private static final long ROW_BYTES = DIM * 4L;
    private static final int CALLS = 1_000;
    private static final long LIMIT_NANOS = 60_000_000_000L;

    private GuardPages pages;
    private MemorySegment table;
    private MemorySegment state;
    private MemorySegment indices;
    private MemorySegment offsets;
    private MemorySegment grad;
    private MemorySegment scratch;

    @BeforeEach
    void allocate() {
        assumeTrue(KernelInfo.isVector());
        final Bags bags = Bags.random(Seeds.random(), BAGS, 2, ROWS, DIM, false, Pooling.SUM);
        pages = new GuardPages();
        table = pages.allocate(ROWS * ROW_BYTES);
        state = pages.allocate(ROWS * ROW_BYTES);
        indices = pages.longs(bags.indices());
        offsets = pages.ints(bags.offsets());
        grad = pages.allocate(BAGS * ROW_BYTES);
        scratch = pages.allocate(1 << 17);
    }

    @AfterEach
    void free() {
        if (pages != null) {
            pages.close();
        }
    }

    @Test
    void sparseLengthsSum() {
        final long count = indices.byteSize() >> 3;
        for (final int dim : new int[]{4, 8, 16, 32, 40, 64, 128}) {
            assertNoAllocation("dim " + dim, () -> SparseLengthsSum.forward("C1", table, 0, ROW_BYTES, ROWS, dim,
                    indices, 0, count, offsets, 0, BAGS, Pooling.MEAN, null, 0, grad, 0, ROW_BYTES));
        }
    }

    @Test
    void sparseLengthsSumOverCompactRows() {
        final long count = indices.byteSize() >> 3;
        for (final RowFormat format : List.of(RowFormat.F16, RowFormat.BF16, RowFormat.I8, RowFormat.I4)) {
            for (final int dim : new int[]{40, 64, 128}) {
                assertNoAllocation(format + ", dim " + dim, () -> SparseLengthsSum.forward("C1", format, table, 0,
                        ROW_BYTES, ROWS, dim, indices, 0, count, offsets, 0, BAGS, Pooling.MEAN, null, 0, grad, 0,
                        ROW_BYTES));
            }
        }
    }

    @Test
    void productsWithCompactWeights() {
        final int k = 40;
        final int n = 117;
        final MemorySegment w = pages.allocate(4L * n * k);
        final MemorySegment a = pages.allocate(4L * 9 * k);
        final MemorySegment c = pages.allocate(4L * 9 * n);
        for (final WeightFormat format : List.of(WeightFormat.BF16, WeightFormat.I8)) {
            final MemorySegment packed = pages.allocate(CompactGemm.packedBytes(format, k, n));
            CompactGemm.pack(format, w, 0, k, n, 0, n, packed, 0);
            for (final int m : new int[]{1, 2, 7, 9}) {
                assertNoAllocation(format + ", " + m + " rows", () -> CompactGemm.multiply(format, a, 0, 4L * k, packed,
                        0, m, k, n, c, 0, 4L * n, null, 0, Activation.RELU));
            }
        }
    }

    @Test
    void sparseUpdate() {
        final long count = indices.byteSize() >> 3;
        for (final int dim : new int[]{4, 8, 20, 128}) {
            assertNoAllocation("sgd, dim " + dim, () -> SparseUpdate.sgd("C1", table, 0, ROW_BYTES, ROWS, dim, indices,
                    0, count, offsets, 0, BAGS, Pooling.SUM, null, 0, grad, 0, ROW_BYTES, 0.1f, 0, 2));
            assertNoAllocation("adagrad, dim " + dim, () -> SparseUpdate.adagrad("C1", table, 0, ROW_BYTES, ROWS, dim,
                    state, 0, ROW_BYTES, indices, 0, count, offsets, 0, BAGS, Pooling.SUM, null, 0, grad, 0, ROW_BYTES,
                    0.1f, 1e-8f, 0, 1, scratch, 0));
            assertNoAllocation("row-wise adagrad, dim " + dim, () -> SparseUpdate.rowWiseAdagrad("C1", table, 0,
                    ROW_BYTES, ROWS, dim, state, 0, indices, 0, count, offsets, 0, BAGS, Pooling.SUM, null, 0, grad, 0,
                    ROW_BYTES, 0.1f, 1e-8f, 0, 1, scratch, 0));
        }
    }

    @Test
    void sparseUpdateOfCompactRows() {
        final long count = indices.byteSize() >> 3;
        for (final int dim : new int[]{40, 64, 128}) {
            assertNoAllocation("sgd, dim " + dim, () -> SparseUpdate.sgd("C1", RowFormat.BF16, table, 0, ROW_BYTES,
                    ROWS, dim, 1, indices, 0, count, offsets, 0, BAGS, Pooling.SUM, null, 0, grad, 0, ROW_BYTES, 0.1f,
                    0f, 0, 1, scratch, 0));
            assertNoAllocation("adagrad, dim " + dim, () -> SparseUpdate.adagrad("C1", RowFormat.BF16, table, 0,
                    ROW_BYTES, ROWS, dim, 1, state, 0, ROW_BYTES, indices, 0, count, offsets, 0, BAGS, Pooling.SUM,
                    null, 0, grad, 0, ROW_BYTES, 0.1f, 1e-8f, 0f, 0, 1, scratch, 0));
            assertNoAllocation("row-wise adagrad, dim " + dim, () -> SparseUpdate.rowWiseAdagrad("C1", RowFormat.BF16,
                    table, 0, ROW_BYTES, ROWS, dim, 1, state, 0, indices, 0, count, offsets, 0, BAGS, Pooling.SUM, null,
                    0, grad, 0, ROW_BYTES, 0.1f, 1e-8f, 0f, 0, 1, scratch, 0));
        }
    }

    @Test
    void interaction() {
        final MemorySegment out = pages.allocate(4L * DotInteraction.outputWidth(27, 16, false));
        final long width = out.byteSize();
        final long sample = 27 * 16 * 4;
        assertNoAllocation("forward", () -> DotInteraction.forward(table, 0, sample, 27, 16, false, 1, out, 0, width,
                scratch, 0));
        assertNoAllocation("backward", () -> DotInteraction.backward(table, 0, sample, 27, 16, false, 1, out, 0, width,
                state, 0, sample, scratch, 0));
    }

    @Test
    void elementwise() {
        assertNoAllocation("sigmoid", () -> Activations.sigmoid(grad, 0, ROW_BYTES, BAGS, DIM));
        assertNoAllocation("reluBackward",
                () -> Activations.reluBackward(grad, 0, ROW_BYTES, state, 0, ROW_BYTES, BAGS, DIM));
        assertNoAllocation("sigmoidBackward",
                () -> Activations.sigmoidBackward(grad, 0, ROW_BYTES, state, 0, ROW_BYTES, BAGS, DIM));
        assertNoAllocation("columnSums",
                () -> Reductions.columnSums(grad, 0, ROW_BYTES, BAGS, DIM, true, state, 0));
        assertNoAllocation("firstNonFinite", () -> Reductions.firstNonFinite(grad, 0, BAGS * DIM));
        assertNoAllocation("sgd", () -> DenseOptimizer.sgd(table, 0, grad, 0, BAGS * DIM, 0.1f));
        assertNoAllocation("adagrad",
                () -> DenseOptimizer.adagrad(table, 0, grad, 0, state, 0, BAGS * DIM, 0.1f, 1e-8f));
    }

    static void assertNoAllocation(String what, Runnable kernel) {
        final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long bytes = -1;
        final long deadline = System.nanoTime() + LIMIT_NANOS;
        while (bytes != 0 && System.nanoTime() < deadline) {
            final long before = threads.getCurrentThreadAllocatedBytes();
            for (int call = 0; call < CALLS; call++) {
                kernel.run();
            }
            bytes = threads.getCurrentThreadAllocatedBytes() - before;
        }
        assertEquals(0, bytes, what + ": bytes allocated by " + CALLS + " calls");
    }
}
