package org.dlrm4j.model;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.dlrm4j.store.ModelFormatException;

/** Typed access to one JSON object of a model file; whatever is missing or of another type is named in the error. */
public final class JsonFields {
    private final Path source;
    private final String path;
    private final Map<String, Object> object;

    /**
     * Wraps an object.
     *
     * @param source the file it came from
     * @param path where in the file it stands
     * @param object the object, or null if the file has none there
     * @throws ModelFormatException if {@code object} is null
     */
    public JsonFields(Path source, String path, Map<String, Object> object) {
        this.source = source;
        this.path = path;
        this.object = object;
        if (object == null) {
            throw new ModelFormatException(source, path, "is missing, expected an object");
        }
    }

    /**
     * Makes the exception for a wrong field.
     *
     * @param name the field
     * @param found its value
     * @param expected what it should have been
     * @return the exception, to be thrown
     */
    public ModelFormatException wrong(String name, Object found, String expected) {
        return new ModelFormatException(source, path + "." + name, "is " + found + ", expected " + expected);
    }

    /**
     * Returns whether the object has a field.
     *
     * @param name the field
     * @return false if it is missing
     */
    public boolean has(String name) {
        return object.containsKey(name);
    }

    private <T> T get(String name, Class<T> type, String expected) {
        final Object value = object.get(name);
        if (!type.isInstance(value)) {
            throw wrong(name, value == null ? "missing" : value, expected);
        }
        return type.cast(value);
    }

    /**
     * Returns a nested object.
     *
     * @param name the field
     * @return its fields
     */
    @SuppressWarnings("unchecked") // keys of parsed JSON objects are strings
    public JsonFields object(String name) {
        return new JsonFields(source, path + "." + name, (Map<String, Object>) get(name, Map.class, "an object"));
    }

    /**
     * Returns a text.
     *
     * @param name the field
     * @return its value
     */
    public String text(String name) {
        return get(name, String.class, "a text");
    }

    /**
     * Returns a whole number.
     *
     * @param name the field
     * @return its value
     */
    public long whole(String name) {
        return get(name, Long.class, "a whole number");
    }

    /**
     * Returns a number.
     *
     * @param name the field
     * @return its value
     */
    public double number(String name) {
        return get(name, Number.class, "a number").doubleValue();
    }

    /**
     * Returns a boolean.
     *
     * @param name the field
     * @return its value
     */
    public boolean flag(String name) {
        return get(name, Boolean.class, "true or false");
    }

    /**
     * Returns a list.
     *
     * @param name the field
     * @return its elements
     */
    public List<?> list(String name) {
        return get(name, List.class, "a list");
    }

    /**
     * Returns a list of whole numbers.
     *
     * @param name the field
     * @return its elements
     */
    public long[] wholes(String name) {
        return wholes(name, list(name), "a list of whole numbers");
    }

    /**
     * Returns a list of lists of whole numbers.
     *
     * @param name the field
     * @return its elements
     */
    public List<long[]> lists(String name) {
        final String expected = "a list of lists of whole numbers";
        return list(name).stream().map(v -> {
            if (v instanceof List<?> inner) {
                return wholes(name, inner, expected);
            }
            throw wrong(name, v, expected);
        }).toList();
    }

    private long[] wholes(String name, List<?> values, String expected) {
        return values.stream().mapToLong(v -> {
            if (v instanceof Long whole) {
                return whole;
            }
            throw wrong(name, v, expected);
        }).toArray();
    }

    /**
     * Returns an enum constant.
     *
     * @param <E> the enum
     * @param name the field
     * @param type the enum's class
     * @return its value
     */
    public <E extends Enum<E>> E constant(String name, Class<E> type) {
        final String text = text(name);
        return Arrays.stream(type.getEnumConstants()).filter(c -> c.name().equals(text)).findFirst()
                .orElseThrow(() -> wrong(name, text,
                        "one of " + Arrays.stream(type.getEnumConstants()).map(Enum::name).toList()));
    }
}
