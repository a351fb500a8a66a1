package org.dlrm4j.cli.compare;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.dlrm4j.cli.Sizes;
import org.dlrm4j.cli.plot.HtmlPage;

/** A comparison as a page. */
final class ComparisonPage {
    private final ComparisonTable table;
    private final HtmlPage page = new HtmlPage("Models compared");

    private ComparisonPage(ComparisonTable table) {
        this.table = table;
    }

    /**
     * Writes a comparison as a page.
     *
     * @param description the data in words
     * @param conditions data and budget
     */
    static HtmlPage of(ComparisonTable table, String description, Map<String, Object> conditions) {
        final ComparisonPage report = new ComparisonPage(table);
        report.page.paragraph(description);
        report.write();
        report.settings(conditions);
        return report.page;
    }

    private void write() {
        final ComparisonPlots plots = new ComparisonPlots(table);
        page.lead(summary());
        page.section("Quality");
        page.figure(plots.losses());
        if (table.baseline() != null && table.entries().size() > 1) {
            page.figure(plots.differences());
        }
        numbers(table.quality());
        page.note(
                "Test part, mean ± standard deviation over seeds. vs lr: log loss less that of lr, seed by seed; SE: its standard "
                        + "error as far as it is due to the choice of test rows; over opt.: above the planted optimum; NE: normalized "
                        + "entropy, log loss over that of the constant predictor.");
        page.section("Cost");
        numbers(table.cost());
        page.note(
                "train/s: training samples a second. 1 and 128: time of one scoring call with so many samples, on one thread.");
        page.section("Training");
        page.figure(plots.curves());
        page.section("Calibration");
        page.grid(table.entries().stream().map(plots::calibration).toList());
        page.note(
                "Tenths of the test part by prediction, a line a seed. On the dashed line predictions are right on average.");
    }

    private String summary() {
        final ComparisonEntry best = table.entries().getFirst();
        final double loss = best.test("logLoss").mean();
        final String text = best.model().name() + " has the lowest log loss, " + best.test("logLoss").text(5) + ": "
                + Sizes.decimal(100 * (1 - loss / table.constantLogLoss().mean()), 1)
                + " % below the constant predictor";
        return table.hasOptimum()
                ? text + ", " + Sizes.decimal(100 * table.overOptimum(best).mean(), 1) + " % above the planted optimum."
                : text + ".";
    }

    private void numbers(List<String[]> cells) {
        page.table(List.of(cells.getFirst()), cells.stream().skip(1).map(List::of).toList());
    }

    private void settings(Map<String, Object> conditions) {
        final List<List<String>> rows = new ArrayList<>();
        conditions.forEach((name, value) -> rows.add(List.of(name, String.valueOf(value))));
        table.entries().forEach(entry -> rows.add(List.of(entry.model().name(), entry.settings().text(entry.model()))));
        page.section("Settings");
        page.definitions(rows);
    }
}
