package org.dlrm4j.model;

import java.util.Map;

/** A table a feature with a row a value, whose pooled rows are the feature's vector. */
public record PlainEmbeddings() implements EmbeddingScheme {
    /** The name in {@code model.json}. */
    static final String NAME = "plain";

    @Override
    public Map<String, Object> toJson() {
        return Map.of("scheme", NAME);
    }
}
