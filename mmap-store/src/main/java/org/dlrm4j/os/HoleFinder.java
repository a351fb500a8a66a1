package org.dlrm4j.os;

/**
 * Tells which parts of a sparse file are holes, without reading them. Remembers what the file system said last, so that a walk
 * through the file asks it once a hole and once a stretch of data. Used by one thread.
 */
public final class HoleFinder {
    private final MappedFile file;
    private long holeFrom;
    private long holeTo;
    private long dataFrom;
    private long dataTo;

    /**
     * Starts without knowledge.
     *
     * @param file the file, which nobody writes meanwhile
     */
    public HoleFinder(MappedFile file) {
        this.file = file;
    }

    /**
     * Returns whether a part of the file lies in one hole, so that all its bytes are zero.
     *
     * @param from first byte
     * @param to end of the part, more than {@code from}
     * @return false also where the file system knows of no holes
     * @throws IllegalStateException if the file is closed
     */
    public boolean isHole(long from, long to) {
        if (from >= holeFrom && to <= holeTo) {
            return true;
        }
        if (from >= dataFrom && from < dataTo) {
            return false;
        }
        long data = file.nextData(from);
        if (data > from) {
            holeFrom = from;
            holeTo = data;
        } else {
            dataFrom = from;
            dataTo = file.nextHole(from);
        }
        return to <= data && data > from;
    }
}
