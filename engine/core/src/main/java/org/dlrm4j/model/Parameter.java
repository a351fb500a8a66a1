package org.dlrm4j.model;

import java.lang.foreign.MemorySegment;

/**
 * A trained tensor outside the tables: {@code rows × rowFloats} floats without padding. Does not own its memory. Whoever writes
 * its values says so by {@link #changed}.
 */
public final class Parameter {
    /** Told which rows of a parameter were written, to bring copies of them up to date. */
    @FunctionalInterface
    interface Listener {
        void changed(int fromRow, int toRow);
    }

    /** For a parameter of which there are no copies. */
    static final Listener NO_COPIES = (fromRow, toRow) -> {};

    private final String name;
    private final String place;
    private final MemorySegment values;
    private final long[] shape;
    private final int blockRows;
    private final Listener listener;

    /**
     * Describes a parameter.
     *
     * @param name its name in files
     * @param place the layer it belongs to, for messages
     * @param values its values
     * @param blockRows {@link #blockRows}
     * @param listener told of changes
     * @param shape size of each dimension, outermost first
     */
    Parameter(String name, String place, MemorySegment values, int blockRows, Listener listener, long... shape) {
        this.name = name;
        this.place = place;
        this.values = values;
        this.blockRows = blockRows;
        this.listener = listener;
        this.shape = shape.clone();
    }

    /**
     * Returns the name in files.
     *
     * @return for example {@code top_l.0.weight}
     */
    public String name() {
        return name;
    }

    /**
     * Returns the layer that the parameter belongs to, in words.
     *
     * @return for example {@code top MLP layer 0}
     */
    public String place() {
        return place;
    }

    /**
     * Returns what the parameter is to its model.
     *
     * @return the group
     */
    public ParameterGroup group() {
        return ParameterGroup.DENSE;
    }

    /**
     * Returns the values, row-major, without padding.
     *
     * @return the live segment
     */
    public MemorySegment values() {
        return values;
    }

    /**
     * Returns the shape.
     *
     * @return size of each dimension, outermost first
     */
    public long[] shape() {
        return shape.clone();
    }

    /**
     * Returns the number of rows, the outermost dimension.
     *
     * @return rows
     */
    public int rows() {
        return Math.toIntExact(shape[0]);
    }

    /**
     * Returns the length of a row.
     *
     * @return floats
     */
    public int rowFloats() {
        return Math.toIntExact(count() / shape[0]);
    }

    /**
     * Returns the number of values.
     *
     * @return floats
     */
    public long count() {
        return values.byteSize() / Float.BYTES;
    }

    /**
     * Returns how many packed copies {@link #changed} brings up to date.
     *
     * @return 2 for weights of products, one for each direction; 0 for what is only added
     */
    public int copies() {
        return listener == NO_COPIES ? 0 : 2;
    }

    /**
     * Returns where threads may divide the rows among themselves: at multiples of this.
     *
     * @return rows of a block
     */
    public int blockRows() {
        return blockRows;
    }

    /**
     * Tells the model that rows were written. Disjoint blocks may be reported at once.
     *
     * @param fromRow first row, a multiple of {@link #blockRows}
     * @param toRow end of the rows, a multiple of {@link #blockRows} or {@link #rows}
     */
    public void changed(int fromRow, int toRow) {
        listener.changed(fromRow, toRow);
    }
}
