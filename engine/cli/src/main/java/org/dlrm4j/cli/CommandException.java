package org.dlrm4j.cli;

/** Ends a command with exit code 1 and a message that names the thing and the remedy. */
public final class CommandException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public CommandException(String message) {
        super(message);
    }
}
