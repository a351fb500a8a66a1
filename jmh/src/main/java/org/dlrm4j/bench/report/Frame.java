package org.dlrm4j.bench.report;

/** The axes of a plot on a canvas, and where values lie between them. */
final class Frame {
    private static final int LEFT = 62;
    private static final int RIGHT = 16;
    private static final int TOP = 14;
    private static final int BOTTOM = 42;

    private final Canvas canvas;
    private final Axis xAxis;
    private final Axis yAxis;
    private final double left;
    private final double right;
    private final double top;
    private final double bottom;

    /** Fills a canvas of some size, but for so many pixels that a legend needs above. */
    Frame(Canvas canvas, int width, int height, int legendHeight, Axis xAxis, Axis yAxis) {
        this.canvas = canvas;
        this.xAxis = xAxis;
        this.yAxis = yAxis;
        left = LEFT;
        right = width - RIGHT;
        top = TOP + legendHeight;
        bottom = height - BOTTOM;
    }

    double x(double value) {
        return left + xAxis.at(value) * (right - left);
    }

    double y(double value) {
        return bottom - yAxis.at(value) * (bottom - top);
    }

    double left() {
        return left;
    }

    double right() {
        return right;
    }

    double bottom() {
        return bottom;
    }

    double top() {
        return top;
    }

    /** Draws grid, numbers and titles. */
    void axes(String xTitle, String yTitle) {
        for (double tick : xAxis.ticks()) {
            canvas.line("grid", x(tick), top, x(tick), bottom);
            canvas.text("tick", Canvas.Anchor.MIDDLE, x(tick), bottom + 16, Axis.label(tick));
        }
        yAxis(yTitle);
        canvas.text("axis", Canvas.Anchor.MIDDLE, (left + right) / 2, bottom + 34, xTitle);
    }

    /** Draws the numbers and title at the side, for a plot whose columns have names. */
    void yAxis(String yTitle) {
        for (double tick : yAxis.ticks()) {
            canvas.line("grid", left, y(tick), right, y(tick));
            canvas.text("tick", Canvas.Anchor.END, left - 6, y(tick) + 4, Axis.label(tick));
        }
        canvas.verticalText("axis", 14, (top + bottom) / 2, yTitle);
    }

    /** Draws a line through values. */
    void curve(String style, double[] xs, double[] ys) {
        final double[] px = new double[xs.length];
        final double[] py = new double[xs.length];
        for (int i = 0; i < xs.length; i++) {
            px[i] = x(xs[i]);
            py[i] = y(ys[i]);
        }
        canvas.path(style, px, py);
    }
}
