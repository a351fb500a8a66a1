package org.dlrm4j.store;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * Strict JSON (RFC 8259) as {@code Map<String, Object>}, {@code List<Object>}, {@code String}, {@code Long},
 * {@code Double}, {@code Boolean} and {@code null}.
 *
 * <p>Stricter than the RFC where it leaves a choice: duplicate keys, lone surrogates, integers beyond 64 bits and numbers
 * beyond double are refused, depth is limited to {@value #MAX_DEPTH} and size to 64 MiB. A number without fraction and
 * exponent is a {@code Long}. Maps keep the order of their keys, so that equal values give equal text.
 */
public final class Json {
    /** The deepest nesting of arrays and objects. */
    public static final int MAX_DEPTH = 64;

    /** The longest text in bytes of UTF-8. */
    public static final int MAX_BYTES = 64 << 20;

    private Json() {}

    /**
     * Parses a text.
     *
     * @param utf8 the text
     * @param source the name of its origin for error messages, such as a path
     * @return the value
     * @throws ModelFormatException if the text is not such JSON, naming source, line and column (both from 1)
     */
    public static Object parse(byte[] utf8, String source) {
        if (utf8.length > MAX_BYTES) {
            throw new ModelFormatException(source, "length",
                    "found " + utf8.length + " bytes, expected at most " + MAX_BYTES);
        }
        return parseUnlimited(utf8, source);
    }

    /** For formats that have a limit of their own, which the caller has checked. */
    static Object parseUnlimited(byte[] utf8, String source) {
        try {
            String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
            return new JsonParser(text, source).parse();
        } catch (CharacterCodingException e) {
            throw new ModelFormatException(source, "encoding", "not UTF-8");
        }
    }

    /**
     * Parses a text whose value must be an object.
     *
     * @param utf8 the text
     * @param source the name of its origin for error messages, such as a path
     * @return the object, mutable, in the order of the text
     * @throws ModelFormatException if the text is not a JSON object, naming source, line and column (both from 1)
     */
    public static Map<String, Object> parseObject(byte[] utf8, String source) {
        return object(parse(utf8, source), source);
    }

    static Map<String, Object> object(Object value, String source) {
        if (value instanceof Map<?, ?> map) {
            @SuppressWarnings("unchecked") // The parser puts strings only.
            Map<String, Object> object = (Map<String, Object>) map;
            return object;
        }
        throw new ModelFormatException(source, "line 1, column 1", "found another value, expected an object");
    }

    /**
     * Writes a value on one line without spaces.
     *
     * @param value maps with string keys, lists, strings, numbers, booleans and nulls; integers of any width count as
     *     {@code Long} and floats as {@code Double}
     * @return JSON text
     * @throws IllegalArgumentException if the value contains another type, a NaN, an infinity or a lone surrogate, or is
     *     nested deeper than {@value #MAX_DEPTH}, naming the place
     */
    public static String write(Object value) {
        return new JsonWriter(false).write(value);
    }

    /**
     * Writes a value for people, indented by two spaces, with a line feed at the end.
     *
     * @param value as for {@link #write(Object)}
     * @return JSON text
     * @throws IllegalArgumentException as for {@link #write(Object)}
     */
    public static String writeIndented(Object value) {
        return new JsonWriter(true).write(value) + '\n';
    }
}
