package org.dlrm4j.bench.report;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.dlrm4j.bench.report.WorkItem.Stage;
import org.dlrm4j.bench.report.WorkItem.TableRows;
import org.dlrm4j.model.Cost;
import org.junit.jupiter.api.Test;

/** Fits find the coefficients that made the times, limits are what they say, and tables lie where they fit. */
class OperatorModelTest {
    private static final Machine MACHINE = Machines.round(1, null);
    private static final double[] NO_TABLES = {};

    private static WorkItem dense(double flops, double bytes, double workingSet) {
        return new WorkItem("dense", Stage.FORWARD, "dense", 0, new Cost(flops, bytes, 0, 0), 2, 100, workingSet,
                List.of());
    }

    private static StepWork step(WorkItem item, double... tableBytes) {
        final double[] rows = new double[tableBytes.length];
        Arrays.fill(rows, 1000);
        return new StepWork(List.of(item), tableBytes, rows, 1, 100, 64, 1000);
    }

    private static Bound bound(WorkItem item, Machine machine, int threads, double... tableBytes) {
        final StepWork work = step(item, tableBytes);
        return Bound.of(item, machine, Residence.of(work.tableBytes(), work.tableRows(), machine), threads);
    }

    /** Returns the least times of a step's items. */
    static double[] idealNanos(StepWork work, Machine machine) {
        final Residence residence = Residence.of(work.tableBytes(), work.tableRows(), machine);
        return work.items().stream().mapToDouble(item -> Bound.of(item, machine, residence, work.threads()).nanos())
                .toArray();
    }

    @Test
    void rooflineIsThatOfTheLevelThatHoldsTheWorkingSet() {
        assertEquals(new Bound(1000, 500, "L1", 0, 0, 0, ""), bound(dense(1e5, 1e5, 30_000), MACHINE, 1));
        assertEquals(new Bound(1000, 1000, "L2", 0, 0, 0, ""), bound(dense(1e5, 1e5, 40_000), MACHINE, 1));
        assertEquals(new Bound(1000, 10_000, "DRAM", 0, 0, 0, ""), bound(dense(1e5, 1e5, 1e9), MACHINE, 1));
        // Two threads share 16 GB/s.
        assertEquals(12_500, bound(dense(1e5, 1e5, 1e9), MACHINE, 2).streamNanos());
        assertEquals(10_000, bound(dense(1e5, 1e5, 1e9), MACHINE, 1).rooflineNanos());
    }

    private static WorkItem rows(double count, double rowBytes) {
        return new WorkItem("rows", Stage.FORWARD, "rows", 0, new Cost(0, 0, count, count * rowBytes), 1, count, 0,
                List.of(new TableRows(0, count, rowBytes)));
    }

    @Test
    void randomRowsArePaidWhereTheyLie() {
        assertEquals(new Bound(0, 0, "L1", 1000, 640, 0, "L2"), bound(rows(1000, 64), MACHINE, 1, 1000));
        // Half of L2 and half of L3 hold 17.3 of the table's 34.6 million bytes, memory the rest.
        final double bytes = (1 << 20) + (1 << 25);
        final Bound bound = bound(rows(1000, 128), MACHINE, 1, bytes);
        final double l2 = (1 << 19) / bytes;
        final double l3 = (1 << 24) / bytes;
        assertEquals(1000 * (l2 * 1 + l3 * 5 + 0.5 * 20), bound.startNanos(), 1e-6);
        assertEquals(1000 * 2 * (l2 * 0.64 + l3 * 1.28 + 0.5 * 6.4), bound.lineNanos(), 1e-6);
        assertEquals("DRAM", bound.rowTier());
        assertEquals(0, bound.walkNanos());
        final Machine small = new Machine("small pages", 1, 100, MACHINE.caches(), MACHINE.memory(), false, 3, null);
        assertEquals(1000 * 0.5 * 3, bound(rows(1000, 128), small, 1, bytes).walkNanos(), 1e-6);
    }

