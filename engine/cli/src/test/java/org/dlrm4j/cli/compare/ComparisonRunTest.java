package org.dlrm4j.cli.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.IOException;
import org.dlrm4j.data.PlantedSpec;
import org.dlrm4j.train.WorkerPool;
import org.junit.jupiter.api.Test;

/** What a comparison chooses for a model reaches its training. */
class ComparisonRunTest {
    private static final ComparedModel WDL = ComparedModel.named("wdl");
    private static final ComparisonBudget BUDGET = new ComparisonBudget(64, 2, 2, 0);

    private static RunResult trial(SeededData data, int seed, String settings) throws IOException {
        try (WorkerPool pool = new WorkerPool(1)) {
            return new ComparisonRun(data.of(seed), BUDGET, pool, (samples, loss) -> {}).run(WDL,
                    WDL.defaults(2000).with("passes=2,dim=4,l2=0").with(settings), seed, true, false);
        }
    }

    @Test
    void everySettingChangesTheRun() throws IOException {
        try (SeededData data = SeededData.planted(PlantedSpec.parse("planted:rows=2000,seed=9"), 5)) {
            final RunResult plain = trial(data, 1, "dim=4");
            assertEquals(4000, plain.samples());
            assertEquals(plain.curve(), trial(data, 1, "dim=4").curve(), "runs repeat to the bit");
            assertEquals(2000, trial(data, 1, "passes=1").samples());
            assertEquals(4000, trial(data, 1, "passes=9").samples(), "no more than the budget");
            for (String setting : new String[]{"lr=0.2", "l2=0.1", "dropout=0.4", "opt=adam", "opt=wide-deep",
                    "mlp=8"}) {
                assertNotEquals(plain.validationLogLoss(), trial(data, 1, setting).validationLogLoss(),
                        setting + " changes nothing");
            }
            assertEquals(plain.parameters() + 200_000, trial(data, 1, "crosses=0x3,1x2x5").parameters());
        }
    }

    @Test
    void seedsOfPlantedDataHaveRowsOfTheirOwn() throws IOException {
        try (SeededData three = SeededData.planted(PlantedSpec.parse("planted:rows=1000,seed=3"), 5);
                SeededData four = SeededData.planted(PlantedSpec.parse("planted:rows=1000,seed=4"), 5)) {
            assertNotEquals(three.of(1).optimum(), three.of(2).optimum());
            assertEquals(four.of(1).optimum(), three.of(2).optimum());
            assertEquals(2, four.optima(2).size());
        }
    }
}
