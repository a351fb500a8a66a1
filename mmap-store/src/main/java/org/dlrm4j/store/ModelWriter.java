package org.dlrm4j.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.dlrm4j.os.FileSync;

/**
 * Writes one generation of a {@link ModelDirectory}: create files under {@link #path}, close them, then {@link #commit}.
 *
 * <p>Holds the directory's lock until it is closed; closing without a commit deletes what was written. Not thread-safe.
 */
public final class ModelWriter implements AutoCloseable {
    private final Path directory;
    private final WriterLock lock;
    private final long generation;
    private final int keep;
    private final StagedFiles staging;
    private boolean published;
    private boolean closed;

    private ModelWriter(Path directory, WriterLock lock, long generation, int keep, StagedFiles staging) {
        this.directory = directory;
        this.lock = lock;
        this.generation = generation;
        this.keep = keep;
        this.staging = staging;
    }

    static ModelWriter start(Path directory, int keep) {
        if (keep < 1) {
            throw new IllegalArgumentException("keep: " + keep + " generations, expected 1 or more");
        }
        WriterLock lock = null;
        boolean started = false;
        try {
            FileSync.createDirectories(directory);
            lock = WriterLock.take(directory);
            long current = currentGeneration(directory);
            // Older generations stay until this one is committed: the current one may be damaged.
            ModelLayout.deleteAllBut(directory, ModelLayout.generations(directory).stream()
                    .filter(number -> number <= current).collect(Collectors.toSet()));
            StagedFiles staging = StagedFiles.create(ModelLayout.generation(directory, current + 1));
            started = true;
            return new ModelWriter(directory, lock, current + 1, keep, staging);
        } catch (IOException | UncheckedIOException e) {
            throw StoreException.writing(directory, e);
        } finally {
            if (!started && lock != null) {
                lock.close();
            }
        }
    }

    /** If the directory's manifest is damaged, but not all the generations' own, it is the newest of these. */
    private static long currentGeneration(Path directory) throws IOException {
        try {
            // An error must not pass for a directory without a model, whose generations are all leftovers.
            Files.readAttributes(directory.resolve(ModelDirectory.MANIFEST_FILE), BasicFileAttributes.class,
                    LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException e) {
            return 0;
        }
        try {
            return ModelManifest.read(directory).generation();
        } catch (ModelFormatException e) {
            return ModelLayout.generations(directory).stream()
                    .filter(number -> ModelDirectory.isWhole(directory, number)).findFirst().orElseThrow(() -> e);
        }
    }

    /**
     * Returns where to create a file of the new generation. It must be complete, and closed or no longer changing, when
     * {@link #commit} is called; tables must be sealed.
     *
     * @param fileName letters, digits, dot, underscore and hyphen, at most 200, not beginning with dot or hyphen,
     *     and not {@code model.json}
     * @return a path in a directory that exists
     * @throws IllegalArgumentException if it is another name
     * @throws IllegalStateException after commit or close
     */
    public Path path(String fileName) {
        requireWriting();
        return staging.path(fileName);
    }

    /**
     * Returns the number that this generation will have.
     *
     * @return one more than the current generation's
     */
    public long generation() {
        return generation;
    }

    /**
     * Makes the generation the current one: waits until all its files are on the device, then replaces
     * {@code model.json} atomically, then deletes the generations that are not to be kept, and their deltas. Once only.
     *
     * @param manifest content for {@code model.json}: what {@link Json#write} takes, without the keys
     *     {@code formatVersion}, {@code generation}, {@code delta}, {@code files} and {@code crc32c}
     * @throws IllegalArgumentException if the manifest has a reserved key or cannot be written as JSON
     * @throws IllegalStateException after commit or close
     * @throws ModelFormatException if a table is not sealed or damaged
     * @throws StoreException if something cannot be written; the old generation is still current, except when the last
     *     wait for the device failed after the replacement
     */
    public void commit(Map<String, Object> manifest) {
        requireWriting();
        ModelManifest.requireNoReservedKeys(manifest);
        Path temporary = ModelLayout.temporaryManifest(directory);
        byte[] json = new ModelManifest(generation, manifest, staging.describe()).encode();
        try {
            staging.complete(json);
            StagedFiles.writeAndSync(temporary, json);
            // The entry of the staging directory must not reach the device after the manifest that names it.
            FileSync.syncDirectory(directory);
            // From here on the files may belong to readers, even if the rename reports an error.
            published = true;
            Files.move(temporary, directory.resolve(ModelDirectory.MANIFEST_FILE), StandardCopyOption.ATOMIC_MOVE);
            FileSync.syncDirectory(directory);
        } catch (IOException e) {
            throw StoreException.writing(directory.resolve(ModelDirectory.MANIFEST_FILE), json.length, e);
        }
        try {
            ModelLayout.deleteAllBut(directory, kept());
        } catch (IOException | UncheckedIOException | StoreException e) {
            // The commit stands. The next writer deletes again, and reports it if it cannot.
            return;
        }
    }

    /** This generation and the newest whole ones before it. */
    private Set<Long> kept() {
        Set<Long> kept = new HashSet<>(Set.of(generation));
        for (long number : ModelLayout.generations(directory)) {
            if (kept.size() < keep && number < generation && ModelDirectory.isWhole(directory, number)) {
                kept.add(number);
            }
        }
        return kept;
    }

    private void requireWriting() {
        if (closed || published) {
            throw new IllegalStateException(
                    directory + ": generation " + generation + " is " + (published ? "committed" : "closed")
                            + " already");
        }
    }

    /**
     * Releases the lock; without a commit deletes the files of this generation. A second call does nothing.
     */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            if (!published) {
                Files.deleteIfExists(ModelLayout.temporaryManifest(directory));
                staging.delete();
            }
        } catch (IOException | UncheckedIOException e) {
            // Invisible to readers, and the next writer deletes it.
            return;
        } finally {
            lock.close();
        }
    }
}
