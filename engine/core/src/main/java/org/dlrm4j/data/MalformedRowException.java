package org.dlrm4j.data;

/** Says that a line of Criteo text cannot be read; names file, line, field, the text found and what was expected. */
public final class MalformedRowException extends DatasetException {
    private static final long serialVersionUID = 1L;

    /** Name of the input. */
    private final String file;
    /** Line in the file. */
    private final long line;
    /** Field in the line. */
    private final int field;

    /**
     * Makes the exception.
     *
     * @param file      name of the input
     * @param line      line, 1-based
     * @param field     tab-separated field, 1-based
     * @param fieldName name of the field: {@code label}, {@code I1} to {@code I13}, {@code C1} to {@code C26}
     * @param found     the text found
     * @param expected  what was expected
     */
    MalformedRowException(String file, long line, int field, String fieldName, String found, String expected) {
        super(file + ", line " + line + ", field " + field + " (" + fieldName + "): found " + found + ", expected "
                + expected + "; correct the row or let bad rows be skipped");
        this.file = file;
        this.line = line;
        this.field = field;
    }

    /**
     * Names the input.
     *
     * @return name of the file as the caller gave it
     */
    public String file() {
        return file;
    }

    /**
     * Tells where in the file.
     *
     * @return line, 1-based
     */
    public long line() {
        return line;
    }

    /**
     * Tells where in the line.
     *
     * @return tab-separated field, 1-based
     */
    public int field() {
        return field;
    }
}
