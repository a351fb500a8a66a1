package org.dlrm4j.store;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What changed in a generation since the delta before, or since the generation. A file {@code F.rows} holds rows of the
 * generation's table file {@code F}; any other file replaces the one of its name. Deltas form a chain: each names its generation and
 * sequence number, and the checksum of its predecessor's manifest, the first one that of the generation's.
 */
record ModelDelta(ModelManifest manifest, ListedFiles files) {
    private static final String ROWS_SUFFIX = ".rows";
    private static final String SEQUENCE = "sequence";
    private static final String PREDECESSOR = "predecessor";
    /** The key of a delta's manifest that holds sequence and predecessor. */
    static final String KEY = "delta";

    static String rowsFile(String tableFile) {
        return tableFile + ROWS_SUFFIX;
    }

    static Map<String, Object> place(long sequence, ModelManifest predecessor) {
        Map<String, Object> place = new LinkedHashMap<>();
        place.put(SEQUENCE, sequence);
        place.put(PREDECESSOR, ModelManifest.hex(predecessor.checksum()));
        return place;
    }

    /** Reads all deltas of a generation. Not by listing alone, which may miss a delta that is written meanwhile. */
    static List<ModelDelta> chain(Path directory, ModelManifest base) {
        List<ModelDelta> chain = new ArrayList<>();
        ModelManifest predecessor = base;
        long last = ModelLayout.lastDelta(directory, base.generation());
        for (long sequence = 1; sequence <= last; sequence++) {
            ModelDelta delta = read(directory, base.generation(), sequence, predecessor, last);
            chain.add(delta);
            predecessor = delta.manifest;
        }
        return List.copyOf(chain);
    }

    /** Returns the deltas before the first that is damaged or missing; reads them whole. */
    static List<ModelDelta> goodPart(Path directory, ModelManifest base) {
        List<ModelDelta> good = new ArrayList<>();
        ModelManifest predecessor = base;
        long last = ModelLayout.lastDelta(directory, base.generation());
        try {
            for (long sequence = 1; sequence <= last; sequence++) {
                ModelDelta delta = read(directory, base.generation(), sequence, predecessor, last);
                delta.files.verify();
                good.add(delta);
                predecessor = delta.manifest;
            }
        } catch (ModelFormatException e) {
            // Whoever asks has met the damage already.
            return good;
        }
        return good;
    }

    private static ModelDelta read(Path directory, long generation, long sequence, ModelManifest predecessor,
            long last) {
        Path path = ModelLayout.delta(directory, generation, sequence);
        Path file = path.resolve(ModelDirectory.MANIFEST_FILE);
        ModelManifest manifest;
        try {
            manifest = ModelManifest.read(path);
        } catch (NoSuchModelException e) {
            throw new ModelFormatException(path, "delta", "is missing or has no " + ModelDirectory.MANIFEST_FILE
                    + ", but generation " + generation + " has deltas up to " + last
                    + "; restore it from a copy, or delete it and those after it to go back to the state before");
        }
        Object sequenceFound = manifest.content().get(KEY) instanceof Map<?, ?> place ? place.get(SEQUENCE) : null;
        Object predecessorFound = manifest.content().get(KEY) instanceof Map<?, ?> place
                ? place.get(PREDECESSOR)
                : null;
        require(file, "generation", manifest.generation(), generation, "a delta of another generation");
        require(file, "delta.sequence", sequenceFound, sequence, "a repeated or reordered delta");
        require(file, "delta.predecessor", predecessorFound, ModelManifest.hex(predecessor.checksum()),
                "a delta of another model or run");
        ListedFiles files = new ListedFiles(path, manifest.files());
        files.requireLengths();
        return new ModelDelta(manifest, files);
    }

    private static void require(Path file, String field, Object found, Object expected, String what) {
        if (!expected.equals(found)) {
            throw new ModelFormatException(file, field, "found " + found + ", expected " + expected + ": " + what
                    + "; restore the right one from a copy, or delete it and those after it to go back to the state before");
        }
    }

    boolean has(String fileName) {
        return files.names().contains(fileName);
    }
}
