package org.dlrm4j.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.dlrm4j.data.Batch;
import org.dlrm4j.data.NumpyRandom;
import org.dlrm4j.os.NumaMemory;
import org.dlrm4j.os.PagePlacement;
import org.junit.jupiter.api.Test;

class WorkspaceTouchTest {
    private static final int PAGES = 8;
    /** Rows of 64 floats: 16 a page. */
    private static final int ROWS_PER_PAGE = 16;

    private static int presentPages(Rows rows) {
        final PagePlacement placement = NumaMemory.system().placement(rows.segment(), PAGES).orElseThrow();
        return placement.sampledPages() - placement.absentPages();
    }

    @Test
    void onlyTheThreadsOwnPagesAreTouched() {
        assumeTrue(NumaMemory.system().allowedNodes().isPresent(), "the kernel does not tell where pages are");
        final ModelConfig config = ModelConfig.of(4, new long[]{5, 5, 5}, 16,
                Dlrm.of(new int[]{4, 16}, new int[]{64, 1}));
        try (Network model = Network.create(config, new NumpyRandom(1));
                ForwardPass forward = new ForwardPass(model, PAGES * ROWS_PER_PAGE, 2);
                BackwardPass backward = new BackwardPass(forward, PAGES * ROWS_PER_PAGE, 2);
                Batch batch = new Batch(1, 4, 3)) {
            final Lookup lookup = model.lookups().getFirst();
            final Rows vectors = forward.values()[lookup.output().values()];
            // The buffer that was asked for last is that between the layers of the top MLP.
            final Rows hidden = forward.values()[forward.values().length - 1];
            assertEquals(0, presentPages(vectors) + presentPages(hidden));
            forward.touch(0, 3 * ROWS_PER_PAGE, 0);
            assertEquals(3, presentPages(vectors));
            assertEquals(3, presentPages(hidden));
            forward.touch(6 * ROWS_PER_PAGE, PAGES * ROWS_PER_PAGE, 1);
            assertEquals(5, presentPages(vectors));
            backward.touch(4 * ROWS_PER_PAGE, 0, ROWS_PER_PAGE, 0);
            assertEquals(1,
                    PAGES - NumaMemory.system().placement(backward.sparseGradient(lookup, batch).gradient(), PAGES)
                            .orElseThrow()
                            .absentPages());
        }
    }
}
