package org.dlrm4j.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dlrm4j.os.FileSync;

/**
 * Writes what changed since the last delta of a generation: {@link #writeRows} for rows of tables, files under {@link #path}
 * that replace the generation's, then {@link #commit}. A delta becomes visible by one rename of its directory, and not before all its
 * files are on the device.
 *
 * <p>Holds the directory's lock until it is closed; closing without a commit deletes what was written. Not thread-safe.
 */
public final class DeltaWriter implements AutoCloseable {
    private final Path directory;
    private final WriterLock lock;
    private final ModelManifest base;
    private final ModelManifest predecessor;
    private final long sequence;
    private final StagedFiles staging;
    private boolean published;
    private boolean closed;

    private DeltaWriter(Path directory, WriterLock lock, ModelManifest base, ModelManifest predecessor, long sequence,
            StagedFiles staging) {
        this.directory = directory;
        this.lock = lock;
        this.base = base;
        this.predecessor = predecessor;
        this.sequence = sequence;
        this.staging = staging;
    }

    static DeltaWriter start(Path directory, long generation, long after) {
        WriterLock lock = null;
        boolean started = false;
        try {
            ModelManifest.read(directory);
            lock = WriterLock.take(directory);
            ModelManifest base = ModelManifest.read(directory);
            List<ModelDelta> chain = ModelDelta.chain(directory, base);
            if (base.generation() != generation || chain.size() != after) {
                throw new StoreException(directory + ": holds generation " + base.generation() + " with " + chain.size()
                        + " deltas, but the next delta follows generation " + generation + " with " + after
                        + "; somebody else has written here, write a full checkpoint or use another directory");
            }
            Path path = ModelLayout.delta(directory, generation, after + 1);
            Path temporary = path.resolveSibling(path.getFileName() + ModelLayout.TEMPORARY_SUFFIX);
            if (Files.exists(temporary)) {
                // A writer was killed: it would have deleted this otherwise.
                ModelLayout.deleteTree(temporary);
            }
            StagedFiles staging = StagedFiles.create(temporary);
            started = true;
            return new DeltaWriter(directory, lock, base, chain.isEmpty() ? base : chain.getLast().manifest(),
                    after + 1, staging);
        } catch (IOException | UncheckedIOException e) {
            throw StoreException.writing(directory, e);
        } finally {
            if (!started && lock != null) {
                lock.close();
            }
        }
    }

    /**
     * Returns the number that this delta will have.
     *
     * @return 1 for a generation's first
     */
    public long sequence() {
        return sequence;
    }

    /**
     * Writes rows of a table, through a buffer of bounded size.
     *
     * @param tableFile the name of the table's file in the generation
     * @param table the table as it is now, float32 or bf16
     * @param rows which rows
     * @throws IllegalArgumentException if the table is in another format
     * @throws IllegalStateException after commit or close
     * @throws StoreException if the file cannot be written
     */
    public void writeRows(String tableFile, EmbeddingTable table, ChangedRows rows) {
        DeltaRows.write(path(ModelDelta.rowsFile(tableFile)), table, rows);
    }

    /**
     * Returns where to create a file that replaces the generation's of the same name.
     *
     * @param fileName as for {@link ModelWriter#path}
     * @return a path in a directory that exists
     * @throws IllegalArgumentException if the name is not allowed
     * @throws IllegalStateException after commit or close
     */
    public Path path(String fileName) {
        requireWriting();
        return staging.path(fileName);
    }

    /**
     * Makes the delta visible, after all its files are on the device. Once only.
     *
     * @param content keys that replace those of the generation's manifest
     * @throws IllegalArgumentException if the content has a reserved key or cannot be written as JSON
     * @throws IllegalStateException after commit or close
     * @throws StoreException if something cannot be written; the delta is not visible, except when the last wait for the
     *     device failed after the rename
     */
    public void commit(Map<String, Object> content) {
        requireWriting();
        ModelManifest.requireNoReservedKeys(content);
        Path path = ModelLayout.delta(directory, base.generation(), sequence);
        Map<String, Object> all = new LinkedHashMap<>(content);
        all.put(ModelDelta.KEY, ModelDelta.place(sequence, predecessor));
        try {
            staging.complete(new ModelManifest(base.generation(), all, staging.describe()).encode());
            published = true;
            Files.move(staging.directory(), path, StandardCopyOption.ATOMIC_MOVE);
            FileSync.syncDirectory(directory);
        } catch (IOException e) {
            throw StoreException.writing(path, e);
        }
    }

    private void requireWriting() {
        if (closed || published) {
            throw new IllegalStateException(directory + ": delta " + sequence + " of generation " + base.generation()
                    + " is " + (published ? "committed" : "closed") + " already");
        }
    }

    /** Releases the lock; without a commit deletes the files of this delta. A second call does nothing. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            if (!published) {
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
