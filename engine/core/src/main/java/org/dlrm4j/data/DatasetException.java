package org.dlrm4j.data;

/**
 * Says that data is not what it should be: a damaged or truncated file, an id beyond its table, an output directory
 * that belongs to another run. The message names the file, the place, the value found, what was expected and what to
 * do.
 */
public class DatasetException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * Makes the exception.
     *
     * @param message file, place, value found, expectation and remedy
     */
    public DatasetException(String message) {
        super(message);
    }
}
