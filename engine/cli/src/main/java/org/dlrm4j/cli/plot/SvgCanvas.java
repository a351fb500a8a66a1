package org.dlrm4j.cli.plot;

import java.util.Locale;

/** Draws as SVG; styles are classes of the page's style sheet, so that it can be light or dark. */
final class SvgCanvas implements Canvas {
    private final StringBuilder marks = new StringBuilder();

    private static String format(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }

    /** Escapes what HTML and SVG would take for markup. */
    static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
    }

    private static String tip(String tip) {
        return tip.isEmpty() ? "" : "<title>" + escape(tip) + "</title>";
    }

    @Override
    public void line(String style, double x1, double y1, double x2, double y2) {
        marks.append(format("<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n", style, x1, y1, x2,
                y2));
    }

    private static String points(double[] xs, double[] ys) {
        final StringBuilder points = new StringBuilder();
        for (int i = 0; i < xs.length; i++) {
            points.append(i == 0 ? "M" : "L").append(format("%.1f %.1f", xs[i], ys[i]));
        }
        return points.toString();
    }

    @Override
    public void path(String style, double[] xs, double[] ys) {
        marks.append(format("<path class=\"curve %s\" d=\"%s\"/>\n", style, points(xs, ys)));
    }

    @Override
    public void area(String style, double[] xs, double[] ys) {
        marks.append(format("<path class=\"%s\" d=\"%sZ\"/>\n", style, points(xs, ys)));
    }

    @Override
    public void rectangle(String style, double x, double y, double width, double height, String tip) {
        marks.append(
                format("<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\">%s</rect>\n", style,
                        x, y, width, height, tip(tip)));
    }

    @Override
    public void mark(String style, Mark mark, double x, double y, double radius, String tip) {
        marks.append(switch (mark) {
            case DISC, RING -> format("<circle class=\"%s%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\">%s</circle>\n", style,
                    mark == Mark.RING ? " hollow" : "", x, y, radius, tip(tip));
            case SQUARE -> format("<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\">%s</rect>\n",
                    style, x - radius, y - radius, 2 * radius, 2 * radius, tip(tip));
            case DIAMOND -> format("<path class=\"%s\" d=\"%sZ\">%s</path>\n", style,
                    points(Diamond.xs(x, radius), Diamond.ys(y, radius)), tip(tip));
        });
    }

    @Override
    public void text(String style, Anchor anchor, double x, double y, String text) {
        marks.append(format("<text class=\"%s\" text-anchor=\"%s\" x=\"%.1f\" y=\"%.1f\">%s</text>\n", style,
                anchor.name().toLowerCase(Locale.ROOT), x, y, escape(text)));
    }

    @Override
    public void verticalText(String style, double x, double y, String text) {
        marks.append(format(
                "<text class=\"%s\" text-anchor=\"middle\" transform=\"translate(%.1f %.1f) rotate(-90)\">%s</text>\n",
                style, x, y, escape(text)));
    }

    /** Returns the drawing as an element of a page. */
    String element(int width, int height, String title) {
        return "<svg viewBox=\"0 0 " + width + " " + height + "\" role=\"img\" aria-label=\"" + escape(title) + "\">\n"
                + marks + "</svg>\n";
    }
}
