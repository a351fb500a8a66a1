package org.dlrm4j.data;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPInputStream;

/**
 * Where the columns of a schema stand in the rows of a file.
 *
 * @param fields        number of fields of a row
 * @param fieldOfColumn field of each of the schema's columns; -1 for a label that the rows do not have
 */
record RowLayout(int fields, int[] fieldOfColumn) {
    /** Rows that have the schema's columns in their order. */
    static RowLayout inOrder(Schema schema) {
        int[] fieldOfColumn = new int[schema.columns().size()];
        Arrays.setAll(fieldOfColumn, column -> column);
        return new RowLayout(fieldOfColumn.length, fieldOfColumn);
    }

    /** Rows that have all columns but the label. */
    static RowLayout withoutLabel(Schema schema) {
        int label = schema.columns().indexOf(schema.label().column());
        int[] fieldOfColumn = new int[schema.columns().size()];
        Arrays.setAll(fieldOfColumn, column -> column == label ? -1 : column > label ? column - 1 : column);
        return new RowLayout(fieldOfColumn.length - 1, fieldOfColumn);
    }

    /**
     * Reads the columns' places from a header line.
     *
     * @param labelOptional whether the label may be missing
     * @throws DatasetException naming the column that is missing or occurs twice
     */
    static RowLayout ofHeader(Schema schema, FieldSplitter header, boolean labelOptional, String file, long line) {
        String[] names = new String[header.count()];
        Arrays.setAll(names, header::text);
        if (names[0].startsWith("\ufeff")) {
            names[0] = names[0].substring(1);
        }
        List<String> found = List.of(names);
        int[] fieldOfColumn = new int[schema.columns().size()];
        for (int column = 0; column < fieldOfColumn.length; column++) {
            String name = schema.columns().get(column);
            fieldOfColumn[column] = found.indexOf(name);
            boolean optional = labelOptional && name.equals(schema.label().column());
            if (fieldOfColumn[column] < 0 && !optional || found.lastIndexOf(name) != fieldOfColumn[column]) {
                throw new DatasetException(file + ", line " + line + ": found the columns " + found + ", expected \""
                        + name + "\" once among them; correct the header, or the columns of schema "
                        + schema.name());
            }
        }
        return new RowLayout(names.length, fieldOfColumn);
    }

    /** Reads the layout of a file, plain or gzip. */
    static RowLayout ofFile(Schema schema, Path file) throws IOException {
        if (!schema.text().header()) {
            return inOrder(schema);
        }
        try (InputStream raw = new BufferedInputStream(Files.newInputStream(file))) {
            raw.mark(2);
            boolean compressed = raw.read() == 0x1f && raw.read() == 0x8b;
            raw.reset();
            InputStream text = compressed ? new GZIPInputStream(raw) : raw;
            byte[] head = text.readNBytes(ChunkReader.MAX_LINE_BYTES);
            FieldSplitter splitter = new FieldSplitter(schema.text());
            long line = 1;
            for (int from = 0; from < head.length; line++) {
                int end = FieldSplitter.endOfLine(head, from, head.length);
                if (!splitter.isSkipped(head, from, end)) {
                    splitter.split(head, from, end);
                    return ofHeader(schema, splitter, false, file.toString(), line);
                }
                from = end + 1;
            }
        }
        throw new DatasetException(file + ": found no line but comments, expected a header with the columns "
                + schema.columns() + "; correct the file, or set header to false in schema " + schema.name());
    }
}
