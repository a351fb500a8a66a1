package org.dlrm4j.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.dlrm4j.os.FileSync;

/**
 * Writes one generation of a {@link ModelDirectory}: create files under {@link #path}, close them, then {@link #commit}.
 *
 * <p>Holds the directory's lock until it is closed; closing without a commit deletes what was written. Not thread-safe.
 */
public final class ModelWriter implements AutoCloseable {
    private static final String LOCK_FILE = ".lock";
    private static final String TEMPORARY_MANIFEST_FILE = ModelDirectory.MANIFEST_FILE + ".tmp";
    private static final String GENERATION_PATTERN = "g[0-9]{6,}";

    private final Path directory;
    private final FileChannel lock;
    private final long generation;
    private final Path staging;
    private boolean published;
    private boolean closed;

    private ModelWriter(Path directory, FileChannel lock, long generation, Path staging) {
        this.directory = directory;
        this.lock = lock;
        this.generation = generation;
        this.staging = staging;
    }

    static ModelWriter start(Path directory) {
        FileChannel lock = null;
        boolean started = false;
        try {
            if (!Files.isDirectory(directory)) {
                Files.createDirectories(directory);
                FileSync.syncDirectory(directory.toAbsolutePath().getParent());
            }
            lock = lock(directory);
            long current = currentGeneration(directory);
            deleteAllBut(directory, current);
            Path staging = directory.resolve(ModelDirectory.generationName(current + 1));
            Files.createDirectory(staging);
            started = true;
            return new ModelWriter(directory, lock, current + 1, staging);
        } catch (IOException | UncheckedIOException e) {
            throw StoreException.writing(directory, e);
        } finally {
            if (!started && lock != null) {
                closeQuietly(lock);
            }
        }
    }

    private static FileChannel lock(Path directory) throws IOException {
        Path path = directory.resolve(LOCK_FILE);
        FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = null;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            throw new StoreException(directory
                    + ": another writer in this process is open; close it first", e);
        } finally {
            if (lock == null) {
                channel.close();
            }
        }
        if (lock == null) {
            throw new StoreException(directory + ": another process is writing this model (it holds a lock on " + path
                    + "); wait for it or end it");
        }
        return channel;
    }

    private static long currentGeneration(Path directory) {
        return Files.exists(directory.resolve(ModelDirectory.MANIFEST_FILE), LinkOption.NOFOLLOW_LINKS)
                ? ModelManifest.read(directory).generation()
                : 0;
    }

    /**
     * Returns where to create a file of the new generation. It must be complete, and closed or no longer changing, when
     * {@link #commit} is called; tables must be sealed.
     *
     * @param fileName letters, digits, dot, underscore and hyphen, at most 200, not beginning with dot or hyphen
     * @return a path in a directory that exists
     * @throws IllegalArgumentException if the name has other characters
     * @throws IllegalStateException after commit or close
     */
    public Path path(String fileName) {
        requireWriting();
        if (!ModelFile.isValidName(fileName)) {
            throw new IllegalArgumentException("file name: " + fileName
                    + ", expected up to 200 letters, digits, '.', '_', '-', not beginning with '.' or '-'");
        }
        return staging.resolve(fileName);
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
     * {@code model.json} atomically, then deletes older generations. Once only.
     *
     * @param manifest content for {@code model.json}: what {@link Json#write} takes, without the keys
     *     {@code formatVersion}, {@code generation}, {@code files} and {@code crc32c}
     * @throws IllegalArgumentException if the manifest has a reserved key or cannot be written as JSON
     * @throws IllegalStateException after commit or close
     * @throws ModelFormatException if a table is not sealed or damaged
     * @throws StoreException if something cannot be written; the old generation is still current, except when the last
     *     wait for the device failed after the replacement
     */
    public void commit(Map<String, Object> manifest) {
        requireWriting();
        ModelManifest.requireNoReservedKeys(manifest);
        Path temporary = directory.resolve(TEMPORARY_MANIFEST_FILE);
        byte[] json = new ModelManifest(generation, manifest, describeFiles()).encode();
        if (json.length > Json.MAX_BYTES) {
            throw new IllegalArgumentException(
                    "manifest: " + json.length + " bytes of JSON, expected at most " + Json.MAX_BYTES);
        }
        try {
            FileSync.syncDirectory(staging);
            writeAndSync(temporary, json);
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
            deleteAllBut(directory, generation);
        } catch (IOException | UncheckedIOException | StoreException e) {
            // The commit stands. The next writer deletes again, and reports it if it cannot.
            return;
        }
    }

    private List<ModelFile> describeFiles() {
        List<ModelFile> files = new ArrayList<>();
        for (Path file : list(staging)) {
            if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                    || !ModelFile.isValidName(file.getFileName().toString())) {
                throw new StoreException(file + ": expected only files made under names from path()");
            }
            try {
                FileSync.syncFile(file);
            } catch (IOException e) {
                throw StoreException.writing(file, e);
            }
            files.add(ModelFile.of(file));
        }
        return files;
    }

    private static void writeAndSync(Path path, byte[] contents) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE,
                StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer buffer = ByteBuffer.wrap(contents);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            channel.force(true);
        }
    }

    /** Deletes generations and a temporary manifest that no {@code model.json} names; nothing else, whatever lies here. */
    private static void deleteAllBut(Path directory, long generation) throws IOException {
        String keep = ModelDirectory.generationName(generation);
        Files.deleteIfExists(directory.resolve(TEMPORARY_MANIFEST_FILE));
        for (Path entry : list(directory)) {
            String name = entry.getFileName().toString();
            if (name.matches(GENERATION_PATTERN) && !name.equals(keep)) {
                deleteTree(entry);
            }
        }
    }

    private static void deleteTree(Path root) throws IOException {
        List<Path> deepestFirst;
        try (Stream<Path> paths = Files.walk(root)) {
            deepestFirst = paths.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : deepestFirst) {
            Files.deleteIfExists(path);
        }
    }

    private static List<Path> list(Path directory) {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.sorted().toList();
        } catch (IOException e) {
            throw StoreException.reading(directory, e);
        }
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
                Files.deleteIfExists(directory.resolve(TEMPORARY_MANIFEST_FILE));
                deleteTree(staging);
            }
        } catch (IOException | UncheckedIOException e) {
            // Invisible to readers, and the next writer deletes it.
            return;
        } finally {
            closeQuietly(lock);
        }
    }

    private static void closeQuietly(FileChannel lock) {
        try {
            lock.close();
        } catch (IOException e) {
            // The kernel has released lock and descriptor in any case.
            return;
        }
    }
}
