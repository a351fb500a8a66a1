package org.dlrm4j.bench.peers;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.dlrm4j.data.Batch;
import org.dlrm4j.model.Dlrm;
import org.dlrm4j.model.Linear;
import org.dlrm4j.model.ModelConfig;
import org.dlrm4j.model.Network;
import org.dlrm4j.model.TableSpec;
import org.dlrm4j.model.TableStorage;
import org.dlrm4j.store.EmbeddingTable;

/** Models that the literature measures, with tables cut so that all engines' copies fit in 16 GB. */
enum ModelShape {
    /** Criteo Kaggle as in the reference's {@code dlrm_s_criteo_kaggle.sh}. */
    KAGGLE("Kaggle", 16, 1, capped(1_000_000, 1460, 583, 10131227, 2202608, 305, 24, 12517, 633, 3, 93145, 5683,
            8351593, 3194, 27, 14992, 5461306, 10, 5652, 2173, 4, 7046547, 18, 15, 286181, 105, 142572),
            new int[]{13, 512, 256, 64, 16}, new int[]{512, 256, 1}),
    /** Criteo Terabyte as in MLPerf training v0.7 to v2.1. */
    MLPERF("MLPerf", 128, 1, capped(200_000, 39884406, 39043, 17289, 7420, 20263, 3, 7120, 1543, 63, 38532951, 2953546,
            403346, 10, 2208, 11938, 155, 4, 976, 14, 39979771, 25641295, 39664984, 585935, 12972, 108, 36),
            new int[]{13, 512, 256, 128}, new int[]{1024, 1024, 512, 256, 1}),
    /** Multi-hot and dominated by its tables, as the small ranking model of Gupta et al. (HPCA 2020). */
    RMC1("RMC1", 32, 80, capped(1_000_000, 1_000_000, 1_000_000, 1_000_000, 1_000_000, 1_000_000, 1_000_000, 1_000_000,
            1_000_000), new int[]{13, 256, 128, 32}, new int[]{64, 1});

    /** Larger than L3 in rows at all batch sizes that are timed for throughput. */
    private static final int SAMPLES = 1 << 15;
    private static final int MIN_BATCHES = 8;
    private static final int MAX_BATCHES = 512;

    private final String label;
    private final int pooling;
    private final Dlrm dlrm;
    private final ModelConfig config;

    ModelShape(String label, int dim, int pooling, long[] rows, int[] bottom, int[] top) {
        this.label = label;
        this.pooling = pooling;
        dlrm = Dlrm.of(bottom, top);
        config = ModelConfig.of(bottom[0], rows, dim, dlrm);
    }

    private static long[] capped(long most, long... rows) {
        return Arrays.stream(rows).map(r -> Math.min(r, most)).toArray();
    }

    String label() {
        return label;
    }

    /** Returns the rows of a bag. */
    int pooling() {
        return pooling;
    }

    ModelConfig config() {
        return config;
    }

    /** Returns the operations of scoring one sample that are multiply-adds: both MLPs and the interaction. */
    double inferenceFlops() {
        final int vectors = dlrm.vectors(config.sparseFeatures());
        final double interaction = (double) vectors * (vectors - 1) * config.dim();
        return mlpFlops(dlrm.bottom()) + interaction + mlpFlops(dlrm.topWithInput(config.sparseFeatures()));
    }

    /** Returns those of training on one sample: twice as many again, except for the gradient of the dense features. */
    double trainingFlops() {
        return 3 * inferenceFlops() - 2.0 * dlrm.bottom()[0] * dlrm.bottom()[1];
    }

    private static double mlpFlops(int[] widths) {
        double flops = 0;
        for (int i = 1; i < widths.length; i++) {
            flops += 2.0 * widths[i - 1] * widths[i];
        }
        return flops;
    }

    /**
     * Creates the model. Table rows are far larger than the reference's initial ones: with those, predictions would hardly
     * depend on the lookups, and a wrong row would go unnoticed.
     */
    Network create() {
        final List<EmbeddingTable> tables = new ArrayList<>();
        final SplittableRandom random = new SplittableRandom(1);
        for (TableSpec spec : config.tables()) {
            final long rows = spec.rows();
            final EmbeddingTable table = EmbeddingTable.anonymous(spec.name(), rows, spec.dim());
            tables.add(table);
            final float bound = (float) (0.5 / Math.sqrt(pooling));
            for (long row = 0; row < rows; row++) {
                fill(table.segment(), table.rowOffset(row), config.dim(), bound, random);
            }
        }
        final Network model = new Network(config, tables, TableStorage.anonymous());
        final List<Linear> layers = new ArrayList<>(model.mlp("bot_l").layers());
        layers.addAll(model.mlp("top_l").layers());
        for (Linear layer : layers) {
            fill(layer.weights(), 0, (long) layer.in() * layer.out(),
                    (float) Math.sqrt(6.0 / (layer.in() + layer.out())), random);
            fill(layer.bias(), 0, layer.out(), 0.1f, random);
            layer.repack(0, layer.out());
        }
        return model;
    }

    private static void fill(MemorySegment segment, long offset, long count, float bound, SplittableRandom random) {
        for (long i = 0; i < count; i++) {
            segment.set(ValueLayout.JAVA_FLOAT, offset + i * Float.BYTES,
                    bound * ((random.nextLong() >> 40) * 0x1p-23f));
        }
    }

    /** Draws enough batches of {@code m} samples that their rows do not stay in the caches. */
    List<Batch> batches(int m) {
        final long[] rows = config.rows();
        final SplittableRandom random = new SplittableRandom(m);
        final List<Batch> batches = new ArrayList<>();
        for (int b = 0; b < Math.clamp(SAMPLES / m, MIN_BATCHES, MAX_BATCHES); b++) {
            final Batch batch = new Batch(m, config.denseFeatures(), rows.length);
            batch.begin(m);
            for (int s = 0; s < m; s++) {
                for (int d = 0; d < config.denseFeatures(); d++) {
                    batch.setDense(s, d, (float) random.nextDouble());
                }
                for (int f = 0; f < rows.length; f++) {
                    for (int p = 0; p < pooling; p++) {
                        batch.addIndex(f, random.nextLong(rows[f]));
                    }
                    batch.endBag(f);
                }
                batch.setTarget(s, random.nextInt(2));
            }
            batches.add(batch);
        }
        return batches;
    }
}
