package org.dlrm4j.data;

import java.util.Locale;

/** The parts of a data set. */
enum SchemaPart {
    TRAIN, VALIDATION, TEST;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
