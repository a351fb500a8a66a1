package org.dlrm4j.cli.plot;

/** The axes of a plot on a canvas, and where values lie between them. */
public final class Frame {
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
    public Frame(Canvas canvas, int width, int height, int legendHeight, Axis xAxis, Axis yAxis) {
        this.canvas = canvas;
        this.xAxis = xAxis;
        this.yAxis = yAxis;
        left = LEFT;
        right = width - RIGHT;
        top = TOP + legendHeight;
        bottom = height - BOTTOM;
    }

    public double x(double value) {
        return left + xAxis.at(value) * (right - left);
    }

    public double y(double value) {
        return bottom - yAxis.at(value) * (bottom - top);
    }

    public double left() {
        return left;
    }

    public double right() {
        return right;
    }

    public double bottom() {
        return bottom;
    }

    public double top() {
        return top;
    }

    /** Draws grid, numbers and titles. */
    public void axes(String xTitle, String yTitle) {
        xAxis(xTitle);
        yAxis(yTitle);
    }

    /** Draws the numbers and title below, for a plot whose rows have names. */
    public void xAxis(String title) {
        for (double tick : xAxis.ticks()) {
            canvas.line("grid", x(tick), top, x(tick), bottom);
            canvas.text("tick", Canvas.Anchor.MIDDLE, x(tick), bottom + 16, Axis.tickLabel(tick));
        }
        canvas.text("axis", Canvas.Anchor.MIDDLE, (left + right) / 2, bottom + 34, title);
    }

    /** Draws the numbers and title at the side, for a plot whose columns have names. */
    public void yAxis(String title) {
        for (double tick : yAxis.ticks()) {
            canvas.line("grid", left, y(tick), right, y(tick));
            canvas.text("tick", Canvas.Anchor.END, left - 6, y(tick) + 4, Axis.tickLabel(tick));
        }
        canvas.verticalText("axis", 14, (top + bottom) / 2, title);
    }

    /** Draws a dashed line across at a value, its name at the right. */
    public void level(double value, String name) {
        canvas.line("dashed", left, y(value), right, y(value));
        canvas.text("tick", Canvas.Anchor.END, right, y(value) - 4, name);
    }

    /** Draws a line through values. */
    public void curve(String style, double[] xs, double[] ys) {
        final double[] px = new double[xs.length];
        final double[] py = new double[xs.length];
        for (int i = 0; i < xs.length; i++) {
            px[i] = x(xs[i]);
            py[i] = y(ys[i]);
        }
        canvas.path(style, px, py);
    }

    /** Fills what lies between two lines over the same values. */
    public void band(String style, double[] xs, double[] low, double[] high) {
        final int n = xs.length;
        final double[] px = new double[2 * n];
        final double[] py = new double[2 * n];
        for (int i = 0; i < n; i++) {
            px[i] = x(xs[i]);
            py[i] = y(high[i]);
            px[2 * n - 1 - i] = px[i];
            py[2 * n - 1 - i] = y(low[i]);
        }
        canvas.area(style, px, py);
    }
}
