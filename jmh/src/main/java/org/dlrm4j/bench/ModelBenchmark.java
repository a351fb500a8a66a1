package org.dlrm4j.bench;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.dlrm4j.data.Batch;
import org.dlrm4j.data.NumpyRandom;
import org.dlrm4j.model.Architecture;
import org.dlrm4j.model.CrossStructure;
import org.dlrm4j.model.Dcn;
import org.dlrm4j.model.DcnV2;
import org.dlrm4j.model.Dlrm;
import org.dlrm4j.model.FactorizationMachine;
import org.dlrm4j.model.ForwardPass;
import org.dlrm4j.model.LogisticRegression;
import org.dlrm4j.model.ModelConfig;
import org.dlrm4j.model.Network;
import org.dlrm4j.model.WideDeep;
import org.dlrm4j.train.Optimizer;
import org.dlrm4j.train.OptimizerKind;
import org.dlrm4j.train.TrainingStep;
import org.dlrm4j.train.WorkerPool;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A whole model over the features of Criteo Kaggle: 13 dense ones, 26 tables of 16 floats. A call takes the next of
 * {@value #BATCHES} random batches.
 */
public class ModelBenchmark extends KernelBenchmark {
    static final int DIM = 16;
    static final int[] BOTTOM = {13, 512, 256, 64, 16};
    static final int[] TOP = {512, 256, 1};
    private static final long[] KAGGLE_ROWS = {1460, 583, 10131227, 2202608, 305, 24, 12517, 633, 3, 93145, 5683,
            8351593, 3194, 27, 14992, 5461306, 10, 5652, 2173, 4, 7046547, 18, 15, 286181, 105, 142572};
    private static final int BATCHES = 16;
    private static final int FEATURES = 27;
    private static final int[] DEEP = {512, 256};

    /** The models, each in the size of its paper's experiments on Criteo where that is known. */
    public enum Kind {
        /** Bottom MLP 13-512-256-64-16, top MLP 367-512-256-1. */
        DLRM(Dlrm.of(BOTTOM, TOP)),
        /** Six cross layers beside an MLP, as DLRM's authors compared it. */
        DCN(new Dcn(6, DEEP)),
        /** Three full cross layers before the MLP. */
        DCNV2(new DcnV2(new int[0], 3, 0, CrossStructure.STACKED, DEEP)),
        /** The same of rank 64, beside the MLP. */
        DCNV2_LOW_RANK(new DcnV2(new int[0], 3, 64, CrossStructure.PARALLEL, DEEP)),
        /** A linear part beside an MLP. */
        WDL(new WideDeep(DEEP, true, List.of())),
        /** Factorization machine. */
        FM(new FactorizationMachine()),
        /** Logistic regression. */
        LR(new LogisticRegression());

        private final Architecture architecture;

        Kind(Architecture architecture) {
            this.architecture = architecture;
        }

        /** Returns the configuration over tables of at most so many rows. */
        ModelConfig config(long maxRows) {
            return ModelConfig.of(BOTTOM[0], rows(maxRows), architecture.hasEmbeddings() ? DIM : 1, architecture);
        }

        /** Counts a sample's operations, forward: a multiply-add a dense parameter, and DLRM's dot products. */
        double forwardFlops() {
            final double products = 2.0 * config(1).denseParameters();
            return this == DLRM ? products + (double) FEATURES * (FEATURES - 1) * DIM : products;
        }
    }

    /** So many activations stay in L2; the scorer takes large batches in pieces of this size, too. */
    private static final int SLOTS = 128;
    private static final float LEARNING_RATE = 0.01f;

    /** The model. */
    @Param({"DLRM", "DCN", "DCNV2", "DCNV2_LOW_RANK", "WDL", "FM", "LR"})
    Kind kind;

    /** 1: one request; 128: Kaggle's training batch; 2048: MLPerf's, and bulk scoring. */
    @Param({"1", "128", "2048"})
    int m;

    /** No table has more rows than this; Kaggle's own largest has 10131227, and drawing them all takes half a minute. */
    @Param({"1000000"})
    long maxRows;

    Network model;
    ForwardPass forward;
    Batch[] batches;
    private WorkerPool pool;
    private Optimizer optimizer;
    private TrainingStep step;
    private int next;

    /** Draws parameters and batches. */
    @Setup(Level.Trial)
    public void setUp() {
        final long[] rows = rows(maxRows);
        model = Network.create(kind.config(maxRows), new NumpyRandom(1));
        forward = new ForwardPass(model, Math.min(m, SLOTS), 1);
        pool = new WorkerPool(1);
        optimizer = new Optimizer(OptimizerKind.SGD, model, 1);
        step = new TrainingStep(model, optimizer, m, pool);
        batches = new Batch[BATCHES];
        final SplittableRandom random = new SplittableRandom(3);
        for (int i = 0; i < BATCHES; i++) {
            batches[i] = new Batch(m, BOTTOM[0], rows.length);
            batches[i].beginOneHot(m);
            for (int s = 0; s < m; s++) {
                for (int d = 0; d < BOTTOM[0]; d++) {
                    batches[i].setDense(s, d, (float) random.nextDouble());
                }
                for (int f = 0; f < rows.length; f++) {
                    batches[i].setIndex(s, f, random.nextLong(rows[f]));
                }
                batches[i].setTarget(s, random.nextInt(2));
            }
        }
    }

    private static long[] rows(long most) {
        return Arrays.stream(KAGGLE_ROWS).map(r -> Math.min(r, most)).toArray();
    }

    private Batch nextBatch() {
        final Batch batch = batches[next];
        next = next + 1 == BATCHES ? 0 : next + 1;
        return batch;
    }

    /**
     * Scores the next batch.
     *
     * @return the forward pass
     */
    @Benchmark
    public ForwardPass forward() {
        final Batch batch = nextBatch();
        for (int at = 0; at < m; at += forward.capacity()) {
            forward.run(batch, at, 0, Math.min(forward.capacity(), m - at), 0);
        }
        return forward;
    }

    /**
     * Trains on the next batch with SGD.
     *
     * @return the loss
     */
    @Benchmark
    public double trainingStep() {
        return step.run(nextBatch(), LEARNING_RATE, "benchmark batch");
    }

    /** Frees model and batches. */
    @TearDown(Level.Trial)
    public void tearDown() {
        step.close();
        optimizer.close();
        pool.close();
        forward.close();
        for (Batch batch : batches) {
            batch.close();
        }
        model.close();
    }
}
