package org.dlrm4j.data;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dlrm4j.store.Json;
import org.dlrm4j.store.StoreException;

/** A schema as JSON. Keys that mean nothing are refused: a misspelt one would silently change the data. */
final class SchemaJson {
    private SchemaJson() {}

    static Schema parse(byte[] utf8, String source) {
        try {
            return schema(new Fields("", Json.parseObject(utf8, source)));
        } catch (StoreException e) {
            throw new DatasetException(e.getMessage() + "; correct the schema");
        } catch (IllegalArgumentException e) {
            throw new DatasetException(source + ": " + e.getMessage() + "; correct the schema");
        }
    }

    private static Schema schema(Fields top) {
        top.allow("name", "text", "columns", "label", "dense", "sparse");
        List<DenseFeature> dense = new ArrayList<>();
        for (Fields feature : top.objects("dense", "column")) {
            feature.allow("column", "transform", "fill");
            String transform = feature.text("transform", "none");
            dense.add(new DenseFeature(feature.text("column"), switch (transform) {
                case "none" -> DenseFeature.Transform.NONE;
                case "log1p" -> DenseFeature.Transform.LOG1P;
                case "standardize" -> DenseFeature.Transform.STANDARDIZE;
                default -> throw feature.wrong("transform", transform, "none, log1p or standardize");
            }, feature.number("fill", Double.NaN)));
        }
        List<SparseFeature> sparse = new ArrayList<>();
        for (Fields feature : top.objects("sparse", "column")) {
            sparse.add(sparse(feature));
        }
        return new Schema(top.text("name"), format(top.object("text")), top.texts("columns"),
                label(top.object("label")),
                dense, sparse);
    }

    private static TextFormat format(Fields text) {
        text.allow("delimiter", "header", "comment", "quote", "trim", "missing");
        return new TextFormat(text.text("delimiter"), text.flag("header"), text.text("comment", ""),
                text.text("quote", ""), text.flag("trim"), text.has("missing") ? text.texts("missing") : List.of(""));
    }

    private static LabelRule label(Fields label) {
        label.allow("column", "positive", "negative", "atLeast");
        return new LabelRule(label.text("column"), label.texts("positive"), label.texts("negative"),
                label.number("atLeast", Double.NaN));
    }

    private static SparseFeature sparse(Fields feature) {
        feature.allow("name", "column", "format", "separator", "boundaries", "quantiles", "cross", "hashRows",
                "minCount",
                "maxValues", "rareRows", "keepMissing");
        boolean buckets = feature.has("boundaries") || feature.has("quantiles");
        boolean cross = feature.has("cross");
        String format = feature.text("format", "text");
        if (!format.equals("text") && !format.equals("hex")) {
            throw feature.wrong("format", format, "text or hex");
        }
        if (cross && (buckets || feature.has("column") || feature.has("separator") || feature.has("format")
                || feature.has("keepMissing"))) {
            throw feature.wrong("cross", feature.texts("cross"),
                    "no column, format, separator, buckets or keepMissing beside it");
        }
        List<String> crossed = feature.texts("cross");
        String column = cross ? null : feature.text("column");
        SparseFeature.Kind kind = cross
                ? SparseFeature.Kind.CROSS
                : buckets
                        ? SparseFeature.Kind.BUCKETS
                        : format.equals("hex") ? SparseFeature.Kind.HEX : SparseFeature.Kind.TEXT;
        return new SparseFeature(feature.text("name", cross ? String.join("_x_", crossed) : column), kind, column,
                feature.text("separator", ""), feature.numbers("boundaries"), feature.whole("quantiles", 0), crossed,
                feature.whole("hashRows", 0), feature.whole("minCount", 1), feature.whole("maxValues", 0),
                feature.whole("rareRows", 0), feature.flag("keepMissing"));
    }

