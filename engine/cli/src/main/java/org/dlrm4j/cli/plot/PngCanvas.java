package org.dlrm4j.cli.plot;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.Shape;
import java.awt.geom.AffineTransform;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Line2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/** Draws into an image at twice the size, in the light colours of the page. */
final class PngCanvas implements Canvas {
    private static final int SCALE = 2;
    private static final Color INK = new Color(0x1c2024);
    private static final Color SOFT = new Color(0x5b6570);
    private static final Color GRID = new Color(0xe3e6ea);
    private static final Color LINE = new Color(0x8a939c);

    /** The page's {@code --c0} to {@code --c7}. */
    private static final int[] SERIES = {0x0072b2, 0xd55e00, 0x009e73, 0xb0568e, 0x6b6b6b, 0xb57f00, 0x56b4e9,
            0xa9b0b7};

    private final BufferedImage image;
    private final Graphics2D graphics;

    PngCanvas(int width, int height) {
        image = new BufferedImage(SCALE * width, SCALE * height, BufferedImage.TYPE_INT_RGB);
        graphics = image.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        graphics.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, image.getWidth(), image.getHeight());
        graphics.scale(SCALE, SCALE);
    }

    /** Returns the colour of a style's last name, which sees through as much as its first name says. */
    private static Color color(String style) {
        final String name = style.substring(style.lastIndexOf(' ') + 1);
        final Color color = switch (name) {
            case "grid" -> GRID;
            case "limit", "dashed" -> LINE;
            case "tick", "axis" -> SOFT;
            default -> name.matches("[fs][0-7]") ? new Color(SERIES[name.charAt(1) - '0']) : INK;
        };
        final double opacity = switch (style.substring(0, style.length() - name.length()).strip()) {
            case "band" -> 0.12;
            case "seed", "error" -> 0.6;
            case "thin" -> 0.7;
            default -> 1;
        };
        return new Color(color.getRed(), color.getGreen(), color.getBlue(), (int) (255 * opacity));
    }

    private static Font font(String style) {
        return new Font(Font.SANS_SERIF, style.equals("key") ? Font.BOLD : Font.PLAIN, style.equals("axis") ? 12 : 11);
    }

    private void stroke(String style) {
        graphics.setColor(color(style));
        graphics.setStroke(style.equals("grid") || style.startsWith("thin")
                ? new BasicStroke(1f)
                : style.equals("dashed")
                        ? new BasicStroke(1.5f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 1f, new float[]{5f, 4f},
                                0f)
                        : new BasicStroke(2f));
    }

    @Override
    public void line(String style, double x1, double y1, double x2, double y2) {
        stroke(style);
        graphics.draw(new Line2D.Double(x1, y1, x2, y2));
    }

    private static Path2D points(double[] xs, double[] ys) {
        final Path2D path = new Path2D.Double();
        for (int i = 0; i < xs.length; i++) {
            if (i == 0) {
                path.moveTo(xs[i], ys[i]);
            } else {
                path.lineTo(xs[i], ys[i]);
            }
        }
        return path;
    }

    @Override
    public void path(String style, double[] xs, double[] ys) {
        stroke(style);
        graphics.draw(points(xs, ys));
    }

    @Override
    public void area(String style, double[] xs, double[] ys) {
        final Path2D outline = points(xs, ys);
        outline.closePath();
        graphics.setColor(color(style));
        graphics.fill(outline);
    }

    @Override
    public void rectangle(String style, double x, double y, double width, double height, String tip) {
        graphics.setColor(color(style));
        graphics.fill(new Rectangle2D.Double(x, y, width, height));
    }

    @Override
    public void mark(String style, Mark mark, double x, double y, double radius, String tip) {
        final Shape outline = switch (mark) {
            case DISC, RING -> new Ellipse2D.Double(x - radius, y - radius, 2 * radius, 2 * radius);
            case SQUARE -> new Rectangle2D.Double(x - radius, y - radius, 2 * radius, 2 * radius);
            case DIAMOND -> points(Diamond.xs(x, radius), Diamond.ys(y, radius));
        };
        graphics.setColor(mark == Mark.RING ? Color.WHITE : color(style));
        graphics.fill(outline);
        if (mark == Mark.RING) {
            stroke(style);
            graphics.draw(outline);
        }
    }

    @Override
    public void text(String style, Anchor anchor, double x, double y, String text) {
        graphics.setFont(font(style));
        graphics.setColor(color(style));
        final double width = graphics.getFontMetrics().stringWidth(text);
        final double shift = switch (anchor) {
            case START -> 0;
            case MIDDLE -> width / 2;
            case END -> width;
        };
        graphics.drawString(text, (float) (x - shift), (float) y);
    }

    @Override
    public void verticalText(String style, double x, double y, String text) {
        final AffineTransform before = graphics.getTransform();
        graphics.translate(x, y);
        graphics.rotate(-Math.PI / 2);
        text(style, Anchor.MIDDLE, 0, 0, text);
        graphics.setTransform(before);
    }

    /** Writes the image. */
    void write(Path file) throws IOException {
        graphics.dispose();
        if (!ImageIO.write(image, "png", file.toFile())) {
            throw new IOException(file + ": this JDK cannot write PNG");
        }
    }
}
