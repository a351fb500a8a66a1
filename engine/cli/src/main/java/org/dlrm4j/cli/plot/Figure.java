package org.dlrm4j.cli.plot;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * A plot, drawn once for the page and once as an image.
 *
 * @param name of the image's file
 * @param title what it is
 * @param says what is to be seen in it, a sentence; may be empty
 * @param width in pixels
 * @param height in pixels
 * @param drawing draws it
 */
public record Figure(String name, String title, String says, int width, int height, Consumer<Canvas> drawing) {
    /** Returns it as an element of a page. */
    String svg() {
        final SvgCanvas canvas = new SvgCanvas();
        drawing.accept(canvas);
        return canvas.element(width, height, title);
    }

    /** Writes {@code name.png} into a directory. */
    public void writePng(Path directory) throws IOException {
        final PngCanvas canvas = new PngCanvas(width, height);
        drawing.accept(canvas);
        canvas.write(directory.resolve(name + ".png"));
    }
}
