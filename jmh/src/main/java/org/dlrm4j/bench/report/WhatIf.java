package org.dlrm4j.bench.report;

import java.util.List;
import org.dlrm4j.model.ModelConfig;

/**
 * The model on a described machine.
 *
 * @param machine the machine
 * @param step its operators, with a thread a core, on tables of their whole size
 * @param largerTables the same with tables that fill half of its memories together
 * @param weak clusters of it in which each node keeps its batch; empty without a network
 * @param strong clusters of it that share the batch; empty without a network
 */
record WhatIf(Machine machine, List<Prediction> step, List<Prediction> largerTables, List<ClusterPoint> weak,
        List<ClusterPoint> strong) {
    private static final int[] NODES = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000};

    WhatIf {
        step = List.copyOf(step);
        largerTables = List.copyOf(largerTables);
        weak = List.copyOf(weak);
        strong = List.copyOf(strong);
    }

    /**
     * Predicts a scenario on a machine.
     *
     * @param whole the scenario's model with tables of their whole size
     */
    static WhatIf of(Scenario base, ModelConfig whole, OperatorModel model, Machine machine) {
        final StepWork work = ScenarioRunner.work(base.withThreads(machine.cores()), whole);
        final StepWork larger = work.withTablesTimes(0.5 * machine.memoryBytes() / work.allTableBytes());
        if (machine.network() == null) {
            return new WhatIf(machine, model.predict(work, machine), model.predict(larger, machine), List.of(),
                    List.of());
        }
        final Cluster cluster = new Cluster(model, machine);
        return new WhatIf(machine, model.predict(work, machine), model.predict(larger, machine),
                cluster.predict(larger, NODES, true), cluster.predict(larger, NODES, false));
    }

    /** Names what most of a step's time goes to: an operator and its limit. */
    static String bottleneck(List<Prediction> step) {
        Prediction most = step.getFirst();
        for (Prediction part : step) {
            if (part.item().stage() != WorkItem.Stage.DATA
                    && (most.item().stage() == WorkItem.Stage.DATA || part.nanos() > most.nanos())) {
                most = part;
            }
        }
        return most.item().name() + " (" + most.item().stage().title() + "): " + most.bindsBy();
    }
}