    static String write(Schema schema) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("name", schema.name());
        TextFormat text = schema.text();
        Map<String, Object> format = new LinkedHashMap<>();
        format.put("delimiter", text.delimiter());
        format.put("header", text.header());
        format.put("comment", text.comment());
        format.put("quote", text.quote());
        format.put("trim", text.trim());
        format.put("missing", text.missing());
        json.put("text", format);
        json.put("columns", schema.columns());
        Map<String, Object> label = new LinkedHashMap<>();
        label.put("column", schema.label().column());
        label.put("positive", schema.label().positive());
        label.put("negative", schema.label().negative());
        putNumber(label, "atLeast", schema.label().atLeast());
        json.put("label", label);
        json.put("dense", schema.dense().stream().map(SchemaJson::write).toList());
        json.put("sparse", schema.sparse().stream().map(SchemaJson::write).toList());
        return Json.write(json);
    }

    private static Map<String, Object> write(DenseFeature feature) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("column", feature.column());
        json.put("transform", feature.transform().name().toLowerCase(java.util.Locale.ROOT));
        putNumber(json, "fill", feature.fill());
        return json;
    }

    private static Map<String, Object> write(SparseFeature feature) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("name", feature.name());
        if (feature.kind() == SparseFeature.Kind.CROSS) {
            json.put("cross", feature.crossed());
        } else {
            json.put("column", feature.column());
            json.put("keepMissing", feature.keepMissing());
        }
        switch (feature.kind()) {
            case HEX -> json.put("format", "hex");
            case BUCKETS -> json.put(feature.quantiles() > 0 ? "quantiles" : "boundaries",
                    feature.quantiles() > 0 ? feature.quantiles() : feature.boundaries());
            case TEXT, CROSS -> {
            }
        }
        if (!feature.separator().isEmpty()) {
            json.put("separator", feature.separator());
        }
        json.put("hashRows", feature.hashRows());
        json.put("minCount", feature.minCount());
        json.put("maxValues", feature.maxValues());
        json.put("rareRows", feature.rareRows());
        return json;
    }

    private static void putNumber(Map<String, Object> json, String key, double value) {
        if (!Double.isNaN(value)) {
            json.put(key, value);
        }
    }

    /** One JSON object of the schema, with the place where it stands. */
    private record Fields(String path, Map<String, Object> values) {
        IllegalArgumentException wrong(String key, Object found, String expected) {
            return new IllegalArgumentException(
                    path + key + ": found " + (found == null ? "nothing" : found) + ", expected " + expected);
        }

        void allow(String... keys) {
            for (String key : values.keySet()) {
                if (!List.of(keys).contains(key)) {
                    throw wrong(key, "an unknown key", "one of " + List.of(keys));
                }
            }
        }

        boolean has(String key) {
            return values.containsKey(key);
        }

        String text(String key) {
            if (values.get(key) instanceof String text) {
                return text;
            }
            throw wrong(key, values.get(key), "a text");
        }

        String text(String key, String other) {
            return has(key) ? text(key) : other;
        }

        boolean flag(String key) {
            return switch (values.get(key)) {
                case null -> false;
                case Boolean flag -> flag;
                case Object other -> throw wrong(key, other, "true or false");
            };
        }

        double number(String key, double other) {
            return switch (values.get(key)) {
                case null -> other;
                case Number number -> number.doubleValue();
                case Object found -> throw wrong(key, found, "a number");
            };
        }

        int whole(String key, int other) {
            return switch (values.get(key)) {
                case null -> other;
                case Long number when number == number.intValue() -> number.intValue();
                case Object found -> throw wrong(key, found, "a whole number below 2^31");
            };
        }

        List<?> list(String key) {
            return switch (values.get(key)) {
                case null -> List.of();
                case List<?> list -> list;
                case Object found -> throw wrong(key, found, "a list");
            };
        }

        List<String> texts(String key) {
            List<String> texts = new ArrayList<>();
            for (Object value : list(key)) {
                if (!(value instanceof String text)) {
                    throw wrong(key, value, "a list of texts");
                }
                texts.add(text);
            }
            return texts;
        }

        List<Double> numbers(String key) {
            List<Double> numbers = new ArrayList<>();
            for (Object value : list(key)) {
                if (!(value instanceof Number number)) {
                    throw wrong(key, value, "a list of numbers");
                }
                numbers.add(number.doubleValue());
            }
            return numbers;
        }

        Fields object(String key) {
            return fields(path + key + ".", values.get(key));
        }

        /** A list of objects; a bare text stands for an object with only that key. */
        List<Fields> objects(String key, String shorthand) {
            List<Fields> objects = new ArrayList<>();
            int i = 0;
            for (Object value : list(key)) {
                String place = path + key + "[" + i++ + "].";
                objects.add(value instanceof String text
                        ? new Fields(place, Map.of(shorthand, text))
                        : fields(place, value));
            }
            return objects;
        }

        @SuppressWarnings("unchecked") // keys of parsed JSON objects are strings
        private static Fields fields(String place, Object value) {
            if (value instanceof Map<?, ?> map) {
                return new Fields(place, (Map<String, Object>) map);
            }
            throw new IllegalArgumentException(place.substring(0, place.length() - 1) + ": found "
                    + (value == null ? "nothing" : value) + ", expected an object");
        }
    }
}
