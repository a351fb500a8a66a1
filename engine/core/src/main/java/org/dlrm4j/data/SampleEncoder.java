package org.dlrm4j.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * The way from rows of text to what a model eats: a schema together with what was learned from the training data, which
 * are the dictionaries of sparse features, means and deviations, and the bounds of quantile buckets. It is kept with the
 * data and with each model, so that a model scores raw rows as it was trained on them. Immutable and thread-safe.
 */
public final class SampleEncoder {
    private final Schema schema;
    private final double[] means;
    private final double[] deviations;
    private final double[][] bounds;
    private final ValueDictionary[] dictionaries;
    private final long[] tableRows;

    /** Takes ownership of the arrays; dictionaries and bounds are null for features that have none. */
    SampleEncoder(Schema schema, double[] means, double[] deviations, double[][] bounds,
            ValueDictionary[] dictionaries) {
        this.schema = schema;
        this.means = means;
        this.deviations = deviations;
        this.bounds = bounds;
        this.dictionaries = dictionaries;
        tableRows = new long[dictionaries.length];
        Arrays.setAll(tableRows, this::rowsOf);
    }

    private long rowsOf(int f) {
        SparseFeature feature = schema.sparse().get(f);
        if (feature.kind() == SparseFeature.Kind.BUCKETS) {
            return bounds[f].length + (feature.keepMissing() ? 2 : 1);
        }
        return feature.hashRows() > 0 ? feature.hashRows() : dictionaries[f].size() + (long) feature.rareRows();
    }

    /**
     * Gives the schema.
     *
     * @return the schema that text must follow
     */
    public Schema schema() {
        return schema;
    }

    /**
     * Tells how many rows each sparse feature's table needs.
     *
     * @return a new array; 0 if the training data have no value of a feature
     */
    public long[] tableRows() {
        return tableRows.clone();
    }

    /**
     * Makes an encoder of rows for one thread.
     *
     * @param source name of the text for messages
     * @return the row encoder
     */
    public RowEncoder rows(String source) {
        return new RowEncoder(this, source);
    }

    RowParser parser() {
        return new RowParser(schema, bounds);
    }

    /** Computes a dense feature of the row that a parser holds. */
    float dense(RowParser row, int feature) {
        return schema.dense().get(feature).value(row.dense(feature), means[feature], deviations[feature]);
    }

    /** Gives the table row of a value, or -1 if the value contributes nothing. */
    int row(int feature, long value) {
        SparseFeature description = schema.sparse().get(feature);
        if (description.hashRows() > 0) {
            return (int) Long.remainderUnsigned(value, description.hashRows());
        }
        if (description.kind() == SparseFeature.Kind.BUCKETS) {
            return (int) value;
        }
        ValueDictionary dictionary = dictionaries[feature];
        int row = dictionary.row(value);
        if (row >= 0 || description.rareRows() == 0) {
            return row;
        }
        return dictionary.size() + (int) Long.remainderUnsigned(ValueHash.mix(value), description.rareRows());
    }

    /**
     * Saves the encoder; the file appears whole or not at all. Equal encoders give equal bytes.
     *
     * @param file name of the file
     * @throws IOException if writing fails
     */
    public void save(Path file) throws IOException {
        EncoderFile.write(file, schema, means, deviations, bounds, dictionaries);
    }

    /**
     * Loads an encoder and checks it whole.
     *
     * @param file name of the file
     * @return the encoder
     * @throws IOException      if reading fails
     * @throws DatasetException naming file and field if the file is damaged or something else
     */
    public static SampleEncoder load(Path file) throws IOException {
        return EncoderFile.read(file);
    }

    /**
     * Tells whether another encoder gives the same numbers for every row of text.
     *
     * @param other the other one
     * @return null if so, else a clause about the first difference, to be followed by what the other one belongs to
     */
    public String difference(SampleEncoder other) {
        if (!schema.equals(other.schema)) {
            return "schema " + schema.name() + " is not the one that";
        }
        for (int i = 0; i < means.length; i++) {
            if (means[i] != other.means[i] || deviations[i] != other.deviations[i]) {
                return "dense feature " + schema.dense().get(i).column() + " has another mean or deviation than";
            }
        }
        for (int f = 0; f < dictionaries.length; f++) {
            if (!Arrays.equals(bounds[f], other.bounds[f]) || !sameValues(dictionaries[f], other.dictionaries[f])) {
                return "sparse feature " + schema.sparse().get(f).name() + " numbers its values otherwise than";
            }
        }
        return null;
    }

    private static boolean sameValues(ValueDictionary a, ValueDictionary b) {
        if (a == null) {
            return true;
        }
        boolean same = a.size() == b.size();
        for (int row = 0; same && row < a.size(); row++) {
            same = a.value(row) == b.value(row);
        }
        return same;
    }
}
