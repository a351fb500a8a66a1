package org.dlrm4j.bench.report;

import org.dlrm4j.cli.plot.Axis;
import org.dlrm4j.cli.plot.Canvas;
import org.dlrm4j.cli.plot.Figure;
import org.dlrm4j.cli.plot.Frame;
import org.dlrm4j.cli.plot.StackedBars;
import org.dlrm4j.cli.plot.Canvas.Anchor;
import org.dlrm4j.cli.plot.Canvas.Mark;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.dlrm4j.bench.report.WorkItem.Stage;

/** Operators under the roofs of one core: the peak, and the bandwidth of each level of the memory. */
final class RooflineFigure {
    private static final int WIDTH = 920;
    private static final int HEIGHT = 480;
    private static final int LEGEND_LEFT = 62;

    private RooflineFigure() {}

    /** Draws the base's operators; numbers are those of the table. */
    static Figure of(Findings findings) {
        return new Figure("roofline", "Roofline of one core",
                "Each dot is an operator of the step, its area the time it takes: the further it lies below the roof above it, the more something other than"
                        + " that limit takes its time; left of a roof's corner memory binds, right of it arithmetic.",
                WIDTH, HEIGHT, canvas -> draw(canvas, findings));
    }

    private static double rate(Findings findings, int i) {
        return findings.operators().get(i).item().cost().flops() / findings.base().nanos()[i];
    }

    private static void draw(Canvas canvas, Findings findings) {
        final List<Prediction> operators = findings.operators();
        final Machine machine = findings.limits().machine();
        double lowest = machine.coreGflops() / 100;
        double least = 0.1;
        double most = 100;
        for (int i = 0; i < operators.size(); i++) {
            final double intensity = operators.get(i).item().cost().intensity();
            if (isShown(findings, i)) {
                lowest = Math.min(lowest, rate(findings, i));
                least = Math.min(least, intensity);
                most = Math.max(most, intensity);
            }
        }
        final Axis x = new Axis(least / 2, most * 2, true);
        final Axis y = new Axis(lowest / 2, machine.coreGflops() * 3, true);
        final int[] stages = IntStream.range(0, Stage.values().length)
                .filter(stage -> IntStream.range(0, operators.size())
                        .anyMatch(i -> isShown(findings, i) && operators.get(i).item().stage().ordinal() == stage))
                .toArray();
        final int legend = StackedBars.legend(canvas, LEGEND_LEFT, WIDTH, Stage.titles(), stages);
        final Frame frame = new Frame(canvas, WIDTH, HEIGHT, legend, x, y);
        frame.axes("FLOP a byte", "GFLOP/s");
        final List<MemoryTier> tiers = new ArrayList<>(machine.caches());
        tiers.addAll(machine.memory());
        for (int t = 0; t < tiers.size(); t++) {
            roof(canvas, frame, x, y, tiers.get(t), machine.coreGflops(), 8 + 14 * ((t + 1) % 2));
        }
        canvas.text("name", Anchor.END, frame.right() - 4, frame.y(machine.coreGflops()) - 8,
                "peak " + Axis.label(machine.coreGflops()) + " GFLOP/s");
        final Labels labels = new Labels();
        for (int i = 0; i < operators.size(); i++) {
            if (isShown(findings, i)) {
                labels.avoid(frame.x(operators.get(i).item().cost().intensity()), frame.y(rate(findings, i)), 5);
            }
        }
        for (int i = 0; i < operators.size(); i++) {
            if (isShown(findings, i)) {
                final WorkItem item = operators.get(i).item();
                final double at = frame.x(item.cost().intensity());
                final double height = frame.y(rate(findings, i));
                final double radius = radius(findings, i);
                canvas.mark("f" + item.stage().ordinal(), Mark.DISC, at, height, radius,
                        i + 1 + ". " + item.name() + ", " + item.stage().title() + ": " + Axis.label(rate(findings, i))
                                + " GFLOP/s, " + operators.get(i).bindsBy());
                labels.place(canvas, at, height, radius, String.valueOf(i + 1));
            }
        }
    }

    private static boolean isShown(Findings findings, int i) {
        return findings.operators().get(i).item().cost().intensity() > 0 && findings.base().nanos()[i] > 0;
    }

    /** The area grows with the operator's part of the step. */
    private static double radius(Findings findings, int i) {
        return 4 + 12 * Math.sqrt(findings.base().nanos()[i] / findings.base().stepNanos());
    }

    /** Puts numbers beside dots where nothing else is. */
    private static final class Labels {
        private static final double HEIGHT = 11;
        private final List<double[]> taken = new ArrayList<>();

        void avoid(double x, double y, double radius) {
            taken.add(new double[]{x - radius, y - radius, x + radius, y + radius});
        }

        void place(Canvas canvas, double x, double y, double radius, String text) {
            final double width = 7.0 * text.length();
            final double[][] places = {{x + radius + 2, y + 4}, {x - radius - 2 - width, y + 4},
                    {x - width / 2, y - radius - 3}, {x - width / 2, y + radius + HEIGHT},
                    {x + radius, y - radius - 2}, {x + radius, y + radius + HEIGHT}};
            double[] best = places[0];
            for (double[] place : places) {
                if (isFree(place[0], place[1] - HEIGHT + 2, place[0] + width, place[1])) {
                    best = place;
                    break;
                }
            }
            taken.add(new double[]{best[0], best[1] - HEIGHT + 2, best[0] + width, best[1]});
            canvas.text("key", Anchor.START, best[0], best[1], text);
        }

        private boolean isFree(double left, double top, double right, double bottom) {
            return taken.stream().noneMatch(box -> left < box[2] && box[0] < right && top < box[3] && box[1] < bottom);
        }
    }

    private static void roof(Canvas canvas, Frame frame, Axis x, Axis y, MemoryTier tier, double peak,
            double above) {
        final double corner = peak / tier.coreGigabytes();
        final double from = Math.max(x.min(), y.min() / tier.coreGigabytes());
        if (corner <= from) {
            return;
        }
        frame.curve("limit", new double[]{from, corner, x.max()},
                new double[]{from * tier.coreGigabytes(), peak, peak});
        canvas.text("tick", Anchor.MIDDLE, frame.x(corner), frame.y(peak) - above,
                tier.name() + " " + Axis.label(tier.coreGigabytes()) + " GB/s");
    }
}
