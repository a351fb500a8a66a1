package org.dlrm4j.cli.plot;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A page of figures, tables and what they say that needs nothing but itself: no script, no font, no network. */
public final class HtmlPage {
    private final List<Figure> figures = new ArrayList<>();
    private final StringBuilder page = new StringBuilder();

    /** Begins a page with its title. */
    public HtmlPage(String title) {
        page.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                + "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        element("title", "", title);
        page.append("<style>\n").append(style()).append("</style>\n</head>\n<body>\n");
        element("h1", "", title);
    }

    private static String style() {
        try (InputStream in = HtmlPage.class.getResourceAsStream("plot.css")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void element(String name, String style, String text) {
        page.append('<').append(name);
        if (!style.isEmpty()) {
            page.append(" class=\"").append(style).append('"');
        }
        page.append('>').append(SvgCanvas.escape(text)).append("</").append(name).append(">\n");
    }

    /** Begins a section. */
    public void section(String title) {
        element("h2", "", title);
    }

    /** Begins a part of a section. */
    public void subsection(String title) {
        element("h3", "", title);
    }

    /** Says what matters most. */
    public void lead(String text) {
        element("p", "lead", text);
    }

    /** Says something. */
    public void paragraph(String text) {
        element("p", "", text);
    }

    /** Says how something is to be read. */
    public void note(String text) {
        element("p", "note", text);
    }

    /** Shows a figure over the whole width. */
    public void figure(Figure figure) {
        figures.add(figure);
        page.append("<figure>\n");
        element("figcaption", "", figure.title());
        page.append(figure.svg());
        if (!figure.says().isEmpty()) {
            note(figure.says());
        }
        page.append("</figure>\n");
    }

    /** Shows figures of one size beside each other. */
    public void grid(List<Figure> all) {
        page.append("<div class=\"grid\" style=\"--column: ").append(all.isEmpty() ? 0 : all.getFirst().width())
                .append("px\">\n");
        all.forEach(this::figure);
        page.append("</div>\n");
    }

    /** Shows numbers in columns; columns of words begin at the left. */
    public void table(List<String> header, List<List<String>> rows) {
        page.append("<div class=\"scroll\"><table>\n");
        final boolean[] words = new boolean[header.size()];
        for (int c = 0; c < words.length; c++) {
            final int column = c;
            words[c] = c == 0
                    || rows.stream().map(row -> row.get(column))
                            .anyMatch(cell -> !cell.isEmpty() && Character.isLetter(cell.charAt(0)));
        }
        row("th", header, words);
        rows.forEach(row -> row("td", row, words));
        page.append("</table></div>\n");
    }

    /** Shows what has a name and a text. */
    public void definitions(List<List<String>> rows) {
        page.append("<table class=\"words\">\n");
        rows.forEach(row -> row("td", row, new boolean[]{true, true}));
        page.append("</table>\n");
    }

    private void row(String tag, List<String> cells, boolean[] words) {
        page.append("<tr>\n");
        for (int c = 0; c < cells.size(); c++) {
            element(tag, words[c] ? "word" : "", cells.get(c));
        }
        page.append("</tr>\n");
    }

    /** Returns the figures so far. */
    public List<Figure> figures() {
        return List.copyOf(figures);
    }

    /** Ends and returns the page. */
    public String html() {
        return page + "</body>\n</html>\n";
    }
}
