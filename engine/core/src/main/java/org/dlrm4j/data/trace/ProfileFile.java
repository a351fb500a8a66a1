package org.dlrm4j.data.trace;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.agrona.collections.LongArrayList;
import org.dlrm4j.data.DatasetException;

/** The reference's file of a profile: lines of rows, of distances and of cumulative shares, see {@link TraceProfile}. */
final class ProfileFile {
    private ProfileFile() {}

    static TraceProfile read(Path file) throws IOException {
        try (NumberText text = new NumberText(file)) {
            long[] rows = wholeNumbers(text, "row numbers");
            nextLine(file, text, "the stack distances");
            long[] distances = wholeNumbers(text, "stack distances");
            nextLine(file, text, "the cumulative shares");
            double[] cumulative = new double[distances.length];
            int count = 0;
            while (text.nextInLine()) {
                if (count == cumulative.length) {
                    throw text.malformed("one more cumulative share", "as many as stack distances, " + count);
                }
                cumulative[count++] = text.share();
            }
            return checked(file, rows, distances, Arrays.copyOf(cumulative, count));
        }
    }

    private static TraceProfile checked(Path file, long[] rows, long[] distances, double[] cumulative) {
        try {
            return TraceProfile.of(rows, distances, cumulative);
        } catch (IllegalArgumentException e) {
            throw new DatasetException(file + ": " + e.getMessage() + "; make the profile again from its trace");
        }
    }

    private static void nextLine(Path file, NumberText text, String expected) throws IOException {
        if (!text.nextLine()) {
            throw new DatasetException(file + ": ends with line " + text.line() + ", expected " + expected
                    + " in the next one; the file is truncated or no profile");
        }
    }

    private static long[] wholeNumbers(NumberText text, String expected) throws IOException {
        LongArrayList numbers = new LongArrayList();
        while (text.nextInLine()) {
            numbers.addLong(text.wholeNumber());
        }
        if (numbers.isEmpty()) {
            throw text.malformed("an empty line", expected);
        }
        return numbers.toLongArray();
    }

    static void write(TraceProfile profile, Path file) throws IOException {
        try (OutputFile out = new OutputFile(file)) {
            for (int i = 0; i < profile.distinctRows(); i++) {
                out.putText(i == 0 ? "" : ", ");
                out.putDecimal(profile.row(i));
            }
            out.putText("\n");
            long[] distances = profile.distances();
            for (int i = 0; i < distances.length; i++) {
                out.putText(i == 0 ? "" : ", ");
                out.putDecimal(distances[i]);
            }
            out.putText("\n");
            for (int i = 0; i < distances.length; i++) {
                out.putText(i == 0 ? "" : ", ");
                out.putText(PythonFloat.repr(profile.cumulativeAt(i)));
            }
            out.putText("\n");
            out.commit();
        }
    }
}
