package org.dlrm4j.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.dlrm4j.bench.report.WorkItem.Stage;
import org.dlrm4j.bench.report.WorkItem.TableRows;
import org.dlrm4j.model.Cost;
import org.junit.jupiter.api.Test;

/** Clusters on paper: a step of a bottom MLP, lookups, weights' gradients and updates, each with a time that is easy to tell. */
class ClusterTest {
    private static final double SAMPLES = 1000;
    private static final double TABLE_BYTES = 1L << 33;

    private static WorkItem item(String name, Stage stage, Cost cost, TableRows... rows) {
        return new WorkItem(name, stage, name, 0, cost, 0, 0, 1, List.of(rows));
    }

    /** 1 ms each of bottom MLP and weights, 26.4 ms of rows that are looked up, 32.8 of rows that are updated, on one node. */
    private static final StepWork WORK = new StepWork(
            List.of(item("data", Stage.DATA, new Cost(0, 1e9, 0, 0)),
                    item("bottom", Stage.FORWARD, new Cost(1e8, 0, 0, 0)),
                    item("lookup", Stage.FORWARD, new Cost(0, 0, 1e6, 64e6), new TableRows(0, 1e6, 64)),
                    item("weights", Stage.WEIGHTS, new Cost(1e8, 0, 0, 0)),
                    item("update", Stage.TABLES, new Cost(0, 0, 1e6, 128e6), new TableRows(0, 1e6, 128)),
                    item("dense", Stage.PARAMETERS, new Cost(1e7, 0, 0, 0))),
            new double[]{TABLE_BYTES}, new double[]{1e6}, 1, SAMPLES, 4000, 1e6);

    private static OperatorModel ideal(Machine machine) {
        final double[] nanos = OperatorModelTest.idealNanos(WORK, machine);
        return OperatorModel.fit(List.of(new Measurement(null, WORK, nanos, 0)), machine);
    }

    private static List<ClusterPoint> predict(Interconnect network, boolean weak, int... nodes) {
        final Machine machine = Machines.round(1, network);
        return new Cluster(ideal(machine), machine).predict(WORK, nodes, weak);
    }

    @Test
    void oneNodeIsTheStepItself() {
        final ClusterPoint one = predict(new Interconnect(1, 1), true, 1).getFirst();
        assertEquals(2.1, one.denseMillis(), 1e-3);
        assertEquals(26.4, one.lookupMillis(), 0.1);
        assertEquals(32.8, one.updateMillis(), 0.1);
        assertEquals(0, one.allToAllMillis());
        assertEquals(0, one.allReduceMillis());
        assertEquals("sparse update", one.bindsBy());
        assertEquals(SAMPLES / one.stepMillis() * 1e3, one.samplesPerSecond(), 1e-9);
    }

    @Test
    void nodesThatBringTheirBatchesKeepTheirWorkAndExchangeMore() {
        final ClusterPoint ten = predict(new Interconnect(1e-6, 1), true, 10).getFirst();
        assertEquals(10 * SAMPLES, ten.globalBatch());
        assertEquals(2.1, ten.denseMillis(), 1e-3);
        // A tenth of the table, of which caches hold 2 %, and the rows of ten batches: as many rows.
        assertEquals(26.0, ten.lookupMillis(), 0.1);
        // 4 MB a node, of which 9 tenths leave: 3.6 ms, of which the bottom MLP and the weights hide 1 each.
        assertEquals(2 * (3.6 - 1), ten.allToAllMillis(), 1e-2);
        // The updates hide the sum.
        assertEquals(0, ten.allReduceMillis());
    }

    @Test
    void nodesThatShareABatchDivideItsWork() {
        final ClusterPoint ten = predict(new Interconnect(1e-6, 1e-2), false, 10).getFirst();
        assertEquals(SAMPLES, ten.globalBatch());
        assertEquals(0.1 + 0.1 + 0.1, ten.denseMillis(), 1e-3);
        assertEquals(2.64, ten.lookupMillis(), 0.1);
        // 0.4 MB a node at 10 MB/s: 36 ms, hidden by 0.1.
        assertEquals(2 * (36 - 0.1), ten.allToAllMillis(), 0.1);
        // 1 MB twice, 9 tenths: 180 ms, of which the updates hide 3.3.
        assertEquals(180 - 3.3, ten.allReduceMillis(), 0.2);
        assertEquals("all-reduce", ten.bindsBy());
    }

    @Test
    void tellsWhatDoesNotFit() {
        final Machine machine = Machines.round(1, new Interconnect(1, 1));
        final StepWork large = WORK.withTablesTimes(64);
        final List<ClusterPoint> points = new Cluster(ideal(machine), machine).predict(large, new int[]{1, 1000}, true);
        assertFalse(points.get(0).fits());
        assertTrue(points.get(0).bindsBy().contains("does not fit"), points.get(0).bindsBy());
        assertTrue(points.get(1).fits());
    }

    @Test
    void aMachineWithoutNetworkIsNoCluster() {
        final Machine alone = Machines.round(1, null);
        final OperatorModel model = ideal(alone);
        assertTrue(assertThrows(IllegalArgumentException.class, () -> new Cluster(model, alone)).getMessage()
                .contains("round has no network"));
    }
}
