package org.dlrm4j.model;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Quotient-remainder embeddings (Shi, Mudigere, Naumov, Yang, KDD 2020, arXiv 1909.02107): two small tables in place of a large
 * one. Value {@code i} of a feature with {@code n > threshold} values has row {@code ⌊i / c⌋} of a table of {@code ⌈n / c⌉}
 * rows and row {@code i mod c} of one of {@code c}; no two values share both. Each table is pooled over the bag, and then the
 * two vectors are combined: {@code q ⊙ r}, {@code q + r} or {@code [q; r]}. Smaller features keep a table of their own.
 *
 * <p>{@code [q; r]} is twice as wide as rows are. So that all vectors have one width, features below the threshold then have
 * rows of twice the width.
 *
 * <p>Initial values are such that a combined vector has the variance of a plain table's, {@code 1 / (3n)} an element: both
 * tables are drawn from {@code U(±(3/n)^(1/4))} for a product, {@code U(±sqrt(1/(2n)))} for a sum and {@code U(±sqrt(1/n))} side
 * by side.
 *
 * @param operation how the two vectors are combined
 * @param threshold most values of a feature that keeps a table of its own, 0 or more
 * @param collisions {@code c}: values that share a row of the table of quotients, 1 or more
 */
public record QuotientRemainder(Operation operation, long threshold, long collisions) implements EmbeddingScheme {
    /** The name in {@code model.json}. */
    static final String NAME = "quotient-remainder";

    /** What becomes of the two vectors. */
    public enum Operation {
        /** They are multiplied, element by element. */
        MULT,
        /** They are added. */
        ADD,
        /** They stand side by side. */
        CONCAT
    }

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException naming the one that is out of range
     */
    public QuotientRemainder {
        Requirement.that(threshold >= 0, "quotient-remainder threshold is %d, expected 0 or more", threshold);
        Requirement.that(collisions >= 1, "quotient-remainder collisions are %d, expected 1 or more", collisions);
    }

    @Override
    public int width(int dim) {
        return operation == Operation.CONCAT ? Math.multiplyExact(2, dim) : dim;
    }

    /** Returns the bound of the initial values of both tables of a feature. */
    double bound(long values) {
        return switch (operation) {
            case MULT -> Math.pow(3.0 / values, 0.25);
            case ADD -> Math.sqrt(0.5 / values);
            case CONCAT -> Math.sqrt(1.0 / values);
        };
    }

    @Override
    public Map<String, Object> toJson() {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("scheme", NAME);
        json.put("operation", operation.name());
        json.put("threshold", threshold);
        json.put("collisions", collisions);
        return json;
    }

    static QuotientRemainder fromJson(JsonFields fields) {
        return new QuotientRemainder(fields.constant("operation", Operation.class), fields.whole("threshold"),
                fields.whole("collisions"));
    }
}
