package org.dlrm4j.train;

/** A loss became NaN or infinite. The message names the batch and the first input, layer or table row that is. */
public final class NonFiniteException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception.
     *
     * @param message batch and culprit
     */
    public NonFiniteException(String message) {
        super(message);
    }
}
