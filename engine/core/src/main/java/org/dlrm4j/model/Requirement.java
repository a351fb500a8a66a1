package org.dlrm4j.model;

/** Checks of configurations. */
final class Requirement {
    private Requirement() {}

    static void that(boolean condition, String message, Object... arguments) {
        if (!condition) {
            throw new IllegalArgumentException(String.format(message, arguments));
        }
    }
}
