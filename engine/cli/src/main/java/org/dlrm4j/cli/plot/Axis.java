package org.dlrm4j.cli.plot;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;

/**
 * A range of values along a side of a plot.
 *
 * @param min value at the beginning
 * @param max value at the end
 * @param logarithmic whether equal distances are equal ratios
 */
public record Axis(double min, double max, boolean logarithmic) {
    private static final int TICKS = 6;

    public Axis {
        if (!(max > min) || logarithmic && !(min > 0)) {
            throw new IllegalArgumentException(
                    "axis from " + min + " to " + max + (logarithmic ? ", logarithmic" : ""));
        }
    }

    /** Returns an axis from 0 to a bit more than the largest value. */
    public static Axis linear(double largest) {
        return new Axis(0, largest > 0 ? 1.05 * largest : 1, false);
    }

    /** Returns a logarithmic axis around values. */
    public static Axis around(double... values) {
        double low = Double.POSITIVE_INFINITY;
        double high = 0;
        for (double value : values) {
            if (value > 0) {
                low = Math.min(low, value);
                high = Math.max(high, value);
            }
        }
        return high > 0 ? new Axis(low / 1.3, high * 1.3, true) : new Axis(0.1, 10, true);
    }

    /** Returns where a value lies, from 0 to 1. */
    public double at(double value) {
        return logarithmic ? Math.log(value / min) / Math.log(max / min) : (value - min) / (max - min);
    }

    /** Returns round numbers within the range. */
    public List<Double> ticks() {
        final List<Double> ticks = new ArrayList<>();
        if (logarithmic) {
            // The shorter the range, the more of the numbers between powers of ten there is room for.
            final double decades = Math.log10(max / min);
            final int[] units = decades < 1
                    ? new int[]{1, 2, 3, 4, 6, 8}
                    : decades < 2.5 ? new int[]{1, 2, 5} : new int[]{1};
            for (int power = (int) Math.floor(Math.log10(min)); power <= Math.log10(max); power++) {
                for (int unit : units) {
                    final double tick = unit * Math.pow(10, power);
                    if (tick >= min && tick <= max) {
                        ticks.add(tick);
                    }
                }
            }
            return ticks;
        }
        final double raw = (max - min) / TICKS;
        final double power = Math.pow(10, Math.floor(Math.log10(raw)));
        final double step = power * (raw / power <= 1 ? 1 : raw / power <= 2 ? 2 : raw / power <= 5 ? 5 : 10);
        for (long i = (long) Math.ceil(min / step - 1e-9); i * step <= max + 1e-9 * step; i++) {
            ticks.add(i * step);
        }
        return ticks;
    }

    /** Writes a value short, with three digits: 20k, 1.5M. */
    public static String label(double value) {
        return label(value, 3);
    }

    /** Writes a count with four digits, so that powers of two look like what they are. */
    public static String count(double value) {
        return label(value, 4);
    }

    /** Writes a round number with all its digits. */
    static String tickLabel(double value) {
        return label(value, 6);
    }

    private static String label(double value, int digits) {
        final double magnitude = Math.abs(value);
        if (magnitude >= 1e9) {
            return plain(value / 1e9, digits) + "G";
        }
        if (magnitude >= 1e6) {
            return plain(value / 1e6, digits) + "M";
        }
        return magnitude >= 1e4 ? plain(value / 1e3, digits) + "k" : plain(value, digits);
    }

    private static String plain(double value, int digits) {
        return new BigDecimal(value).round(new MathContext(digits)).stripTrailingZeros().toPlainString();
    }
}
