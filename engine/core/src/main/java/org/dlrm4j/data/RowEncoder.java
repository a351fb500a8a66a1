package org.dlrm4j.data;

/**
 * Encodes rows of text straight into batches, for scoring. Rows may lack the label: with a header the header tells, without
 * one a row with one field less than the schema has columns lacks it. A workspace of one thread; does not allocate once it
 * has seen the largest row, unless a row is malformed.
 */
public final class RowEncoder {
    private final SampleEncoder encoder;
    private final String source;
    private final RowParser parser;
    private final RowLayout labelled;
    private final RowLayout unlabelled;
    private RowLayout layout;

    RowEncoder(SampleEncoder encoder, String source) {
        this.encoder = encoder;
        this.source = source;
        parser = encoder.parser();
        labelled = RowLayout.inOrder(encoder.schema());
        unlabelled = RowLayout.withoutLabel(encoder.schema());
    }

    /**
     * Tells whether a line is a row: no comment, not empty, and not the header, which is taken note of.
     *
     * @param text bytes that hold the line
     * @param from its first byte
     * @param end  its end, exclusive; a line feed does not belong to it
     * @param line line for error messages, 1-based
     * @return whether {@link #encode} can take the line
     * @throws DatasetException if the line is a header that lacks a column, naming it
     */
    public boolean isRow(byte[] text, int from, int end, long line) {
        FieldSplitter splitter = parser.splitter();
        if (splitter.isSkipped(text, from, end)) {
            return false;
        }
        if (!encoder.schema().text().header() || layout != null) {
            return true;
        }
        splitter.split(text, from, end);
        layout = RowLayout.ofHeader(encoder.schema(), splitter, true, source, line);
        return false;
    }

    /**
     * Fills one sample of a batch that was begun with {@link Batch#begin}.
     *
     * @param text   bytes that hold the row
     * @param from   its first byte
     * @param end    its end, exclusive; a line feed does not belong to it
     * @param line   line for error messages, 1-based
     * @param into   the batch
     * @param sample the sample; samples are filled in order
     * @throws MalformedRowException if the row is not what the schema says, naming line, column, value and expectation; the
     *                               batch is unchanged then
     */
    public void encode(byte[] text, int from, int end, long line, Batch into, int sample) {
        RowLayout rowLayout = layout;
        if (rowLayout == null) {
            parser.splitter().split(text, from, end);
            rowLayout = parser.splitter().count() == unlabelled.fields() ? unlabelled : labelled;
        }
        if (!parser.parse(text, from, end, rowLayout)) {
            throw parser.malformed(source, line);
        }
        into.setTarget(sample, parser.label());
        for (int i = 0; i < into.denseFeatures(); i++) {
            into.setDense(sample, i, encoder.dense(parser, i));
        }
        for (int f = 0; f < into.sparseFeatures(); f++) {
            for (int p = parser.bagStart(f); p < parser.bagEnd(f); p++) {
                int row = encoder.row(f, parser.value(p));
                if (row >= 0) {
                    into.addIndex(f, row);
                }
            }
            into.endBag(f);
        }
    }
}
