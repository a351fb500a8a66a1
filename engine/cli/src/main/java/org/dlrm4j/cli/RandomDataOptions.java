package org.dlrm4j.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dlrm4j.data.MixtureRows;
import org.dlrm4j.data.RandomSource;
import org.dlrm4j.data.RowStream;
import org.dlrm4j.data.StreamSource;
import org.dlrm4j.data.UniformRows;
import org.dlrm4j.data.ZipfRows;
import picocli.CommandLine.Option;

/** The reference's random data, for {@code --data-generation random}. */
public final class RandomDataOptions {
    /** Where row numbers come from. */
    enum Shape {
        UNIFORM, GAUSSIAN
    }

    private static final double CLICK_RATE = 0.25;

    // @formatter:off
    @Option(names = "--data-size", paramLabel = "N", defaultValue = "1",
            description = "Number of samples (${DEFAULT-VALUE}).")
    private long samples;

    @Option(names = "--num-batches", paramLabel = "N", defaultValue = "0",
            description = "Number of batches, instead of --data-size (${DEFAULT-VALUE}).")
    private long batches;

    @Option(names = "--arch-embedding-size", paramLabel = "N-N-..", defaultValue = "4-3-2",
            converter = Widths.Converter.class,
            description = "Rows of each embedding table (${DEFAULT-VALUE}).")
    private Widths tableRows;

    @Option(names = "--num-indices-per-lookup", paramLabel = "N", defaultValue = "10",
            description = "Most indices of a bag, before repeated ones are dropped (${DEFAULT-VALUE}).")
    private int indicesPerLookup;

    @Option(names = "--num-indices-per-lookup-fixed", arity = "0..1", paramLabel = "true|false", description = "Draw exactly so many for every bag.")
    private boolean fixedBags;

    @Option(names = "--round-targets", arity = "0..1", paramLabel = "true|false", description = "Make targets 0 or 1.")
    private boolean roundTargets;

    @Option(names = "--rand-data-dist", paramLabel = "uniform|gaussian", defaultValue = "uniform",
            description = "How indices are drawn (${DEFAULT-VALUE}).")
    private Shape shape;

    @Option(names = "--rand-data-min", paramLabel = "X", defaultValue = "0",
            description = "Least index, gaussian (${DEFAULT-VALUE}).")
    private double min;

    @Option(names = "--rand-data-max", paramLabel = "X", defaultValue = "1",
            description = "Greatest index, gaussian (${DEFAULT-VALUE}).")
    private double max;

    @Option(names = "--rand-data-mu", paramLabel = "X", defaultValue = "-1",
            description = "Mean, gaussian; -1 for the middle (${DEFAULT-VALUE}).")
    private double mean;

    @Option(names = "--rand-data-sigma", paramLabel = "X", defaultValue = "1",
            description = "Standard deviation, gaussian (${DEFAULT-VALUE}).")
    private double deviation;
    // @formatter:on

    public long[] tableRows() {
        return tableRows.values().clone();
    }

    public int indicesPerLookup() {
        return indicesPerLookup;
    }

    public boolean fixedBags() {
        return fixedBags;
    }

    /** Tells whether rows are drawn in another way than uniformly. */
    public boolean isGaussian() {
        return shape == Shape.GAUSSIAN;
    }

    /** Returns the number of batches that were asked for, 0 if it follows from the number of samples. */
    public long batches() {
        return batches;
    }

    public RandomSource open(int denseFeatures, int batchSize, int seed) {
        final RandomSource.Distribution distribution = shape == Shape.UNIFORM
                ? RandomSource.Distribution.uniform()
                : RandomSource.Distribution.gaussian(min, max, mean, deviation);
        return new RandomSource(samples(batchSize), batchSize,
                denseFeatures, tableRows(), indicesPerLookup, fixedBags, roundTargets, distribution, seed);
    }

    /** Makes samples with rows by Zipf's law, of which a share is uniform instead. */
    StreamSource openZipf(int denseFeatures, double exponent, double uniformShare, int batchSize, int seed) {
        final List<RowStream> streams = new ArrayList<>();
        for (int f = 0; f < tableRows.values().length; f++) {
            final long rows = tableRows.values()[f];
            final long tableSeed = seed + 3L * f;
            streams.add(new MixtureRows(new double[]{1 - uniformShare, uniformShare},
                    List.of(new ZipfRows(rows, exponent, tableSeed), new UniformRows(rows, tableSeed + 1)),
                    tableSeed + 2));
        }
        return new StreamSource(samples(batchSize), denseFeatures, streams, indicesPerLookup, fixedBags, CLICK_RATE,
                seed);
    }

    /** Returns the number of samples that were asked for. */
    public long samples(int batchSize) {
        return batches > 0 ? Math.multiplyExact(batches, batchSize) : samples;
    }

    Map<String, Object> identity() {
        final Map<String, Object> identity = new LinkedHashMap<>();
        identity.put("data", "random");
        identity.put("data-size", String.valueOf(samples));
        identity.put("num-batches", String.valueOf(batches));
        identity.put("num-indices-per-lookup", indicesPerLookup + (fixedBags ? " fixed" : ""));
        identity.put("round-targets", String.valueOf(roundTargets));
        identity.put("rand-data-dist",
                shape == Shape.UNIFORM ? "uniform" : "gaussian " + min + " " + max + " " + mean + " " + deviation);
        return identity;
    }
}
