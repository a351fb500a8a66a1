package org.dlrm4j.cli.compare;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.dlrm4j.cli.ClickData;
import org.dlrm4j.cli.CommandException;
import org.dlrm4j.data.ClickDataset;
import org.dlrm4j.data.PlantedClickLog;
import org.dlrm4j.data.PlantedOptimum;
import org.dlrm4j.data.PlantedSource;
import org.dlrm4j.data.PlantedSpec;
import org.dlrm4j.data.SampleSource;

/**
 * Three parts of one data set: models learn on the first, are chosen and stopped by the second, and judged by the third.
 *
 * Owns the data set.
 */
final class ComparisonData implements AutoCloseable {
    /** Shares of the training part that are held out where the data set has no such part. */
    private static final int VALIDATION_SHARE = 10;
    private static final int TEST_SHARE = 5;

    private final Runnable owner;
    private final String description;
    private final Map<String, Object> identity;
    private final PlantedOptimum optimum;
    private final SampleSource train;
    private final SampleSource validation;
    private final SampleSource test;
    private final long[] rows;

    private ComparisonData(Runnable owner, String description, Map<String, Object> identity,
            PlantedOptimum optimum, SampleSource train, SampleSource validation, SampleSource test, long[] tableRows,
            int minCount) {
        this.owner = owner;
        this.description = description;
        this.optimum = optimum;
        this.identity = new LinkedHashMap<>(identity);
        this.identity.put("min count", String.valueOf(minCount));
        if (train.samples() == 0 || validation.samples() == 0 || test.samples() == 0) {
            throw new CommandException(description + ": " + train.samples() + " samples to train, "
                    + validation.samples() + " to validate and " + test.samples()
                    + " to test, expected 1 or more of each; give more rows");
        }
        final RareValues rare = minCount <= 1 ? null : RareValues.of(train, tableRows, minCount);
        this.train = rare == null ? train : rare.renumber(train);
        this.validation = rare == null ? validation : rare.renumber(validation);
        this.test = rare == null ? test : rare.renumber(test);
        rows = rare == null ? Arrays.stream(tableRows).map(r -> Math.max(1, r)).toArray() : rare.rows();
    }

    /** Opens what dlrm preprocess wrote. A part that is missing is cut from the end of the training part. */
    static ComparisonData open(String name, int minCount) throws IOException {
        final Path directory = Path.of(name);
        final ClickDataset dataset = ClickData.open(name);
        try {
            final SampleSource train = dataset.train();
            long end = train.samples();
            SampleSource test = dataset.test();
            if (test.samples() == 0) {
                final long from = end - end / TEST_SHARE;
                test = new SampleRange(train, from, end);
                end = from;
            }
            SampleSource validation = dataset.validation();
            if (validation.samples() == 0) {
                final long from = end - end / VALIDATION_SHARE;
                validation = new SampleRange(train, from, end);
                end = from;
            }
            final Map<String, Object> identity = new LinkedHashMap<>();
            identity.put("data", directory.toAbsolutePath().normalize().toString());
            identity.put("training samples", String.valueOf(end));
            identity.put("validation samples", String.valueOf(validation.samples()));
            identity.put("test samples", String.valueOf(test.samples()));
            return new ComparisonData(dataset::close,
                    String.valueOf(directory.toAbsolutePath().normalize().getFileName()), identity, null,
                    new SampleRange(train, 0, end),
                    validation, test, dataset.tableRows(), minCount);
        } catch (RuntimeException e) {
            dataset.close();
            throw e;
        }
    }

    /** Makes data with a known truth as they are read: behind the rows to train on a tenth to validate and a fifth to test. */
    static ComparisonData planted(PlantedSpec spec, int minCount) {
        final PlantedClickLog generator = spec.generator();
        final long validationFrom = spec.first() + spec.rows();
        final long testFrom = validationFrom + spec.rows() / VALIDATION_SHARE;
        final long end = testFrom + spec.rows() / TEST_SHARE;
        final Map<String, Object> identity = new LinkedHashMap<>();
        identity.put("data", spec.toString());
        return new ComparisonData(() -> {},
                "planted clicks, " + (spec.truth().order() == 1 ? "additive" : "with pairs") + ", noise "
                        + spec.truth().noise(),
                identity, generator.optimum(testFrom, end), new PlantedSource(generator, spec.first(), validationFrom),
                new PlantedSource(generator, validationFrom, testFrom), new PlantedSource(generator, testFrom, end),
                spec.shape().tableRows(), minCount);
    }

    String description() {
        return description;
    }

    /** Names what must be the same when a comparison goes on. */
    Map<String, Object> identity() {
        return identity;
    }

    /** Returns how well the truth predicts the test part, or null if nobody knows the truth. */
    PlantedOptimum optimum() {
        return optimum;
    }

    SampleSource train() {
        return train;
    }

    SampleSource validation() {
        return validation;
    }

    SampleSource test() {
        return test;
    }

    /** Returns the rows of each table. */
    long[] rows() {
        return rows.clone();
    }

    @Override
    public void close() {
        owner.run();
    }
}
