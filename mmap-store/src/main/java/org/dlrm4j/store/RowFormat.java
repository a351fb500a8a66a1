package org.dlrm4j.store;

/** How the elements of a table's rows are stored. */
public enum RowFormat {
    /** IEEE 754 binary32, little-endian. */
    F32(1, 4);

    private final int id;
    private final int elementBytes;

    RowFormat(int id, int elementBytes) {
        this.id = id;
        this.elementBytes = elementBytes;
    }

    /**
     * Returns the number that stands for this format in files.
     *
     * @return greater than 0, never reused
     */
    public int id() {
        return id;
    }

    /**
     * Returns the size of an element.
     *
     * @return bytes an element
     */
    public int elementBytes() {
        return elementBytes;
    }
}
