package org.dlrm4j.store;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The JSON header of a safetensors file, checked against the rules of the format. */
record SafetensorsHeader(Map<String, Entry> entries, Map<String, String> metadata) {
    private static final Set<String> FIELDS = Set.of("dtype", "shape", "data_offsets");

    /** One tensor's type, shape and bytes {@code [begin, end)} of the data. */
    record Entry(TensorType type, long[] shape, long begin, long end) {}

    static SafetensorsHeader parse(Path path, byte[] json, long dataBytes) {
        Map<String, Entry> entries = new LinkedHashMap<>();
        Map<String, String> metadata = Map.of();
        String source = path + " (header)";
        for (Map.Entry<String, Object> field : Json.object(Json.parseUnlimited(json, source), source).entrySet()) {
            if (field.getKey().equals("__metadata__")) {
                metadata = metadata(path, field.getValue());
            } else {
                entries.put(field.getKey(), entry(path, "tensor " + field.getKey(), field.getValue()));
            }
        }
        requireContiguous(path, entries, dataBytes);
        return new SafetensorsHeader(entries, metadata);
    }

    private static Map<String, String> metadata(Path path, Object value) {
        if (!(value instanceof Map<?, ?> map)) {
            throw ModelFormatException.unequal(path, "__metadata__", value, "an object of strings");
        }
        Map<String, String> strings = new LinkedHashMap<>();
        map.forEach((key, element) -> {
            if (!(element instanceof String text)) {
                throw ModelFormatException.unequal(path, "__metadata__." + key, element, "a string");
            }
            strings.put((String) key, text);
        });
        return Collections.unmodifiableMap(strings);
    }

    private static Entry entry(Path path, String tensor, Object value) {
        if (!(value instanceof Map<?, ?> fields) || !fields.keySet().equals(FIELDS)) {
            throw ModelFormatException.unequal(path, tensor, Json.write(value),
                    "an object with exactly dtype, shape and data_offsets");
        }
        TensorType type = type(path, tensor, fields.get("dtype"));
        long[] shape = longs(path, tensor + ".shape", fields.get("shape"));
        long[] offsets = longs(path, tensor + ".data_offsets", fields.get("data_offsets"));
        if (offsets.length != 2 || offsets[0] > offsets[1]) {
            throw ModelFormatException.unequal(path, tensor + ".data_offsets", Arrays.toString(offsets),
                    "[begin, end] with begin <= end");
        }
        try {
            long bytes = Tensor.bytes(type, shape);
            if (offsets[1] - offsets[0] != bytes) {
                throw ModelFormatException.unequal(path, tensor + ".data_offsets", Arrays.toString(offsets),
                        bytes + " bytes for " + type + " " + Arrays.toString(shape));
            }
        } catch (IllegalArgumentException e) {
            throw new ModelFormatException(path, tensor, e.getMessage());
        }
        return new Entry(type, shape, offsets[0], offsets[1]);
    }

    private static TensorType type(Path path, String tensor, Object name) {
        for (TensorType type : TensorType.values()) {
            if (type.name().equals(name)) {
                return type;
            }
        }
        throw ModelFormatException.unequal(path, tensor + ".dtype", name,
                "one of " + Arrays.toString(TensorType.values()) + "; convert the tensor first");
    }

    private static long[] longs(Path path, String field, Object value) {
        if (!(value instanceof List<?> list)
                || !list.stream().allMatch(element -> element instanceof Long n && n >= 0)) {
            throw ModelFormatException.unequal(path, field, Json.write(value), "a list of integers from 0 on");
        }
        return list.stream().mapToLong(element -> (Long) element).toArray();
    }

    private static void requireContiguous(Path path, Map<String, Entry> entries, long dataBytes) {
        List<Map.Entry<String, Entry>> ordered = new ArrayList<>(entries.entrySet());
        ordered.sort(Comparator.<Map.Entry<String, Entry>>comparingLong(e -> e.getValue().begin())
                .thenComparingLong(e -> e.getValue().end()));
        long covered = 0;
        for (Map.Entry<String, Entry> entry : ordered) {
            if (entry.getValue().begin() != covered) {
                throw ModelFormatException.unequal(path, "tensor " + entry.getKey() + ".data_offsets",
                        entry.getValue().begin(), covered + ", the end of the tensor before: no holes, no overlaps");
            }
            covered = entry.getValue().end();
        }
        if (covered != dataBytes) {
            throw new ModelFormatException(path, "data",
                    "tensors cover " + covered + " bytes, but " + dataBytes + " follow the header");
        }
    }
}
