package org.dlrm4j.data;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * Turns a row of text into a label, numbers and value hashes, which needs nothing from the training data but the bounds of
 * buckets. A workspace of one thread; does not allocate once it has seen the largest row, unless a row is malformed.
 */
final class RowParser {
    private static final int MAX_COMBINATIONS = 1 << 16;

    private final Schema schema;
    private final double[][] bounds;
    private final FieldSplitter splitter;
    private final byte[][] missing;
    private final byte[][] positive;
    private final byte[][] negative;
    private final int labelColumn;
    private final int[] denseColumn;
    private final int[] sparseColumn;
    private final byte[][] separator;
    private final int[][] crossed;
    private final double[] dense;
    private final double[] bucketed;
    private long[] values = new long[64];
    private int valueCount;
    private final int[] bagEnd;
    private float label;
    private RowLayout layout;
    private int badField;
    private String badColumn;
    private String found;
    private String expected;

    /** Makes a parser; {@code bounds} has the bucket bounds of each sparse feature, null where they are not known. */
    RowParser(Schema schema, double[][] bounds) {
        this.schema = schema;
        this.bounds = bounds;
        splitter = new FieldSplitter(schema.text());
        missing = bytes(schema.text().missing());
        positive = bytes(schema.label().positive());
        negative = bytes(schema.label().negative());
        List<String> columns = schema.columns();
        labelColumn = columns.indexOf(schema.label().column());
        denseColumn = schema.dense().stream().mapToInt(feature -> columns.indexOf(feature.column())).toArray();
        List<SparseFeature> sparse = schema.sparse();
        sparseColumn = sparse.stream()
                .mapToInt(
                        feature -> feature.kind() == SparseFeature.Kind.CROSS ? -1 : columns.indexOf(feature.column()))
                .toArray();
        separator = bytes(sparse.stream().map(SparseFeature::separator).toList());
        List<String> names = sparse.stream().map(SparseFeature::name).toList();
        crossed = sparse.stream().map(feature -> feature.crossed().stream().mapToInt(names::indexOf).toArray())
                .toArray(int[][]::new);
        dense = new double[denseColumn.length];
        bucketed = new double[sparseColumn.length];
        bagEnd = new int[sparseColumn.length];
    }

    private static byte[][] bytes(List<String> texts) {
        return texts.stream().map(text -> text.getBytes(StandardCharsets.UTF_8)).toArray(byte[][]::new);
    }

    FieldSplitter splitter() {
        return splitter;
    }

    /** Parses a row; returns false if it is malformed, which {@link #malformed} then describes. */
    boolean parse(byte[] text, int from, int end, RowLayout rowLayout) {
        layout = rowLayout;
        if (!splitter.split(text, from, end)) {
            return fail(splitter.count(), "?", "a quote that is not closed, or text behind it",
                    "quotes around the whole field, doubled within it");
        }
        if (splitter.count() != layout.fields()) {
            return fail(Math.min(splitter.count(), layout.fields()), "?", splitter.count() + " fields",
                    layout.fields() + " by schema " + schema.name());
        }
        valueCount = 0;
        return parseLabel() && parseDense() && parseSparse();
    }

    private boolean fail(int field, String column, String what, String wanted) {
        badField = field;
        badColumn = column;
        found = what;
        expected = wanted;
        return false;
    }

    private boolean failColumn(int column, String wanted) {
        int field = layout.fieldOfColumn()[column];
        return fail(field, schema.columns().get(column), CriteoTextParser.quote(splitter.text(field)), wanted);
    }

    /** Describes the row that {@link #parse} refused last. */
    MalformedRowException malformed(String file, long line) {
        return new MalformedRowException(file, line, badField + 1, badColumn, found, expected);
    }

    private boolean parseLabel() {
        int field = layout.fieldOfColumn()[labelColumn];
        if (field < 0) {
            label = 0;
            return true;
        }
        if (positive.length == 0) {
            double number = NumberParser.parse(splitter.bytes(), splitter.start(field), splitter.end(field));
            label = number >= schema.label().atLeast() ? 1 : 0;
            return !Double.isNaN(number) || failColumn(labelColumn, schema.label().expectation());
        }
        boolean click = isOneOf(positive, field);
        label = click ? 1 : 0;
        return click || negative.length == 0 || isOneOf(negative, field)
                || failColumn(labelColumn, schema.label().expectation());
    }

    private boolean isOneOf(byte[][] texts, int field) {
        int start = splitter.start(field);
        int end = splitter.end(field);
        for (byte[] text : texts) {
            if (Arrays.equals(text, 0, text.length, splitter.bytes(), start, end)) {
                return true;
            }
        }
        return false;
    }

    private boolean parseDense() {
        for (int i = 0; i < denseColumn.length; i++) {
            dense[i] = number(denseColumn[i]);
            if (dense[i] == Double.POSITIVE_INFINITY) {
                return failNumber(denseColumn[i]);
            }
        }
        return true;
    }

