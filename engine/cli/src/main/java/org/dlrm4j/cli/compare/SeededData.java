package org.dlrm4j.cli.compare;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.dlrm4j.data.PlantedOptimum;
import org.dlrm4j.data.PlantedSpec;

/**
 * The data of each seed: of synthetic data a truth and rows of its own, so that the spread over seeds is that of new data; of
 * a directory always the same rows. Owns what it opened.
 */
final class SeededData implements AutoCloseable {
    private final IntFunction<ComparisonData> opener;
    private final Map<Integer, ComparisonData> opened = new HashMap<>();

    private SeededData(IntFunction<ComparisonData> opener) {
        this.opener = opener;
    }

    /** Opens what dlrm preprocess wrote. */
    static SeededData open(String directory, int minCount) throws IOException {
        final ComparisonData data = ComparisonData.open(directory, minCount);
        final SeededData seeded = new SeededData(_ -> data);
        seeded.of(1);
        return seeded;
    }

    /** Makes data with known truths as they are read. */
    static SeededData planted(PlantedSpec spec, int minCount) {
        return new SeededData(seed -> ComparisonData.planted(spec.withSeed(spec.seed() + seed - 1), minCount));
    }

    /** Returns the data of a seed, 1 or more. */
    ComparisonData of(int seed) {
        return opened.computeIfAbsent(seed, opener::apply);
    }

    /** Returns the data of the first seed, on which settings are tried. */
    ComparisonData first() {
        return of(1);
    }

    /** Returns how well the truths predict the test parts of seeds 1 to {@code seeds}; nothing if nobody knows them. */
    List<PlantedOptimum> optima(int seeds) {
        return first().optimum() == null
                ? List.of()
                : IntStream.rangeClosed(1, seeds).mapToObj(seed -> of(seed).optimum()).toList();
    }

    @Override
    public void close() {
        opened.values().stream().distinct().forEach(ComparisonData::close);
    }
}
