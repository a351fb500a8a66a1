package org.dlrm4j.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * Tells whether files of a directory's newest state changed, without reading them: two stamps are equal if between them none was
 * written, replaced, added or removed. What a writer has not committed yet is no part of it.
 *
 * @param files length, inode and time of change of each file
 */
public record ModelStamp(Map<Path, Map<String, Object>> files) {
    /** Not the time of modification, which may be set back when a file is restored from a copy. */
    private static final String ATTRIBUTES = "unix:size,ino,ctime";

    /**
     * Keeps a copy.
     *
     * @param files length, inode and time of change of each file
     */
    public ModelStamp {
        files = Map.copyOf(files);
    }

    /**
     * Takes the stamp of a directory as it is now. Does not fail: what cannot be looked at is left out, and whoever opens the state is
     * told why.
     *
     * @param directory the model directory
     * @return the stamp of {@code model.json} and, if that can be read, of all files of its generation and deltas
     */
    public static ModelStamp of(Path directory) {
        Map<Path, Map<String, Object>> files = new HashMap<>();
        add(directory.resolve(ModelDirectory.MANIFEST_FILE), files);
        try {
            for (Path part : ModelLayout.parts(directory, ModelManifest.read(directory).generation())) {
                ModelLayout.list(part).forEach(file -> add(file, files));
            }
        } catch (StoreException e) {
            return new ModelStamp(files);
        }
        return new ModelStamp(files);
    }

    private static void add(Path file, Map<Path, Map<String, Object>> files) {
        try {
            files.put(file, Files.readAttributes(file, ATTRIBUTES));
        } catch (IOException e) {
            return;
        }
    }
}
