package org.dlrm4j.bench.report;

import java.util.Arrays;
import java.util.List;
import org.dlrm4j.model.Cost;

/**
 * One operator's part of a step, as much of it as one thread has.
 *
 * @param name what it is called
 * @param stage the stretch of the step it belongs to
 * @param family operators of one family are fitted together
 * @param layer number of its layer; 0 where there is one item a stage
 * @param cost arithmetic and memory
 * @param calls how often it begins
 * @param units what its cost beside the roofline grows with: samples, bags or values
 * @param workingSetBytes what is streamed through again before its operands are needed again: decides which cache has them
 * @param tables rows of tables that it reaches
 */
record WorkItem(String name, Stage stage, String family, int layer, Cost cost, double calls, double units,
        double workingSetBytes, List<TableRows> tables) {
    /** Stretches of a step, in order. */
    enum Stage {
        /** Making the batch. */
        DATA("data"),
        /** Layers forward. */
        FORWARD("forward"),
        /** The loss and its gradient. */
        LOSS("loss"),
        /** Gradients of the data. */
        BACKWARD("backward"),
        /** Gradients of the weights. */
        WEIGHTS("weight gradients"),
        /** Updates of tables. */
        TABLES("sparse update"),
        /** Updates of other parameters. */
        PARAMETERS("dense optimizer"),
        /** Threads that wait, and what stands between operators. */
        BETWEEN("between operators");

        private final String title;

        Stage(String title) {
            this.title = title;
        }

        String title() {
            return title;
        }

        /** Titles in the order of the stages. */
        static String[] titles() {
            return Arrays.stream(values()).map(Stage::title).toArray(String[]::new);
        }
    }

    /**
     * Rows of one table.
     *
     * @param table its number
     * @param rows how many are reached
     * @param rowBytes bytes of each that are moved
     */
    record TableRows(int table, double rows, double rowBytes) {}

    WorkItem {
        tables = List.copyOf(tables);
    }

    /**
     * Returns the same operator on another number of samples. Updates of parameters and calls do not depend on it.
     *
     * @param share the samples, of those of this item
     */
    WorkItem times(double share) {
        if (stage == Stage.PARAMETERS) {
            return this;
        }
        return new WorkItem(name, stage, family, layer, cost.times(share), calls, units * share,
                workingSetBytes * share, tables.stream()
                        .map(t -> new TableRows(t.table(), t.rows() * share, t.rowBytes())).toList());
    }
}
