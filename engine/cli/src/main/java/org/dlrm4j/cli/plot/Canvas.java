package org.dlrm4j.cli.plot;

/**
 * What a figure is drawn on. Coordinates are in pixels from the upper left corner. Styles are names, several with blanks between
 * them: {@code f3} and {@code s3} are the third series' area and line, the others those of {@code plot.css}.
 */
public interface Canvas {
    /** Where a text's point is. */
    enum Anchor {
        /** At its beginning. */
        START,
        /** In its middle. */
        MIDDLE,
        /** At its end. */
        END
    }

    /** What a value is marked with: shapes tell series apart where colours do not. */
    enum Mark {
        /** A disc. */
        DISC,
        /** A square. */
        SQUARE,
        /** A square on its corner. */
        DIAMOND,
        /** A hollow disc. */
        RING;

        /** Returns the mark of a series. */
        public static Mark of(int series) {
            return values()[series % RING.ordinal()];
        }
    }

    /** Draws a straight line. */
    void line(String style, double x1, double y1, double x2, double y2);

    /** Draws a line through points. */
    void path(String style, double[] xs, double[] ys);

    /** Fills what a line through points and back to the first encloses. */
    void area(String style, double[] xs, double[] ys);

    /** Fills a rectangle; the tip is shown where there is a pointer. */
    void rectangle(String style, double x, double y, double width, double height, String tip);

    /** Draws a mark around a point. */
    void mark(String style, Mark mark, double x, double y, double radius, String tip);

    /** Writes a text on a line. */
    void text(String style, Anchor anchor, double x, double y, String text);

    /** Writes a text upwards, its middle at the point. */
    void verticalText(String style, double x, double y, String text);
}