    @Test
    void tablesFillTheMachineInTheOrderOfTheirUse() {
        final double gigabyte = 1 << 30;
        final Residence residence = Residence.of(new double[]{16 * gigabyte, 1000, 8 * gigabyte, 1e12},
                new double[]{16e6, 1e6, 80e6, 1}, MACHINE);
        assertEquals(List.of("L2", "L3", "DRAM", "CXL"),
                residence.tiers().stream().map(MemoryTier::name).toList());
        assertEquals(1, residence.share(1, 0));
        // Table 2 is used most a byte of the large ones, and takes what caches have left.
        assertEquals((8 * gigabyte - (1 << 19) + 1000 - (1 << 24)) / (8 * gigabyte), residence.share(2, 2), 1e-12);
        final double left = 16 * gigabyte - 8 * gigabyte + (1 << 19) - 1000 + (1 << 24);
        assertEquals(left / (16 * gigabyte), residence.share(0, 2), 1e-9);
        // What fits nowhere is counted to the last.
        assertEquals(1, residence.share(3, 3));
        assertEquals(1, residence.share(0, 2) + residence.share(0, 3), 1e-12);
    }

    private static List<Measurement> measurements(double[] c, Random random, boolean interrupted) {
        final List<Measurement> measurements = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            final double samples = 1 + random.nextInt(1000);
            final double bytes = 1e4 + random.nextInt(100_000_000);
            final WorkItem item = new WorkItem("both", Stage.FORWARD, "both", 0,
                    new Cost(random.nextInt(10_000_000), bytes, samples, 64 * samples), 1 + random.nextInt(5), samples,
                    bytes, List.of(new TableRows(0, samples, 64)));
            final Bound bound = bound(item, MACHINE, 1, bytes);
            double nanos = c[0] * item.calls() + c[1] * item.units() + c[2] * bound.rooflineNanos()
                    + c[3] * bound.rowNanos();
            nanos *= interrupted && i % 5 == 0 ? 10 : 1;
            measurements.add(new Measurement(null, step(item, bytes), new double[]{nanos}, nanos));
        }
        return measurements;
    }

    @Test
    void fitFindsWhatMadeTheTimes() {
        final double[] c = {300, 5, 1.5, 2.5};
        final OperatorModel model = OperatorModel.fit(measurements(c, new Random(1), false), MACHINE);
        assertArrayEquals(c, model.coefficients().get("both"), 0.02 * 300);
        for (Measurement unseen : measurements(c, new Random(2), false)) {
            final List<Prediction> predictions = model.predict(unseen.work(), MACHINE);
            assertEquals(unseen.stepNanos(), OperatorModel.stepNanos(predictions), 0.01 * unseen.stepNanos());
        }
    }

    @Test
    void fitDoesNotFollowInterruptions() {
        final double[] c = {300, 5, 1.5, 2.5};
        final OperatorModel model = OperatorModel.fit(measurements(c, new Random(1), true), MACHINE);
        for (Measurement unseen : measurements(c, new Random(2), false)) {
            assertEquals(unseen.stepNanos(), OperatorModel.stepNanos(model.predict(unseen.work(), MACHINE)),
                    0.05 * unseen.stepNanos());
        }
    }

    @Test
    void coefficientsAreNeverNegative() {
        // The best line through these falls.
        final double[] c = TimeRegression.fit(List.of(new double[]{1, 1}, new double[]{1, 2}, new double[]{1, 3}),
                new double[]{3, 2, 1});
        assertTrue(c[0] > 0 && c[1] == 0, c[0] + " " + c[1]);
        // |c/3 - 1| + |c/2 - 1| + |c - 1| is least at 1.
        assertEquals(1, c[0], 0.02);
    }

    @Test
    void whatBindsIsTheLargestPart() {
        final WorkItem item = rows(10, 64);
        final Bound compute = new Bound(100, 50, "L3", 0, 0, 0, "");
        assertEquals("compute", new Prediction(item, 50, 100, 0, compute).bindsBy());
        assertEquals("overhead", new Prediction(item, 150, 100, 0, compute).bindsBy());
        // All limits together explain a tenth.
        assertEquals("overhead", new Prediction(item, 0, 1000, 0, compute).bindsBy());
        assertEquals("L3 bandwidth",
                new Prediction(item, 0, 100, 0, new Bound(10, 50, "L3", 0, 0, 0, "")).bindsBy());
        assertEquals("DRAM latency",
                new Prediction(item, 0, 10, 100, new Bound(1, 2, "L1", 60, 30, 0, "DRAM")).bindsBy());
        assertEquals("DRAM bandwidth",
                new Prediction(item, 0, 10, 100, new Bound(1, 2, "L1", 30, 60, 0, "DRAM")).bindsBy());
        assertEquals("page walks",
                new Prediction(item, 0, 10, 100, new Bound(1, 2, "L1", 30, 60, 90, "DRAM")).bindsBy());
    }
}
