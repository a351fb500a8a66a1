package org.dlrm4j.preset;

import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.dlrm4j.model.Architecture;
import org.dlrm4j.model.CrossStructure;
import org.dlrm4j.model.DcnV2;
import org.dlrm4j.model.Dlrm;
import org.dlrm4j.model.Interaction;
import org.dlrm4j.model.ModelConfig;
import org.dlrm4j.model.WideDeep;
import org.dlrm4j.train.OptimizerKind;

/**
 * A published model configuration by name.
 *
 * @param name short name
 * @param origin who published it
 * @param workload the model and the shape of its data
 * @param batchSize samples of a training step
 * @param optimizer how it is trained
 */
public record Preset(String name, String origin, Workload workload, int batchSize, OptimizerKind optimizer) {
    private static final long MILLION = 1_000_000;

    private static final long[] KAGGLE_ROWS = {1460, 583, 10131227, 2202608, 305, 24, 12517, 633, 3, 93145, 5683,
            8351593, 3194, 27, 14992, 5461306, 10, 5652, 2173, 4, 7046547, 18, 15, 286181, 105, 142572};

    private static final long[] TERABYTE_10M_ROWS = {9980333, 36084, 17217, 7378, 20134, 3, 7112, 1442, 61, 9758201,
            1333352, 313829, 10, 2208, 11156, 122, 4, 970, 14, 9994222, 7267859, 9946608, 415421, 12420, 101, 36};

    private static final long[] TERABYTE_40M_ROWS = {39884406, 39043, 17289, 7420, 20263, 3, 7120, 1543, 63, 38532951,
            2953546, 403346, 10, 2208, 11938, 155, 4, 976, 14, 39979771, 25641295, 39664984, 585935, 12972, 108, 36};

    private static final long[] MULTI_HOT_ROWS = {40000000, 39060, 17295, 7424, 20265, 3, 7122, 1543, 63, 40000000,
            3067956, 405282, 10, 2209, 11938, 155, 4, 976, 14, 40000000, 40000000, 40000000, 590152, 12973, 108, 36};

    private static final int[] MULTI_HOT_BAGS = {3, 2, 1, 2, 6, 1, 1, 1, 1, 7, 3, 8, 1, 6, 9, 5, 1, 1, 1, 12, 100, 27,
            10, 3, 1, 1};

    private static final List<Preset> ALL = List.of(
            new Preset("benchmark", "DLRM, dlrm_s_benchmark.sh", new Workload(
                    ModelConfig.of(512, tables(8, MILLION), 64, Dlrm.of(new int[]{512, 512, 64},
                            new int[]{1024, 1024, 1024, 1})),
                    bags(8, 100), false), 2048, OptimizerKind.SGD),
            criteo("kaggle", "DLRM, dlrm_s_criteo_kaggle.sh", KAGGLE_ROWS, 16,
                    Dlrm.of(new int[]{13, 512, 256, 64, 16}, new int[]{512, 256, 1}), 128),
            criteo("terabyte", "DLRM, dlrm_s_criteo_terabyte.sh", TERABYTE_10M_ROWS, 64,
                    Dlrm.of(new int[]{13, 512, 256, 64}, new int[]{512, 512, 256, 1}), 2048),
            criteo("mlperf", "MLPerf Training 0.7 to 2.1", TERABYTE_40M_ROWS, 128,
                    Dlrm.of(new int[]{13, 512, 256, 128}, new int[]{1024, 1024, 512, 256, 1}), 2048),
            new Preset("dlrm-dcnv2", "MLPerf Training 3.0 and later", new Workload(
                    ModelConfig.of(13, MULTI_HOT_ROWS, 128, new DcnV2(new int[]{13, 512, 256, 128}, 3, 512,
                            CrossStructure.STACKED, new int[]{1024, 1024, 512, 256})),
                    MULTI_HOT_BAGS, true), 2048, OptimizerKind.ADAGRAD),
            concatenated("rmc1", new int[]{128, 64, 32}, new int[]{256, 64, 1}, tables(8, 4 * MILLION), 32, 80),
            concatenated("rmc2", new int[]{256, 128, 64}, new int[]{128, 64, 1}, tables(32, MILLION / 2), 64, 120),
            concatenated("rmc3", new int[]{2560, 1024, 256, 32}, new int[]{512, 256, 1}, tables(10, 2 * MILLION), 32,
                    20),
            new Preset("wide-deep", "DeepRecSys, WnD", new Workload(
                    ModelConfig.of(512, tables(27, MILLION), 32,
                            new WideDeep(new int[]{1024, 512, 256}, true, List.of())),
                    bags(27, 1), true), 2048, OptimizerKind.ADAGRAD));

    private static Preset criteo(String name, String origin, long[] rows, int dim, Architecture architecture,
            int batchSize) {
        return new Preset(name, origin,
                new Workload(ModelConfig.of(13, rows, dim, architecture), bags(rows.length, 1), true), batchSize,
                OptimizerKind.SGD);
    }

    private static Preset concatenated(String name, int[] bottom, int[] top, long[] rows, int dim, int bagRows) {
        final Dlrm architecture = new Dlrm(bottom, top, Interaction.CAT, false);
        return new Preset(name, "DeepRecSys, " + name.replace("c", "").toUpperCase(Locale.ROOT),
                new Workload(ModelConfig.of(bottom[0], rows, dim, architecture), bags(rows.length, bagRows), true),
                2048,
                OptimizerKind.SGD);
    }

    private static long[] tables(int count, long rows) {
        return Collections.nCopies(count, rows).stream().mapToLong(Long::longValue).toArray();
    }

    private static int[] bags(int count, int rows) {
        return Collections.nCopies(count, rows).stream().mapToInt(Integer::intValue).toArray();
    }

    /**
     * Returns all presets.
     *
     * @return unmodifiable
     */
    public static List<Preset> all() {
        return ALL;
    }

    /**
     * Returns the names of all presets.
     *
     * @return with commas between
     */
    public static String names() {
        return ALL.stream().map(Preset::name).collect(Collectors.joining(", "));
    }

    /**
     * Finds a preset.
     *
     * @param name its name
     * @return the preset
     * @throws IllegalArgumentException if there is none of this name, with the names that there are
     */
    public static Preset named(String name) {
        return ALL.stream().filter(preset -> preset.name.equals(name)).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("'" + name + "' is none of " + names()));
    }
}
