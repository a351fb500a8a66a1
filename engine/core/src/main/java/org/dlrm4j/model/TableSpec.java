package org.dlrm4j.model;

/**
 * A table that a model looks rows up in.
 *
 * @param name its name in messages and files
 * @param feature the sparse feature whose values are its row numbers; crosses are numbered from the model's sparse features on
 * @param rows rows
 * @param dim floats a row
 * @param group what its rows are to the model
 */
public record TableSpec(String name, int feature, long rows, int dim, ParameterGroup group) {
    static TableSpec embedding(int feature, long rows, int dim) {
        return new TableSpec(String.format("table-%02d", feature), feature, rows, dim, ParameterGroup.EMBEDDING);
    }

    static TableSpec wide(int feature, long rows) {
        return new TableSpec(String.format("wide-%02d", feature), feature, rows, 1, ParameterGroup.WIDE);
    }

    static TableSpec cross(int cross, int feature, long rows) {
        return new TableSpec(String.format("cross-%02d", cross), feature, rows, 1, ParameterGroup.WIDE);
    }
}
