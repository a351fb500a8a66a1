package org.dlrm4j.data;

import java.util.List;

/**
 * Which rows count as clicks.
 *
 * @param column   the column that tells
 * @param positive texts that mean 1; empty if {@code atLeast} decides
 * @param negative texts that mean 0; if empty, every text that is not positive does
 * @param atLeast  numbers from here on mean 1, lower ones 0; NaN if {@code positive} decides
 */
public record LabelRule(String column, List<String> positive, List<String> negative, double atLeast) {
    /**
     * Checks the rule.
     *
     * @throws IllegalArgumentException if not exactly one of {@code positive} and {@code atLeast} is given, or a text means
     *                                  both 1 and 0
     */
    public LabelRule {
        positive = List.copyOf(positive);
        negative = List.copyOf(negative);
        if (positive.isEmpty() == Double.isNaN(atLeast) || (positive.isEmpty() && !negative.isEmpty())) {
            throw new IllegalArgumentException("label: found positive " + positive + ", negative " + negative
                    + (Double.isNaN(atLeast) ? "" : ", atLeast " + atLeast)
                    + ", expected either the texts that mean 1 (and, if wanted, those that mean 0) or atLeast");
        }
        for (String text : negative) {
            if (positive.contains(text)) {
                throw new IllegalArgumentException("label: \"" + text + "\" is both positive and negative");
            }
        }
    }

    /** Says what a field may be. */
    String expectation() {
        return positive.isEmpty()
                ? "a number"
                : "one of " + positive + " for 1, "
                        + (negative.isEmpty() ? "anything else for 0" : "one of " + negative + " for 0");
    }
}
