package org.dlrm4j.cli.plot;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Columns or bars of parts on top of each other, with a legend above. */
public final class StackedBars {
    private static final int LEGEND_ROW = 16;
    private static final int LABEL_WIDTH = 290;
    private static final int ROW_HEIGHT = 28;

    private StackedBars() {}

    /**
     * One bar.
     *
     * @param label what it stands for
     * @param parts lengths, in the order of the legend
     */
    public record Bar(String label, double[] parts) {
        public Bar {
            parts = parts.clone();
        }

        double sum() {
            return Arrays.stream(parts).sum();
        }
    }

    /** Draws names of parts that some bar has, and returns the height that they took. */
    private static int legend(Canvas canvas, int left, int width, String[] names, List<Bar> bars) {
        return legend(canvas, left, width, names, IntStream.range(0, names.length)
                .filter(i -> bars.stream().anyMatch(bar -> bar.parts[i] != 0)).toArray());
    }

    /** Draws some of the names, each with the colour of its number, and returns the height that they took. */
    public static int legend(Canvas canvas, int left, int width, String[] names, int[] shown) {
        double x = left;
        int row = 0;
        for (int i : shown) {
            final double room = 24 + 6.6 * names[i].length();
            if (x + room > width) {
                x = left;
                row++;
            }
            canvas.rectangle("f" + i, x, 4 + row * LEGEND_ROW, 10, 10, "");
            canvas.text("tick", Canvas.Anchor.START, x + 14, 13 + row * LEGEND_ROW, names[i]);
            x += room;
        }
        return (row + 1) * LEGEND_ROW;
    }

    /** Draws columns from left to right. */
    public static void columns(Canvas canvas, int width, int height, String[] names, List<Bar> bars, String xTitle,
            String yTitle) {
        final int legend = legend(canvas, 62, width, names, bars);
        final double most = bars.stream().mapToDouble(Bar::sum).max().orElse(1);
        final Frame frame = new Frame(canvas, width, height, legend, new Axis(0, bars.size(), false),
                Axis.linear(most));
        frame.yAxis(yTitle);
        for (int b = 0; b < bars.size(); b++) {
            final Bar bar = bars.get(b);
            double from = 0;
            for (int i = 0; i < names.length; i++) {
                final double to = from + bar.parts[i];
                if (to > from) {
                    canvas.rectangle("f" + i, frame.x(b + 0.15), frame.y(to), frame.x(b + 0.85) - frame.x(b + 0.15),
                            frame.y(from) - frame.y(to), tip(names[i], bar, i));
                }
                from = to;
            }
            canvas.text("tick", Canvas.Anchor.MIDDLE, frame.x(b + 0.5), frame.bottom() + 16, bar.label);
        }
        canvas.text("axis", Canvas.Anchor.MIDDLE, (frame.left() + frame.right()) / 2, frame.bottom() + 34, xTitle);
    }

    /** Draws bars of one length from top to bottom, so that their parts may be compared; behind them are the sums. */
    public static void rows(Canvas canvas, int width, String[] names, List<Bar> bars, String unit) {
        final int legend = legend(canvas, 8, width, names, bars);
        final double room = width - LABEL_WIDTH - 130.0;
        double y = legend + 10;
        for (Bar bar : bars) {
            canvas.text("tick", Canvas.Anchor.END, LABEL_WIDTH - 8, y + 14, bar.label);
            double x = LABEL_WIDTH;
            for (int i = 0; i < names.length; i++) {
                final double length = bar.parts[i] / bar.sum() * room;
                if (length > 0) {
                    canvas.rectangle("f" + i, x, y, length, 20, tip(names[i], bar, i));
                }
                x += length;
            }
            canvas.text("tick", Canvas.Anchor.START, x + 6, y + 14, Axis.label(bar.sum()) + " " + unit);
            y += ROW_HEIGHT;
        }
    }

    /** Returns the height of so many rows. */
    public static int rowsHeight(int bars) {
        return 2 * LEGEND_ROW + 18 + bars * ROW_HEIGHT;
    }

    private static String tip(String name, Bar bar, int part) {
        return name + ": " + Axis.label(bar.parts[part]) + " (" + Math.round(100 * bar.parts[part] / bar.sum()) + " %)";
    }
}
