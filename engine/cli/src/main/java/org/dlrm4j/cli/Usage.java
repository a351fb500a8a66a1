package org.dlrm4j.cli;

import java.util.function.Supplier;
import picocli.CommandLine.TypeConversionException;

/** Tells wrong usage, for which a command ends with exit code 2 and points to its help, from failures. */
public final class Usage {
    private Usage() {}

    /** Says that a command line cannot be followed, and why. */
    static final class UsageException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private UsageException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** Requires something of the command line; the message names option, value and remedy. */
    public static void require(boolean condition, String message) {
        if (!condition) {
            refuse(message);
        }
    }

    /** Refuses the command line; the message names option, value and remedy. */
    public static void refuse(String message) {
        throw new UsageException(message, null);
    }

    /** Makes something out of options: those that are out of range or contradict each other are wrong usage. */
    public static <T> T of(Supplier<T> value) {
        try {
            return value.get();
        } catch (IllegalArgumentException | ArithmeticException | TypeConversionException e) {
            throw new UsageException(e.getMessage(), e);
        }
    }
}
