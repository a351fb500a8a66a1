package org.dlrm4j.model;

import org.dlrm4j.kernels.RowFormat;

/**
 * A table that a model looks rows up in.
 *
 * @param name its name in messages and files
 * @param feature the sparse feature whose values are its row numbers; features that {@link Network#derive} makes are numbered
 *     from the model's sparse features on
 * @param rows rows
 * @param dim floats a row
 * @param group what its rows are to the model
 * @param initialFrom lower end of the range that initial values are drawn from, uniformly
 * @param initialTo upper end of the range; equal to the lower end if all values begin as that constant
 */
public record TableSpec(String name, int feature, long rows, int dim, ParameterGroup group, double initialFrom,
        double initialTo) {
    /** A table of embeddings, or part of one, that begins as {@code U(±bound)}. */
    static TableSpec embedding(String name, int feature, long rows, int dim, double bound) {
        return new TableSpec(name, feature, rows, dim, ParameterGroup.EMBEDDING, -bound, bound);
    }

    static TableSpec wide(int feature, long rows) {
        return constant(String.format("wide-%02d", feature), feature, rows, ParameterGroup.WIDE, 0);
    }

    static TableSpec cross(int cross, int feature, long rows) {
        return constant(String.format("cross-%02d", cross), feature, rows, ParameterGroup.WIDE, 0);
    }

    /** A table of single weights that begin as a constant. */
    static TableSpec constant(String name, int feature, long rows, ParameterGroup group, double value) {
        return new TableSpec(name, feature, rows, 1, group, value, value);
    }

    /**
     * Returns how the table is stored in a model whose embeddings are in a format.
     *
     * @param format of embeddings
     * @return the format, or float32 for single weights
     */
    public RowFormat storedAs(RowFormat format) {
        return group == ParameterGroup.EMBEDDING ? format : RowFormat.F32;
    }
}
