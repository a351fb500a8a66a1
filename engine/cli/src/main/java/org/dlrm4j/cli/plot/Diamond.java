package org.dlrm4j.cli.plot;

/** The corners of a square on its corner, with about the area of the disc of that radius. */
final class Diamond {
    private static final double REACH = 1.3;

    private Diamond() {}

    static double[] xs(double x, double radius) {
        return new double[]{x, x + REACH * radius, x, x - REACH * radius};
    }

    static double[] ys(double y, double radius) {
        return new double[]{y - REACH * radius, y, y + REACH * radius, y};
    }
}
