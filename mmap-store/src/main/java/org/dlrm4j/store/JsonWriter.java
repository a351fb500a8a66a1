package org.dlrm4j.store;

import java.util.List;
import java.util.Map;

/** Writes one value; see {@link Json} for the dialect. */
final class JsonWriter {
    private final boolean indented;
    private final StringBuilder out = new StringBuilder();

    JsonWriter(boolean indented) {
        this.indented = indented;
    }

    String write(Object value) {
        value(value, "$", 0);
        return out.toString();
    }

    /** Returns the index of a surrogate without its partner, which UTF-8 cannot express, or -1. */
    static int loneSurrogate(CharSequence text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                boolean pair = i + 1 < text.length() && Character.isSurrogatePair(text.charAt(i), text.charAt(i + 1));
                if (!pair) {
                    return i;
                }
                i++;
            }
        }
        return -1;
    }

    private void value(Object value, String place, int depth) {
        switch (value) {
            case null -> out.append("null");
            case Boolean b -> out.append(b.booleanValue());
            case Long n -> out.append(n.longValue());
            case Integer n -> out.append(n.intValue());
            case Short n -> out.append(n.intValue());
            case Byte n -> out.append(n.intValue());
            case Double d -> number(d, place);
            case Float f -> number(f, place);
            case String s -> string(s, place);
            case Map<?, ?> map -> object(map, place, depth + 1);
            case List<?> list -> array(list, place, depth + 1);
            default -> throw new IllegalArgumentException(place + ": found " + value.getClass().getName()
                    + ", expected a map, list, string, number, boolean or null");
        }
    }

    private void number(double value, String place) {
        if (!Double.isFinite(value)) {
            throw new IllegalArgumentException(place + ": found " + value + ", expected a finite number");
        }
        out.append(value);
    }

    private void object(Map<?, ?> map, String place, int depth) {
        requireDepth(place, depth);
        out.append('{');
        String separator = "";
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            if (!(entry.getKey() instanceof String key)) {
                throw new IllegalArgumentException(place + ": found key " + entry.getKey() + ", expected a string");
            }
            out.append(separator);
            newLine(depth);
            string(key, place);
            out.append(indented ? ": " : ":");
            value(entry.getValue(), place + '.' + key, depth);
            separator = ",";
        }
        if (!map.isEmpty()) {
            newLine(depth - 1);
        }
        out.append('}');
    }

    private void array(List<?> list, String place, int depth) {
        requireDepth(place, depth);
        // Lists of numbers are shapes and sizes: a line each would drown the rest.
        boolean lines = list.stream().anyMatch(e -> e instanceof Map || e instanceof List);
        out.append('[');
        for (int i = 0; i < list.size(); i++) {
            out.append(i == 0 ? "" : indented && !lines ? ", " : ",");
            if (lines) {
                newLine(depth);
            }
            value(list.get(i), place + '[' + i + ']', depth);
        }
        if (lines) {
            newLine(depth - 1);
        }
        out.append(']');
    }

    private void newLine(int depth) {
        if (indented) {
            out.append('\n').repeat("  ", depth);
        }
    }

    private static void requireDepth(String place, int depth) {
        if (depth > Json.MAX_DEPTH) {
            throw new IllegalArgumentException(place + ": nested deeper than " + Json.MAX_DEPTH);
        }
    }

    private void string(String text, String place) {
        if (loneSurrogate(text) >= 0) {
            throw new IllegalArgumentException(place + ": string has a lone surrogate, which UTF-8 cannot express");
        }
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                    if (c < 0x20) {
                        out.append(String.format("\\u%04x", (int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }
}
