package org.dlrm4j.store;

import java.nio.file.Path;

/** Tells that a file does not contain what its format demands: which file, which field, what was found and expected. */
public final class ModelFormatException extends StoreException {
    private static final long serialVersionUID = 1L;

    private final String file;
    private final String field;

    /**
     * Makes an exception.
     *
     * @param file the file that is wrong
     * @param field the field, or the place as line and column or byte range
     * @param problem what was found, what was expected, and what to do
     */
    public ModelFormatException(Path file, String field, String problem) {
        this(file.toString(), field, problem);
    }

    ModelFormatException(String file, String field, String problem) {
        super(file + ": " + field + ": " + problem);
        this.file = file;
        this.field = field;
    }

    static ModelFormatException unequal(Path file, String field, Object found, Object expected) {
        return new ModelFormatException(file, field, "found " + found + ", expected " + expected);
    }

    /**
     * Returns the file that is wrong.
     *
     * @return its path, or the name under which the text was given
     */
    public String file() {
        return file;
    }

    /**
     * Returns the field that is wrong.
     *
     * @return its name, or the place in the file
     */
    public String field() {
        return field;
    }
}
