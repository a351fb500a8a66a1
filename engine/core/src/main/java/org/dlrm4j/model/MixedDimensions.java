package org.dlrm4j.model;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Mixed-dimension embeddings (Ginart, Naumov, Mudigere, Yang, Zou, ISIT 2021, arXiv 1909.11810): the more values a feature has,
 * the narrower are the rows of its table. A feature with {@code n > threshold} values has rows of
 *
 * <pre>{@code
 * d = max(1, round(dim · (n_min / n)^temperature)),   n_min the fewest values of any feature
 * }</pre>
 *
 * <p>floats, halves rounded to even, and with {@code roundDims} the power of two nearest to that in logarithm, though not above
 * {@code dim}. The pooled rows are then projected to {@code dim} floats, {@code v = W·e} without bias. Features with fewer
 * values, and those whose {@code d} is {@code dim}, have rows of {@code dim} floats and no projection.
 *
 * <p>Tables begin as a plain model's do, projections as {@code N(0, sqrt(2 / (d + dim)))}, the variance of the reference's uniform
 * draw.
 *
 * @param threshold most values of a feature whose rows keep their width, 0 or more
 * @param temperature how fast widths fall, 0 (not at all) or more
 * @param roundDims whether widths are powers of two
 */
public record MixedDimensions(long threshold, double temperature, boolean roundDims) implements EmbeddingScheme {
    /** The name in {@code model.json}. */
    static final String NAME = "mixed-dimensions";

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException naming the one that is out of range
     */
    public MixedDimensions {
        Requirement.that(threshold >= 0, "mixed-dimension threshold is %d, expected 0 or more", threshold);
        Requirement.that(temperature >= 0 && Double.isFinite(temperature),
                "mixed-dimension temperature is %s, expected 0 or more", temperature);
    }

    /**
     * Returns the widths of the features' rows.
     *
     * @param values number of values of each feature
     * @param dim width of the vectors
     * @return one width a feature, 1 to {@code dim}
     */
    public int[] widths(long[] values, int dim) {
        final long fewest = Arrays.stream(values).min().orElse(1);
        return Arrays.stream(values).mapToInt(n -> n <= threshold ? dim : width(n, fewest, dim)).toArray();
    }

    private int width(long n, long fewest, int dim) {
        final double exact = Math.max(1, Math.rint(dim * Math.pow((double) fewest / n, temperature)));
        return (int) (roundDims
                ? Math.min(dim, Math.pow(2, Math.rint(Math.log(exact) / Math.log(2))))
                : exact);
    }

    @Override
    public Map<String, Object> toJson() {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("scheme", NAME);
        json.put("threshold", threshold);
        json.put("temperature", temperature);
        json.put("roundDims", roundDims);
        return json;
    }

    static MixedDimensions fromJson(JsonFields fields) {
        return new MixedDimensions(fields.whole("threshold"), fields.number("temperature"), fields.flag("roundDims"));
    }
}
