package org.dlrm4j.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32C;

/** What {@code model.json} says: the generation, its files, and the content that the model's writer gave. */
record ModelManifest(long generation, Map<String, Object> content, List<ModelFile> files) {
    private static final long FORMAT_VERSION = 1;
    private static final String FORMAT_VERSION_KEY = "formatVersion";
    private static final String GENERATION_KEY = "generation";
    private static final String FILES_KEY = "files";
    private static final String CRC_KEY = "crc32c";
    private static final Set<String> RESERVED_KEYS = Set.of(FORMAT_VERSION_KEY, GENERATION_KEY, FILES_KEY, CRC_KEY);
    private static final Set<String> NOT_FOR_CONTENT = Set.of(FORMAT_VERSION_KEY, GENERATION_KEY, FILES_KEY, CRC_KEY,
            ModelDelta.KEY);

    static void requireNoReservedKeys(Map<String, Object> content) {
        for (String key : content.keySet()) {
            if (NOT_FOR_CONTENT.contains(key)) {
                throw new IllegalArgumentException("manifest key " + key + " is reserved; choose another name");
            }
        }
    }

    byte[] encode() {
        Map<String, Object> json = withoutCrc();
        json.put(CRC_KEY, hex(crc32c(json)));
        byte[] text = Json.writeIndented(json).getBytes(StandardCharsets.UTF_8);
        if (text.length > Json.MAX_BYTES) {
            throw new IllegalArgumentException(
                    "manifest: " + text.length + " bytes of JSON, expected at most " + Json.MAX_BYTES);
        }
        return text;
    }

    /** Returns the CRC32C of everything here, which stands for the files, too: what {@code crc32c} says in the file. */
    int checksum() {
        return crc32c(withoutCrc());
    }

    private Map<String, Object> withoutCrc() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put(FORMAT_VERSION_KEY, FORMAT_VERSION);
        json.put(GENERATION_KEY, generation);
        json.putAll(content);
        json.put(FILES_KEY, files.stream().map(ModelFile::toJson).toList());
        return json;
    }

    /** Reads and checks the manifest of a model directory, or that of a generation or delta. */
    static ModelManifest read(Path directory) {
        Path path = directory.resolve(ModelDirectory.MANIFEST_FILE);
        byte[] json;
        try {
            long bytes = Files.size(path);
            if (bytes > Json.MAX_BYTES) {
                throw ModelFormatException.unequal(path, "file length", bytes, "at most " + Json.MAX_BYTES);
            }
            json = Files.readAllBytes(path);
        } catch (NoSuchFileException e) {
            throw new NoSuchModelException(directory,
                    Files.isRegularFile(directory)
                            ? "not a directory"
                            : Files.exists(directory)
                                    ? ModelDirectory.MANIFEST_FILE + " does not exist"
                                    : "directory does not exist");
        } catch (IOException e) {
            throw StoreException.reading(path, e);
        }
        return parse(path, Json.parseObject(json, path.toString()));
    }

    private static ModelManifest parse(Path path, Map<String, Object> json) {
        Object version = json.get(FORMAT_VERSION_KEY);
        if (!Long.valueOf(FORMAT_VERSION).equals(version)) {
            throw ModelFormatException.unequal(path, FORMAT_VERSION_KEY, version,
                    FORMAT_VERSION + "; use the dlrm4j version that wrote the model");
        }
        int crc = parseHex(path, CRC_KEY, json.remove(CRC_KEY));
        int computed = crc32c(json);
        if (crc != computed) {
            throw ModelFormatException.unequal(path, CRC_KEY, hex(crc),
                    hex(computed) + " for the other fields; the file was damaged or edited");
        }
        if (!(json.get(GENERATION_KEY) instanceof Long generation) || generation < 1) {
            throw ModelFormatException.unequal(path, GENERATION_KEY, json.get(GENERATION_KEY), "an integer from 1 on");
        }
        List<ModelFile> files = files(path, json.get(FILES_KEY));
        json.keySet().removeAll(RESERVED_KEYS);
        return new ModelManifest(generation, Collections.unmodifiableMap(json), files);
    }

    private static List<ModelFile> files(Path path, Object value) {
        if (!(value instanceof List<?> list)) {
            throw ModelFormatException.unequal(path, FILES_KEY, value, "a list");
        }
        List<ModelFile> files = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (Object element : list) {
            String place = FILES_KEY + '[' + files.size() + ']';
            ModelFile file = ModelFile.fromJson(path, place, element);
            if (!names.add(file.name())) {
                throw ModelFormatException.unequal(path, place + ".name", file.name(), "a name that is listed once");
            }
            files.add(file);
        }
        return List.copyOf(files);
    }

    /** Over the compact text, so that white space may be changed by hand and nothing else. */
    private static int crc32c(Map<String, Object> jsonWithoutCrc) {
        CRC32C crc = new CRC32C();
        crc.update(Json.write(jsonWithoutCrc).getBytes(StandardCharsets.UTF_8));
        return (int) crc.getValue();
    }

    static String hex(int crc) {
        return String.format("%08x", crc);
    }

    static int parseHex(Path path, String field, Object value) {
        if (!(value instanceof String text) || !text.matches("[0-9a-f]{8}")) {
            throw ModelFormatException.unequal(path, field, value, "8 lower-case hexadecimal digits");
        }
        return Integer.parseUnsignedInt(text, 16);
    }
}
