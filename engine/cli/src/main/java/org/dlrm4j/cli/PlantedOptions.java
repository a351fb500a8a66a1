package org.dlrm4j.cli;

import org.dlrm4j.data.PlantedClickLog;
import picocli.CommandLine.Option;

/** What there is to be learned in data with a known truth. */
final class PlantedOptions {
    // @formatter:off
    @Option(names = "--order", paramLabel = "1|2", defaultValue = "2",
            description = "1: features act each for itself; 2: pairs of them also act together (${DEFAULT-VALUE}).")
    private int order;

    @Option(names = "--noise", paramLabel = "X", defaultValue = "0",
            description = "Share of rows whose label has nothing to do with their features (${DEFAULT-VALUE}).")
    private double noise;
    // @formatter:on

    /** Makes the generator; throws IllegalArgumentException if an option is out of range. */
    PlantedClickLog generator(long seed) {
        return new PlantedClickLog(seed, new PlantedClickLog.Truth(order, noise));
    }
}
