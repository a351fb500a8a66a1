package org.dlrm4j.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import org.dlrm4j.data.DatasetException;
import org.dlrm4j.serve.Scorer;

/** Scores rows in batches as large as can be had without making anyone wait, and prints the answers in order. */
final class RowScorer {
    /** Rows of the largest batch. */
    static final int BATCH_ROWS = 1024;

    private final RowReader reader;
    private final String name;
    private final RowFormat format;
    private final Scorer scorer;
    private final PrintStream out;
    private final boolean skipBadRows;
    private final long[] lines = new long[BATCH_ROWS];
    private final StringBuilder answers = new StringBuilder();
    private int rows;
    private long badRows;
    private String firstProblem;

    RowScorer(RowReader reader, String name, RowFormat format, Scorer scorer, PrintStream out, boolean skipBadRows) {
        this.reader = reader;
        this.name = name;
        this.format = format;
        this.scorer = scorer;
        this.out = out;
        this.skipBadRows = skipBadRows;
    }

    /** Returns the number of rows that could not be scored. */
    long badRows() {
        return badRows;
    }

    /** Returns what was wrong with the first of them. */
    String firstProblem() {
        return firstProblem;
    }

    /** Scores all rows. */
    void run() throws IOException {
        while (reader.next()) {
            try {
                if (format.take(reader, rows)) {
                    lines[rows++] = reader.line();
                }
            } catch (DatasetException e) {
                // Answers stay in the order of the rows.
                scoreBatch();
                refuse(e.getMessage());
            }
            if (rows == BATCH_ROWS || !reader.ready()) {
                scoreBatch();
                print();
            }
        }
        scoreBatch();
        print();
    }

    private void scoreBatch() {
        if (rows == 0) {
            return;
        }
        try {
            score(0, rows);
        } catch (DatasetException e) {
            // An unseen value under the policy that refuses it: find out which rows have one.
            for (int row = 0; row < rows; row++) {
                try {
                    score(row, 1);
                } catch (DatasetException rowFailure) {
                    refuse(name + ", line " + lines[row] + ": " + rowFailure.getMessage());
                }
            }
        }
        rows = 0;
    }

    private void score(int first, int count) {
        format.fill(first, count);
        final MemorySegment scores = scorer.score();
        for (int row = 0; row < count; row++) {
            answers.append(scores.getAtIndex(ValueLayout.JAVA_FLOAT, row)).append('\n');
        }
    }

    private void refuse(String problem) {
        if (!skipBadRows) {
            print();
            throw new DatasetException(problem);
        }
        if (badRows == 0) {
            firstProblem = problem;
        }
        badRows++;
        answers.append(Float.NaN).append('\n');
    }

    private void print() {
        out.writeBytes(answers.toString().getBytes(StandardCharsets.US_ASCII));
        answers.setLength(0);
        if (out.checkError()) {
            throw new CommandException("standard output was closed by its reader");
        }
    }
}
