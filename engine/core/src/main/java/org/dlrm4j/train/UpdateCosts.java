package org.dlrm4j.train;

import java.util.List;
import org.dlrm4j.model.BatchShape;
import org.dlrm4j.model.Cost;
import org.dlrm4j.model.Lookup;
import org.dlrm4j.model.Parameter;
import org.dlrm4j.store.EmbeddingTable;

/** What updates cost: operations an element by the method's formula, and the memory of values, gradients and state. */
final class UpdateCosts {
    private UpdateCosts() {}

    /** Values and state are read and written, the gradient and values for each packed copy read, the copies written. */
    static Cost of(Parameter parameter, GroupSettings settings) {
        final double floats = parameter.count();
        final double moved = 3 + 2 * settings.states().size() + 2 * parameter.copies();
        return new Cost(floats * elementFlops(settings), floats * moved * Float.BYTES, 0, 0);
    }

    /** Each use of a row reads and writes it and the rows of its state; the gradient of its bag streams. */
    static Cost of(Lookup lookup, GroupSettings settings, List<EmbeddingTable> states, BatchShape shape) {
        final Cost pooled = lookup.cost(shape);
        double rowBytes = 2 * pooled.rowBytes();
        for (EmbeddingTable state : states) {
            rowBytes += 2 * pooled.rows() * state.rowStrideBytes();
        }
        return new Cost(pooled.flops() * elementFlops(settings), pooled.bytes(), pooled.rows() * (1 + states.size()),
                rowBytes);
    }

    /** Counts additions, multiplications, divisions and roots of one element's formula, without optional terms of 0. */
    static double elementFlops(GroupSettings settings) {
        final double decay = settings.weightDecay() > 0 ? 2 : 0;
        return decay + switch (settings.kind()) {
            case SGD -> settings.momentum() > 0 ? 4 : 2;
            case ADAGRAD -> 6;
            // The squares' mean is one number a row: 2 to sum them, 2 to scale and subtract.
            case ROW_WISE_ADAGRAD -> 4;
            case ADAM, ADAMW -> 13;
            case FTRL -> 14;
        };
    }
}
