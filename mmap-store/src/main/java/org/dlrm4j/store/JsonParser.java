package org.dlrm4j.store;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Recursive descent over one text; see {@link Json} for the dialect. */
final class JsonParser {
    private final String text;
    private final String source;
    private int at;
    private int depth;

    JsonParser(String text, String source) {
        this.text = text;
        this.source = source;
    }

    Object parse() {
        skipSpace();
        Object value = value();
        skipSpace();
        if (at < text.length()) {
            throw error("end of text");
        }
        return value;
    }

    private Object value() {
        return switch (peek()) {
            case '{' -> object();
            case '[' -> array();
            case '"' -> string();
            case 't' -> word("true", Boolean.TRUE);
            case 'f' -> word("false", Boolean.FALSE);
            case 'n' -> word("null", null);
            case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' -> number();
            default -> throw error("a value");
        };
    }

    private Map<String, Object> object() {
        Map<String, Object> map = new LinkedHashMap<>();
        enter();
        skipSpace();
        if (peek() != '}') {
            do {
                skipSpace();
                int keyAt = at;
                if (peek() != '"') {
                    throw error("a key in double quotes");
                }
                String key = string();
                skipSpace();
                expect(':');
                skipSpace();
                Object value = value();
                if (map.containsKey(key)) {
                    throw error(keyAt, "key \"" + key + "\" appears twice, expected once");
                }
                map.put(key, value);
                skipSpace();
            } while (accept(','));
        }
        leave('}');
        return map;
    }

    private List<Object> array() {
        List<Object> list = new ArrayList<>();
        enter();
        skipSpace();
        if (peek() != ']') {
            do {
                skipSpace();
                list.add(value());
                skipSpace();
            } while (accept(','));
        }
        leave(']');
        return list;
    }

    private void enter() {
        if (++depth > Json.MAX_DEPTH) {
            throw error(at, "nested deeper than " + Json.MAX_DEPTH);
        }
        at++;
    }

    private void leave(char closing) {
        if (!accept(closing)) {
            throw error("',' or '" + closing + "'");
        }
        depth--;
    }

    private String string() {
        int begin = at++;
        StringBuilder out = new StringBuilder();
        while (true) {
            if (at == text.length()) {
                throw error(begin, "string without closing quote");
            }
            char c = text.charAt(at);
            if (c == '"') {
                at++;
                break;
            }
            if (c < 0x20) {
                throw error(at, String.format("control character U+%04X in a string, expected it escaped", (int) c));
            }
            at++;
            out.append(c == '\\' ? escape() : c);
        }
        int lone = JsonWriter.loneSurrogate(out);
        if (lone >= 0) {
            throw error(begin, String.format("lone surrogate U+%04X in a string", (int) out.charAt(lone)));
        }
        return out.toString();
    }

    private char escape() {
        char c = peek();
        at++;
        return switch (c) {
            case '"', '\\', '/' -> c;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> unicodeEscape();
            default -> throw error(at - 2, "unknown escape, expected one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX");
        };
    }

    private char unicodeEscape() {
        int code = 0;
        for (int i = 0; i < 4; i++) {
            char c = peek();
            // Character.digit alone would take digits of every script.
            int digit = c < 0x80 ? Character.digit(c, 16) : -1;
            if (digit < 0) {
                throw error("four hexadecimal digits");
            }
            code = code << 4 | digit;
            at++;
        }
        return (char) code;
    }

    private Object number() {
        int begin = at;
        accept('-');
        if (!accept('0')) {
            digits();
        }
        boolean integer = true;
        if (accept('.')) {
            integer = false;
            digits();
        }
        if (accept('e') || accept('E')) {
            integer = false;
            if (!accept('+')) {
                accept('-');
            }
            digits();
        }
        String digits = text.substring(begin, at);
        if (integer) {
            try {
                return Long.parseLong(digits);
            } catch (NumberFormatException e) {
                throw error(begin, "integer " + digits + " needs more than 64 bits");
            }
        }
        double value = Double.parseDouble(digits);
        if (Double.isInfinite(value)) {
            throw error(begin, "number " + digits + " is beyond the range of double");
        }
        return value;
    }

    private void digits() {
        if (!isDigit(peek())) {
            throw error("a digit");
        }
        while (isDigit(peek())) {
            at++;
        }
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private Object word(String word, Object value) {
        if (!text.startsWith(word, at)) {
            throw error("a value");
        }
        at += word.length();
        return value;
    }

    private void expect(char c) {
        if (!accept(c)) {
            throw error("'" + c + "'");
        }
    }

    private boolean accept(char c) {
        if (peek() == c && at < text.length()) {
            at++;
            return true;
        }
        return false;
    }

    /** The next character, or NUL, which no rule accepts, at the end. */
    private char peek() {
        return at < text.length() ? text.charAt(at) : '\0';
    }

    private void skipSpace() {
        while (at < text.length() && " \t\n\r".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private ModelFormatException error(String expected) {
        String found = at < text.length()
                ? "'" + new StringBuilder().appendCodePoint(text.codePointAt(at)) + "'"
                : "end of text";
        return error(at, "found " + found + ", expected " + expected);
    }

    private ModelFormatException error(int position, String problem) {
        int line = 1;
        int lineBegin = 0;
        for (int i = 0; i < position; i++) {
            if (text.charAt(i) == '\n') {
                line++;
                lineBegin = i + 1;
            }
        }
        return new ModelFormatException(source, "line " + line + ", column " + (position - lineBegin + 1), problem);
    }
}
