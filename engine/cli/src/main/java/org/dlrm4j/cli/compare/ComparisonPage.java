package org.dlrm4j.cli.compare;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.dlrm4j.cli.Sizes;

/** A comparison as one HTML page that needs nothing else: no script, no font, no network. */
final class ComparisonPage {
    private static final String STYLE = "comparison.css";

    private final ComparisonTable table;
    private final String description;
    private final Map<String, Object> identity;

    /**
     * Prepares the page.
     *
     * @param description the data in words
     * @param identity data and budget
     */
    ComparisonPage(ComparisonTable table, String description, Map<String, Object> identity) {
        this.table = table;
        this.description = description;
        this.identity = identity;
    }

    String html() {
        final ComparisonPlots plots = new ComparisonPlots(table);
        final StringBuilder page = new StringBuilder("""
                <!DOCTYPE html>
                <html lang="en">
                <head>
                <meta charset="utf-8">
                <meta name="viewport" content="width=device-width, initial-scale=1">
                <title>dlrm compare</title>
                <style>
                """);
        page.append(style()).append("</style>\n</head>\n<body>\n<h1>Models compared</h1>\n<p>")
                .append(SvgPlot.escape(description)).append("</p>\n");
        summary(page);
        section(page, "Log loss", plots.losses());
        if (table.baseline() != null && table.entries().size() > 1) {
            section(page, "Beside logistic regression", plots.differences());
        }
        results(page);
        section(page, "Learning curves", legend() + plots.curves()
                + "<p class=\"note\">Mean over seeds; the band spans all seeds. A curve ends where its first seed ended. What "
                + "is worse than the constant predictor is cut."
                + "</p>\n");
        final StringBuilder calibration = new StringBuilder("<div class=\"grid\">\n");
        for (ComparisonEntry entry : table.entries()) {
            calibration.append("<figure><figcaption>").append(entry.model().name()).append("</figcaption>")
                    .append(plots.calibration(entry)).append("</figure>\n");
        }
        section(page, "Calibration", calibration
                + "</div>\n<p class=\"note\">Tenths of the test part by prediction, a line a seed. On the dashed line "
                + "predictions are right on average.</p>\n");
        settings(page);
        return page.append("</body>\n</html>\n").toString();
    }

    private void summary(StringBuilder page) {
        final ComparisonEntry best = table.entries().getFirst();
        final double loss = best.test("logLoss").mean();
        page.append("<p class=\"lead\"><b>").append(best.model().name()).append("</b> has the lowest log loss, ")
                .append(best.test("logLoss").text(5)).append(": ")
                .append(Sizes.decimal(100 * (1 - loss / table.constantLogLoss().mean()), 1))
                .append(" % below the constant predictor");
        if (table.hasOptimum()) {
            page.append(", ").append(Sizes.decimal(100 * table.overOptimum(best).mean(), 1))
                    .append(" % above the planted optimum");
        }
        page.append(".</p>\n");
    }

    private static void section(StringBuilder page, String title, String content) {
        page.append("<section>\n<h2>").append(title).append("</h2>\n").append(content).append("</section>\n");
    }

    private void results(StringBuilder page) {
        section(page, "Quality", numbers(table.quality())
                + "<p class=\"note\">Test part, mean ± standard deviation over "
                + "seeds. vs lr: log loss less that of lr, seed by seed; SE: its standard error as far as it is due to the "
                + "choice of test rows; over opt.: above the planted optimum; NE: normalized entropy, log loss over that of "
                + "the constant predictor.</p>\n");
        section(page, "Cost",
                numbers(table.cost()) + "<p class=\"note\">train/s: training samples a second. 1 and 128: "
                        + "time of one scoring call with so many samples, on one thread.</p>\n");
    }

    private static String numbers(List<String[]> cells) {
        final StringBuilder html = new StringBuilder("<div class=\"scroll\"><table>\n<thead>");
        row(html, "th", cells.getFirst());
        html.append("</thead>\n<tbody>\n");
        cells.stream().skip(1).forEach(row -> row(html, "td", row));
        return html.append("</tbody></table></div>\n").toString();
    }

    private String legend() {
        final StringBuilder html = new StringBuilder("<p class=\"legend\">");
        for (ComparisonEntry entry : table.entries()) {
            final SvgPlot mark = new SvgPlot(16, 14, 0, 1, 0, 1);
            mark.mark("f" + ComparisonPlots.color(entry), ComparisonPlots.color(entry), 8, 7, 4.5,
                    entry.model().name());
            html.append("<span>").append(mark.svg(entry.model().name())).append(entry.model().name())
                    .append("</span> ");
        }
        return html.append("</p>\n").toString();
    }

    private void settings(StringBuilder page) {
        final StringBuilder html = new StringBuilder("<div class=\"scroll\"><table class=\"words\">\n<tbody>\n");
        identity.forEach((name, value) -> row(html, "td", name, String.valueOf(value)));
        table.entries().forEach(entry -> row(html, "td", entry.model().name(), entry.settings().text(entry.model())));
        section(page, "Settings", html + "</tbody></table></div>\n");
    }

    private static void row(StringBuilder html, String tag, String... cells) {
        html.append("<tr>");
        for (String cell : cells) {
            html.append('<').append(tag).append('>').append(SvgPlot.escape(cell)).append("</").append(tag).append('>');
        }
        html.append("</tr>\n");
    }

    private static String style() {
        try (InputStream in = ComparisonPage.class.getResourceAsStream(STYLE)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
