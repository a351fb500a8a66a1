package org.dlrm4j.os;

/** The log of this package: what the machine or the kernel would not let us do. */
final class Log {
    private static final System.Logger LOGGER = System.getLogger("org.dlrm4j.os");

    private Log() {}

    static void warn(String message) {
        LOGGER.log(System.Logger.Level.WARNING, message);
    }
}
