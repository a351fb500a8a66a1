package org.dlrm4j.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A table of text: first column left, the others right unless told otherwise, two spaces between. */
public final class TextTable {
    private final List<String[]> rows = new ArrayList<>();

    private boolean left;

    /** Aligns all columns left, for text instead of numbers. */
    public TextTable left() {
        left = true;
        return this;
    }

    public TextTable row(String... cells) {
        rows.add(cells);
        return this;
    }

    public void print(PrintWriter out, String indent) {
        final int columns = rows.stream().mapToInt(r -> r.length).max().orElse(0);
        final int[] widths = new int[columns];
        for (String[] row : rows) {
            for (int c = 0; c < row.length; c++) {
                widths[c] = Math.max(widths[c], row[c].length());
            }
        }
        for (String[] row : rows) {
            final StringBuilder line = new StringBuilder(indent);
            for (int c = 0; c < row.length; c++) {
                final char[] padding = new char[widths[c] - row[c].length()];
                Arrays.fill(padding, ' ');
                line.append(c > 0 ? "  " : "");
                if (c > 0 && !left) {
                    line.append(padding).append(row[c]);
                } else {
                    line.append(row[c]).append(padding);
                }
            }
            out.println(line.toString().stripTrailing());
        }
    }
}