    private boolean failNumber(int column) {
        return failColumn(column, "a decimal number, nothing, or one of the missing-value markers "
                + schema.text().missing());
    }

    /** Gives a column's number, NaN if it is missing, or infinity if the field is no number. */
    private double number(int column) {
        int field = layout.fieldOfColumn()[column];
        int start = splitter.start(field);
        int end = splitter.end(field);
        if (start == end) {
            return Double.NaN;
        }
        double number = NumberParser.parse(splitter.bytes(), start, end);
        return !Double.isNaN(number) ? number : isOneOf(missing, field) ? Double.NaN : Double.POSITIVE_INFINITY;
    }

    private boolean parseSparse() {
        for (int f = 0; f < sparseColumn.length; f++) {
            SparseFeature feature = schema.sparse().get(f);
            boolean valid = switch (feature.kind()) {
                case CROSS -> addCross(f);
                case BUCKETS -> addBucket(f, feature);
                case TEXT, HEX -> addTexts(f, feature);
            };
            if (!valid) {
                return false;
            }
            bagEnd[f] = valueCount;
        }
        return true;
    }

    private boolean addBucket(int f, SparseFeature feature) {
        double number = number(sparseColumn[f]);
        bucketed[f] = number;
        if (number == Double.POSITIVE_INFINITY) {
            return failNumber(sparseColumn[f]);
        }
        if (bounds[f] != null && !Double.isNaN(number)) {
            int bound = Arrays.binarySearch(bounds[f], number);
            // A number equal to a bound belongs to the bucket above it.
            add(bound >= 0 ? bound + 1 : ~bound);
        } else if (bounds[f] != null && feature.keepMissing()) {
            add(bounds[f].length + 1);
        }
        return true;
    }

    private boolean addTexts(int f, SparseFeature feature) {
        int field = layout.fieldOfColumn()[sparseColumn[f]];
        if (isOneOf(missing, field)) {
            if (feature.keepMissing()) {
                add(ValueHash.MISSING);
            }
            return true;
        }
        int start = splitter.start(field);
        int end = splitter.end(field);
        if (separator[f].length == 0) {
            return addText(f, feature, start, end);
        }
        while (start < end) {
            int stop = next(separator[f], start, end);
            if (stop > start && !addText(f, feature, start, stop)) {
                return false;
            }
            start = stop + separator[f].length;
        }
        return true;
    }

    private int next(byte[] wanted, int from, int end) {
        byte[] bytes = splitter.bytes();
        for (int p = from; p + wanted.length <= end; p++) {
            if (Arrays.equals(wanted, 0, wanted.length, bytes, p, p + wanted.length)) {
                return p;
            }
        }
        return end;
    }

    private boolean addText(int f, SparseFeature feature, int start, int end) {
        byte[] bytes = splitter.bytes();
        if (feature.kind() == SparseFeature.Kind.TEXT) {
            add(ValueHash.of(bytes, start, end));
            return true;
        }
        long value = CriteoTextParser.tryParseHash(bytes, start, end);
        if (value < 0) {
            return failColumn(sparseColumn[f], "zero to eight hexadecimal digits");
        }
        add(value);
        return true;
    }

    private boolean addCross(int f) {
        long combinations = 1;
        for (int part : crossed[f]) {
            combinations = Math.min(combinations * (bagEnd[part] - bagStart(part)), MAX_COMBINATIONS + 1);
        }
        if (combinations > MAX_COMBINATIONS) {
            return fail(0, schema.sparse().get(f).name(), "more than " + MAX_COMBINATIONS + " combinations",
                    "fewer; shorten the multi-valued fields");
        }
        for (int i = 0; i < combinations; i++) {
            int rest = i;
            long value = 0;
            for (int part : crossed[f]) {
                int length = bagEnd[part] - bagStart(part);
                value = ValueHash.combine(value, values[bagStart(part) + rest % length]);
                rest /= length;
            }
            add(value);
        }
        return true;
    }

    private void add(long value) {
        if (valueCount == values.length) {
            values = Arrays.copyOf(values, 2 * valueCount);
        }
        values[valueCount++] = value;
    }

    float label() {
        return label;
    }

    /** The number of a dense feature before its transform, NaN if missing. */
    double dense(int feature) {
        return dense[feature];
    }

    /** The number of a bucketised feature, NaN if missing. */
    double bucketed(int feature) {
        return bucketed[feature];
    }

    int bagStart(int feature) {
        return feature == 0 ? 0 : bagEnd[feature - 1];
    }

    int bagEnd(int feature) {
        return bagEnd[feature];
    }

    /** A value of the row, of the feature in whose bag the position lies: a bucket, a hexadecimal number or a hash. */
    long value(int position) {
        return values[position];
    }
}
