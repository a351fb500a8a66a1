package org.dlrm4j.model;

import java.util.List;
import org.dlrm4j.data.FeatureDictionary;
import org.dlrm4j.data.UnseenPolicy;

/**
 * How raw values become table rows: one dictionary a sparse feature, and what to do with values it lacks. Kept with the
 * model, so that an application scores raw values as the training data had them. Immutable.
 *
 * @param dictionaries one a sparse feature
 * @param policies one a sparse feature
 */
public record Vocabulary(List<FeatureDictionary> dictionaries, List<UnseenPolicy> policies) {
    /**
     * Checks the vocabulary.
     *
     * @throws IllegalArgumentException if the lists differ in length
     */
    public Vocabulary {
        dictionaries = List.copyOf(dictionaries);
        policies = List.copyOf(policies);
        if (dictionaries.size() != policies.size()) {
            throw new IllegalArgumentException(
                    dictionaries.size() + " dictionaries, but " + policies.size() + " policies");
        }
    }
}
