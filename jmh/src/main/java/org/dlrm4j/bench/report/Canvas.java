package org.dlrm4j.bench.report;

/** What a figure is drawn on. Styles are names; coordinates are in pixels from the upper left corner. */
interface Canvas {
    /** Where a text's point is. */
    enum Anchor {
        /** At its beginning. */
        START,
        /** In its middle. */
        MIDDLE,
        /** At its end. */
        END
    }

    /** Draws a straight line. */
    void line(String style, double x1, double y1, double x2, double y2);

    /** Draws a line through points. */
    void path(String style, double[] xs, double[] ys);

    /** Fills a rectangle; the tip is shown where there is a pointer. */
    void rectangle(String style, double x, double y, double width, double height, String tip);

    /** Draws a disc, or a ring if it is hollow. */
    void mark(String style, boolean hollow, double x, double y, double radius, String tip);

    /** Writes a text on a line. */
    void text(String style, Anchor anchor, double x, double y, String text);

    /** Writes a text upwards, its middle at the point. */
    void verticalText(String style, double x, double y, String text);
}
