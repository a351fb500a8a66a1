package org.dlrm4j.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Describes click data in text files and what of it a model sees: how rows stand in the text, which rows are clicks, and
 * the dense and sparse features. {@code docs/data.md} explains the JSON file it is read from. Immutable.
 *
 * @param name    the name of the data
 * @param text    how rows stand in the text
 * @param columns names of the columns in the order of the text; with a header, whose order counts, those that are used
 * @param label   which rows are clicks
 * @param dense   the dense features, in the order of the model's inputs
 * @param sparse  the sparse features, in the order of the model's tables
 */
public record Schema(String name, TextFormat text, List<String> columns, LabelRule label, List<DenseFeature> dense,
        List<SparseFeature> sparse) {
    /** Names of the built-in schemas. */
    public static final List<String> BUILT_IN = List.of("adult", "criteo");

    /**
     * Checks that everything named is declared.
     *
     * @throws IllegalArgumentException naming what is missing, declared twice or contradictory
     */
    public Schema {
        columns = List.copyOf(columns);
        dense = List.copyOf(dense);
        sparse = List.copyOf(sparse);
        Set<String> known = new HashSet<>();
        for (String column : columns) {
            check(known.add(column), "columns", "\"" + column + "\" twice", "distinct names");
        }
        check(!dense.isEmpty() || !sparse.isEmpty(), "features", "none", "dense or sparse ones");
        checkColumn(known, label.column(), "label");
        for (DenseFeature feature : dense) {
            checkColumn(known, feature.column(), "dense");
            checkNotLabel(label, feature.column(), "dense");
        }
        Map<String, SparseFeature> declared = new HashMap<>();
        for (SparseFeature feature : sparse) {
            if (feature.kind() == SparseFeature.Kind.CROSS) {
                checkCross(feature, declared);
            } else {
                checkColumn(known, feature.column(), "sparse." + feature.name());
                checkNotLabel(label, feature.column(), "sparse." + feature.name());
            }
            check(declared.put(feature.name(), feature) == null, "sparse", "\"" + feature.name() + "\" twice",
                    "distinct names; give one of them a \"name\"");
        }
    }

    private static void check(boolean valid, String key, String found, String expected) {
        if (!valid) {
            throw new IllegalArgumentException(key + ": found " + found + ", expected " + expected);
        }
    }

    private static void checkColumn(Set<String> known, String column, String key) {
        check(known.contains(column), key, "column \"" + column + "\"", "one of the columns " + known);
    }

    private static void checkNotLabel(LabelRule label, String column, String key) {
        check(!column.equals(label.column()), key, "column \"" + column + "\", the label",
                "another one: a model that sees the label learns nothing else");
    }

    private static void checkCross(SparseFeature cross, Map<String, SparseFeature> declared) {
        String key = "sparse." + cross.name();
        check(cross.crossed().size() >= 2, key, "a cross of " + cross.crossed(), "two features or more");
        for (String name : cross.crossed()) {
            SparseFeature feature = declared.get(name);
            check(feature != null, key, "a cross of \"" + name + "\"",
                    "features that are declared before it, here " + declared.keySet());
            check(feature.kind() != SparseFeature.Kind.CROSS, key, "a cross of the cross \"" + name + "\"",
                    "a single cross of all features");
            check(feature.quantiles() == 0 || cross.hashRows() > 0, key, "a cross of quantile buckets",
                    "hashRows with it: buckets are not known yet while dictionaries are collected");
        }
    }

    /**
     * Reads a schema.
     *
     * @param file a JSON file
     * @return the schema
     * @throws IOException      if the file cannot be read
     * @throws DatasetException naming file and key if it is no valid schema
     */
    public static Schema read(Path file) throws IOException {
        return parse(Files.readAllBytes(file), file.toString());
    }

    /**
     * Parses a schema.
     *
     * @param json   the text
     * @param source its name for messages
     * @return the schema
     * @throws DatasetException naming source and key if it is no valid schema
     */
    public static Schema parse(byte[] json, String source) {
        return SchemaJson.parse(json, source);
    }

    /**
     * Gives a schema that comes with the library: {@code criteo} (Kaggle and Terabyte click text) or {@code adult} (the UCI
     * census income data).
     *
     * @param name one of {@link #BUILT_IN}
     * @return the schema
     * @throws IllegalArgumentException if there is no such schema
     */
    public static Schema builtIn(String name) {
        if (!BUILT_IN.contains(name)) {
            throw new IllegalArgumentException("schema " + name + ", expected one of " + BUILT_IN);
        }
        try (InputStream in = Schema.class.getResourceAsStream("schema-" + name + ".json")) {
            return parse(in.readAllBytes(), "built-in schema " + name);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /**
     * Writes the schema as JSON that {@link #parse} reads. Equal schemas give equal text.
     *
     * @return the text, on one line
     */
    public String toJson() {
        return SchemaJson.write(this);
    }
}
