package org.dlrm4j.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.function.Function;
import org.dlrm4j.data.trace.TraceComparison;
import org.dlrm4j.data.trace.TraceProfile;

/** Tables about profiles, and about how close traces come to each other. */
final class TraceReport {
    private TraceReport() {}

    static void profiles(PrintWriter out, List<TraceProfile> profiles) {
        final TextTable text = new TextTable().row("table", "lookups", "rows", "first lookups", "hits, cache of 1 %",
                "of 10 %");
        for (int table = 0; table < profiles.size(); table++) {
            final TraceProfile profile = profiles.get(table);
            text.row(String.valueOf(table), Sizes.count(profile.accesses()), Sizes.count(profile.distinctRows()),
                    percent(profile.uniqueRatio()), percent(profile.hitRate(profile.distinctRows() / 100)),
                    percent(profile.hitRate(profile.distinctRows() / 10)));
        }
        text.print(out, "");
    }

    static void comparison(PrintWriter out, List<TraceComparison> comparisons, boolean details) {
        final TextTable text = new TextTable().row("table", "first lookups", "compared", "hits, worst cache",
                "compared",
                "its rows");
        for (int table = 0; table < comparisons.size(); table++) {
            final TraceComparison.Pair unique = comparisons.get(table).uniqueRatio();
            final TraceComparison.Pair worst = comparisons.get(table).worstHitRate();
            text.row(String.valueOf(table), percent(unique.original()), percent(unique.other()),
                    percent(worst.original()), percent(worst.other()), Sizes.count(worst.size()));
        }
        text.print(out, "");
        if (details) {
            details(out, "hits, by rows of the cache", comparisons, TraceComparison::hitRates);
            details(out, "lookups by distance, up to", comparisons, TraceComparison::distanceHistogram);
        }
    }

    private static void details(PrintWriter out, String title, List<TraceComparison> comparisons,
            Function<TraceComparison, List<TraceComparison.Pair>> numbers) {
        for (int table = 0; table < comparisons.size(); table++) {
            out.println();
            final TextTable text = new TextTable().row("table " + table + ": " + title, "original", "compared");
            for (TraceComparison.Pair pair : numbers.apply(comparisons.get(table))) {
                text.row("  " + Sizes.count(pair.size()), percent(pair.original()), percent(pair.other()));
            }
            text.print(out, "");
        }
    }

    private static String percent(double share) {
        return Sizes.decimal(100 * share, 2) + " %";
    }
}
