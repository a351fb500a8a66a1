package org.dlrm4j.cli;

import org.dlrm4j.data.trace.ProfilePrivacy;
import picocli.CommandLine.Option;

/** What a profile shall not tell. */
final class PrivacyOptions {
    // @formatter:off
    @Option(names = "--min-accesses", paramLabel = "N", defaultValue = "1",
            description = "Leave rows with fewer accesses unnamed, and join distances that fewer have (${DEFAULT-VALUE}).")
    private long leastAccesses;

    @Option(names = "--epsilon", paramLabel = "X",
            description = "Blur counts by differential privacy's noise; smaller is more private.")
    private Double epsilon;

    @Option(names = "--delta", paramLabel = "X", defaultValue = "1e-6",
            description = "With --epsilon: probability that a row of a single access is named (${DEFAULT-VALUE}).")
    private double delta;

    @Option(names = "--changed-distances", paramLabel = "N", defaultValue = "1",
            description = "With --epsilon: distances that what is protected may change. 1 protects one distance, the number "
                    + "of rows plus 1 a whole access (${DEFAULT-VALUE}).")
    private long changedDistances;
    // @formatter:on

    ProfilePrivacy privacy() {
        final ProfilePrivacy privacy = ProfilePrivacy.none().withLeastAccesses(leastAccesses);
        return epsilon == null ? privacy : privacy.withNoise(epsilon, delta, changedDistances);
    }
}
