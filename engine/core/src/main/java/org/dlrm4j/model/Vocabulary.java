package org.dlrm4j.model;

import java.util.List;
import org.dlrm4j.data.FeatureDictionary;
import org.dlrm4j.data.SampleEncoder;
import org.dlrm4j.data.UnseenPolicy;

/**
 * How raw values become what the model eats, kept with the model, so that an application scores raw values as the training
 * data had them. For Criteo's format: one dictionary a sparse feature, and what to do with values it lacks. For text that
 * follows a schema: its encoder. Immutable.
 *
 * @param dictionaries one a sparse feature; empty if there is an encoder
 * @param policies one a sparse feature; empty if there is an encoder
 * @param encoder the encoder of rows of text, or null
 */
public record Vocabulary(List<FeatureDictionary> dictionaries, List<UnseenPolicy> policies, SampleEncoder encoder) {
    /**
     * Checks the vocabulary.
     *
     * @throws IllegalArgumentException if the lists differ in length, or there are dictionaries beside an encoder
     */
    public Vocabulary {
        dictionaries = List.copyOf(dictionaries);
        policies = List.copyOf(policies);
        if (dictionaries.size() != policies.size() || encoder != null && !dictionaries.isEmpty()) {
            throw new IllegalArgumentException(dictionaries.size() + " dictionaries, but " + policies.size()
                    + " policies" + (encoder == null ? "" : ", and an encoder"));
        }
    }

    /**
     * Makes the vocabulary of a model for Criteo's format.
     *
     * @param dictionaries one a sparse feature
     * @param policies one a sparse feature
     * @throws IllegalArgumentException if the lists differ in length
     */
    public Vocabulary(List<FeatureDictionary> dictionaries, List<UnseenPolicy> policies) {
        this(dictionaries, policies, null);
    }

    /**
     * Makes the vocabulary of a model for text that follows a schema.
     *
     * @param encoder the encoder that the training data were made with
     * @return the vocabulary
     */
    public static Vocabulary of(SampleEncoder encoder) {
        return new Vocabulary(List.of(), List.of(), encoder);
    }
}
