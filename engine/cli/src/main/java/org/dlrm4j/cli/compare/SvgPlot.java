package org.dlrm4j.cli.compare;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Axes of a plot in SVG and the marks in them. Colours are classes of the page's style sheet, so that the page can be
 * light or dark.
 */
final class SvgPlot {
    private static final int LEFT = 64;
    private static final int RIGHT = 16;
    private static final int TOP = 14;
    private static final int BOTTOM = 44;
    private static final int TICKS = 6;

    private final int width;
    private final int height;
    private final double minX;
    private final double maxX;
    private final double minY;
    private final double maxY;
    private final StringBuilder marks = new StringBuilder();

    /**
     * Begins a plot of a range of values.
     *
     * @param width of the drawing in pixels
     * @param height of the drawing in pixels
     */
    SvgPlot(int width, int height, double minX, double maxX, double minY, double maxY) {
        this.width = width;
        this.height = height;
        this.minX = minX;
        this.maxX = Math.max(maxX, Math.nextUp(minX));
        this.minY = minY;
        this.maxY = Math.max(maxY, Math.nextUp(minY));
    }

    double x(double value) {
        return LEFT + (value - minX) / (maxX - minX) * (width - LEFT - RIGHT);
    }

    double y(double value) {
        return height - BOTTOM - (value - minY) / (maxY - minY) * (height - TOP - BOTTOM);
    }

    /** Draws lines across at round numbers, and the title of the axis below. */
    void xAxis(String title) {
        for (double tick : ticks(minX, maxX)) {
            line("grid", x(tick), TOP, x(tick), height - BOTTOM);
            text("tick", "middle", x(tick), height - BOTTOM + 16, label(tick));
        }
        text("axis", "middle", (LEFT + width - RIGHT) / 2.0, height - 8, title);
    }

    /** Draws lines along at round numbers, and the title of the axis at the side. */
    void yAxis(String title) {
        for (double tick : ticks(minY, maxY)) {
            line("grid", LEFT, y(tick), width - RIGHT, y(tick));
            text("tick", "end", LEFT - 6, y(tick) + 4, label(tick));
        }
        marks.append(format("<text class=\"axis\" text-anchor=\"middle\" transform=\"translate(14 %.1f) rotate(-90)\">",
                (TOP + height - BOTTOM) / 2.0)).append(escape(title)).append("</text>\n");
    }

    /** Draws a line of a class through points. */
    void path(String style, double[] xs, double[] ys) {
        final StringBuilder points = new StringBuilder();
        for (int i = 0; i < xs.length; i++) {
            points.append(i == 0 ? "M" : "L").append(format("%.1f %.1f", x(xs[i]), y(ys[i])));
        }
        marks.append("<path class=\"").append(style).append("\" d=\"").append(points).append("\"/>\n");
    }

    /** Fills what lies between two lines over the same points. */
    void band(String style, double[] xs, double[] low, double[] high) {
        final StringBuilder points = new StringBuilder();
        for (int i = 0; i < xs.length; i++) {
            points.append(i == 0 ? "M" : "L").append(format("%.1f %.1f", x(xs[i]), y(high[i])));
        }
        for (int i = xs.length - 1; i >= 0; i--) {
            points.append("L").append(format("%.1f %.1f", x(xs[i]), y(low[i])));
        }
        marks.append("<path class=\"").append(style).append("\" d=\"").append(points).append("Z\"/>\n");
    }

    /** Draws a straight line in drawing coordinates. */
    void line(String style, double x1, double y1, double x2, double y2) {
        marks.append(format("<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n", style, x1, y1, x2,
                y2));
    }

    /** Draws a mark in drawing coordinates; its shape tells series apart where colours do not. */
    void mark(String style, int shape, double x, double y, double size, String title) {
        final String tip = "><title>" + escape(title) + "</title></";
        marks.append(switch (shape % 3) {
            case 0 ->
                format("<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\"%scircle>\n", style, x, y, size, tip);
            case 1 -> format("<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"%srect>\n", style,
                    x - size, y - size, 2 * size, 2 * size, tip);
            default -> format("<path class=\"%s\" d=\"M%.1f %.1fL%.1f %.1fL%.1f %.1fL%.1f %.1fZ\"%spath>\n", style, x,
                    y - 1.3 * size, x + 1.3 * size, y, x, y + 1.3 * size, x - 1.3 * size, y, tip);
        });
    }

    void text(String style, String anchor, double x, double y, String text) {
        marks.append(format("<text class=\"%s\" text-anchor=\"%s\" x=\"%.1f\" y=\"%.1f\">", style, anchor, x, y))
                .append(escape(text)).append("</text>\n");
    }

    /** Returns the drawing. */
    String svg(String title) {
        return "<svg viewBox=\"0 0 " + width + " " + height + "\" role=\"img\" aria-label=\"" + escape(title) + "\">\n"
                + marks + "</svg>\n";
    }

    /** Returns round numbers in a range: steps of 1, 2 or 5 times a power of ten. */
    static List<Double> ticks(double min, double max) {
        final double raw = (max - min) / TICKS;
        final double power = Math.pow(10, Math.floor(Math.log10(raw)));
        final double unit = raw / power <= 1 ? 1 : raw / power <= 2 ? 2 : raw / power <= 5 ? 5 : 10;
        final double step = unit * power;
        final List<Double> ticks = new ArrayList<>();
        for (long i = (long) Math.ceil(min / step - 1e-9); i * step <= max + 1e-9 * step; i++) {
            ticks.add(i * step);
        }
        return ticks;
    }

    private static String label(double value) {
        final double magnitude = Math.abs(value);
        if (magnitude >= 1e6) {
            return plain(value / 1e6) + "M";
        }
        return magnitude >= 1e4 ? plain(value / 1e3) + "k" : plain(value);
    }

    private static String plain(double value) {
        return new java.math.BigDecimal(value).round(new java.math.MathContext(6)).stripTrailingZeros()
                .toPlainString();
    }

    private static String format(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }

    static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
    }
}
