package org.dlrm4j.store;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongConsumer;

/**
 * A model on disk: {@code model.json} and the files of one generation beside it.
 *
 * <pre>
 *   M/model.json        the manifest: generation, list of files with checksums, content
 *   M/g000007/...       the files of generation 7, and a manifest of its own
 *   M/d000007-000001/.. what changed since, and a manifest of its own; then d000007-000002 and so on
 *   M/.lock             locked by the writer
 * </pre>
 *
 * <p>A generation becomes visible when its {@code model.json} is renamed into place, and not before all its files are on the
 * device. Whatever happens to a writer, {@link #open} finds the old generation or the new one, whole.
 *
 * <p>Instances are immutable and hold no resources. A file that was opened stays readable after a writer has replaced its
 * generation; a file that was not is gone by then, which {@link #load} takes care of.
 */
public final class ModelDirectory {
    /** The name of the manifest in a model directory. */
    public static final String MANIFEST_FILE = "model.json";

    private static final int MAX_ATTEMPTS = 100;

    private final Path manifestFile;
    private final ModelManifest manifest;
    private final ListedFiles files;
    private final List<ModelDelta> deltas;
    private final Map<String, Object> content;
    private final boolean newest;

    private ModelDirectory(Path manifestFile, ModelManifest manifest, ListedFiles files, List<ModelDelta> deltas,
            boolean newest) {
        this.manifestFile = manifestFile;
        this.manifest = manifest;
        this.files = files;
        this.deltas = deltas;
        this.newest = newest;
        Map<String, Object> merged = new LinkedHashMap<>(manifest.content());
        deltas.forEach(delta -> merged.putAll(delta.manifest().content()));
        merged.remove(ModelDelta.KEY);
        content = Collections.unmodifiableMap(merged);
    }

    private static ModelDirectory withoutDeltas(Path directory, Path manifestFile, ModelManifest manifest,
            boolean newest) {
        return new ModelDirectory(manifestFile, manifest,
                new ListedFiles(ModelLayout.generation(directory, manifest.generation()), manifest.files()), List.of(),
                newest);
    }

    private ModelDirectory with(List<ModelDelta> someDeltas) {
        return new ModelDirectory(manifestFile, manifest, files, someDeltas, newest);
    }

    /** Opens the current generation, or an older one by the manifest beside its files. */
    private static ModelDirectory current(Path directory) {
        return withoutDeltas(directory, directory.resolve(MANIFEST_FILE), ModelManifest.read(directory), true);
    }

    private static ModelDirectory kept(Path directory, long generation) {
        Path files = ModelLayout.generation(directory, generation);
        Path manifestFile = files.resolve(MANIFEST_FILE);
        ModelManifest manifest = ModelManifest.read(files);
        if (manifest.generation() != generation) {
            throw ModelFormatException.unequal(manifestFile, "generation", manifest.generation(), generation);
        }
        return withoutDeltas(directory, manifestFile, manifest, false);
    }

    /**
     * Whether a generation has a manifest and all files that it lists, with their lengths.
     *
     * @throws StoreException if that cannot be told, because something cannot be read
     */
    static boolean isWhole(Path directory, long generation) {
        try {
            kept(directory, generation).files.requireLengths();
            return true;
        } catch (NoSuchModelException | ModelFormatException e) {
            return false;
        }
    }

    /**
     * Starts a new generation. The directory is created if it does not exist. What crashed writers left behind is deleted.
     *
     * @param directory the model directory
     * @return a writer that holds the directory's lock until it is closed
     * @throws StoreException if another writer holds the lock, or the directory cannot be written
     * @throws ModelFormatException if {@code model.json} is damaged and no generation is whole: nothing is deleted
     */
    public static ModelWriter write(Path directory) {
        return write(directory, 1);
    }

    /**
     * Starts a new generation that, once committed, leaves older ones in place. The directory is created if it does not exist.
     * What crashed writers left behind is deleted.
     *
     * @param directory the model directory
     * @param keep generations that the commit leaves, the new one among them, 1 or more: the newest whose files are whole
     * @return a writer that holds the directory's lock until it is closed
     * @throws IllegalArgumentException if {@code keep} is less than 1
     * @throws StoreException if another writer holds the lock, or the directory cannot be written
     * @throws ModelFormatException if {@code model.json} is damaged and no generation is whole: nothing is deleted
     */
    public static ModelWriter write(Path directory, int keep) {
        return ModelWriter.start(directory, keep);
    }

    /**
     * Opens the current generation with all its deltas: reads the manifest and checks that every file is there with its length. Contents are
     * checked by {@link #verify()}, table headers when the tables are opened. Retries if a writer replaces the generation
     * meanwhile.
     *
     * @param directory the model directory
     * @return the current generation
     * @throws NoSuchModelException if the directory does not exist or nothing was committed to it
     * @throws ModelFormatException if the manifest is damaged, or a file is missing or has another length
     * @throws StoreException if the directory cannot be read
     */
    public static ModelDirectory open(Path directory) {
        return load(directory, Function.identity());
    }

    /**
     * Opens the current generation and what the caller wants of it. If that fails because a writer replaced the generation
     * meanwhile, starts again with the new one.
     *
     * @param <T> what the loader returns
     * @param directory the model directory
     * @param loader opens files of the generation; if it throws {@code StoreException} it must have closed what it opened
     * @return what the loader returned
     * @throws NoSuchModelException if the directory does not exist or nothing was committed to it
     * @throws ModelFormatException if the manifest is damaged, or a file is missing or has another length
     * @throws StoreException if the directory cannot be read, or from the loader
     */
    public static <T> T load(Path directory, Function<? super ModelDirectory, ? extends T> loader) {
        for (int attempt = 1;; attempt++) {
            ModelDirectory model = current(directory);
            try {
                model.files.requireLengths();
                return loader.apply(model.with(ModelDelta.chain(directory, model.manifest)));
            } catch (StoreException e) {
                boolean replaced = ModelManifest.read(directory).generation() != model.generation();
                if (!replaced || attempt == MAX_ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    /**
     * Opens the newest state that is not damaged: the current generation with all deltas, or with those before the first damaged
     * one, or else the newest of those kept that the loader can open. Damage is what opening and the loader find; a loader that calls {@link #verify()} finds all.
     *
     * @param <T> what the loader returns
     * @param directory the model directory
     * @param loader opens files of the generation; if it throws {@code StoreException} it must have closed what it opened
     * @param damage is told of everything newer that is damaged, before this returns an older state; never called if the current
     *     one is whole
     * @return what the loader returned
     * @throws NoSuchModelException if the directory does not exist or nothing was committed to it
     * @throws ModelFormatException if everything is damaged: what is wrong with the newest; the rest is suppressed
     * @throws StoreException if the directory cannot be read, or from the loader
     */
    public static <T> T loadNewestGood(Path directory, Function<? super ModelDirectory, ? extends T> loader,
            Consumer<? super ModelFormatException> damage) {
        List<ModelFormatException> found = new ArrayList<>();
        try {
            return load(directory, loader);
        } catch (ModelFormatException e) {
            found.add(e);
        }
        long current = currentOr(directory, Long.MAX_VALUE);
        for (long generation : ModelLayout.generations(directory)) {
            // Without deltas to leave out, the current generation has failed already.
            if (generation > current
                    || generation == current && ModelLayout.lastDelta(directory, generation) == 0) {
                continue;
            }
            try {
                ModelDirectory model = kept(directory, generation);
                model.files.requireLengths();
                List<ModelDelta> good = ModelDelta.goodPart(directory, model.manifest);
                if (generation < current || good.size() < ModelLayout.lastDelta(directory, generation)) {
                    T opened = loader.apply(model.with(good));
                    found.forEach(damage);
                    return opened;
                }
            } catch (NoSuchModelException e) {
                // Being deleted, or of an early version, which wrote no manifest here.
                continue;
            } catch (ModelFormatException e) {
                found.add(e);
            }
        }
        ModelFormatException first = found.removeFirst();
        found.forEach(first::addSuppressed);
        throw first;
    }

    private static long currentOr(Path directory, long otherwise) {
        try {
            return ModelManifest.read(directory).generation();
        } catch (ModelFormatException e) {
            return otherwise;
        }
    }

    /**
     * Starts the next delta of the current generation.
     *
     * @param directory the model directory
     * @param generation the generation that the writer knows to be current
     * @param after number of its deltas that the writer knows
     * @return a writer that holds the directory's lock until it is closed
     * @throws StoreException if the directory's state is another one, if another writer holds the lock, or if the directory cannot
     *     be written
     * @throws ModelFormatException if a manifest is damaged
     */
    public static DeltaWriter writeDelta(Path directory, long generation, long after) {
        return DeltaWriter.start(directory, generation, after);
    }

    /**
     * Makes a new generation of the current one and its deltas, in memory of a few MiB. Tables with changed rows are written anew, holes
     * of sparse ones left out. What no delta changes is a hard link where the file system has them, if the old generation goes; if it
     * is kept, a copy, so that no block of the disk is part of both.
     *
     * @param directory the model directory
     * @param keep generations to keep, the new one among them, 1 or more
     * @return the number of the new generation, or of the current one if it has no deltas: nothing is written then
     * @throws ModelFormatException if a file is damaged; nothing changes
     * @throws StoreException if something cannot be read or written; nothing changes
     */
    public static long compact(Path directory, int keep) {
        return ModelCompaction.run(directory, keep);
    }

    /**
     * Returns the number of the generation.
     *
     * @return 1 for the first, one more with each commit
     */
    public long generation() {
        return manifest.generation();
    }

    /**
     * Returns the content that the writer gave to {@link ModelWriter#commit}, with what deltas replace.
     *
     * @return unmodifiable, in the order of writing
     */
    public Map<String, Object> manifest() {
        return content;
    }

    /**
     * Returns the names of the generation's files.
     *
     * @return unmodifiable, sorted
     */
    public List<String> fileNames() {
        return files.names();
    }

    /**
     * Returns where the manifest is, for messages about its contents.
     *
     * @return the path of {@code model.json}; of an older generation that beside its files
     */
    public Path manifestFile() {
        return manifestFile;
    }

    /**
     * Returns where a file of this generation is.
     *
     * @param fileName a name of {@link #fileNames()}
     * @return its path
     * @throws NoSuchElementException if the generation has no such file, naming directory and file
     */
    public Path path(String fileName) {
        return files.path(fileName);
    }

    /**
     * Returns how many deltas are part of this state.
     *
     * @return 0 if it is the generation alone
     */
    public long deltas() {
        return deltas.size();
    }

    /**
     * Returns a checksum that stands for this state: the CRC32C of its last manifest, which has those of its files and of the
     * manifest before.
     *
     * @return an unsigned 32-bit number
     */
    public int checksum() {
        return (deltas.isEmpty() ? manifest : deltas.getLast().manifest()).checksum();
    }

    /**
     * Returns whether this is the directory's newest state, or {@link #loadNewestGood} left something newer out.
     *
     * @return whether a delta may follow this state
     */
    public boolean isNewest() {
        return newest;
    }

    /**
     * Returns where the newest state of a file is: in the last delta that replaces it, or in the generation. What is no table is
     * checked against its checksum first, in the generation and in that delta.
     *
     * @param fileName a name of {@link #fileNames()}
     * @return its path
     * @throws NoSuchElementException if the generation has no such file, naming directory and file
     * @throws ModelFormatException if the file is damaged
     */
    public Path newestPath(String fileName) {
        if (!isTable(fileName)) {
            files.verify(fileName);
        }
        for (ModelDelta delta : deltas.reversed()) {
            if (delta.has(fileName)) {
                delta.files().verify(fileName);
                return delta.files().path(fileName);
            }
        }
        return path(fileName);
    }

    boolean isTable(String fileName) {
        return files.isTable(fileName);
    }

    /**
     * Returns whether deltas change rows of a table.
     *
     * @param tableFile the table's file in the generation
     * @return whether {@link #applyDeltas} would write
     */
    public boolean changes(String tableFile) {
        return deltas.stream().anyMatch(delta -> delta.has(ModelDelta.rowsFile(tableFile)));
    }

    /**
     * Brings a table up to date: writes the rows of all deltas, in order, each checked against its checksum first.
     *
     * @param tableFile the table's file in the generation
     * @param table a writable table with the generation's rows
     * @throws ModelFormatException if a delta is damaged or does not fit the table, naming file and field; earlier deltas may be
     *     written then
     */
    public void applyDeltas(String tableFile, EmbeddingTable table) {
        forEachDelta(tableFile, rows -> {
            try (DeltaRows changed = DeltaRows.open(rows, table)) {
                changed.copyTo(table);
            }
        });
    }

    /** Opens the changed rows of a table in all deltas, in order, each file checked against its checksum first. */
    List<DeltaRows> openChanges(String tableFile, EmbeddingTable table) {
        List<DeltaRows> changes = new ArrayList<>();
        try {
            forEachDelta(tableFile, rows -> changes.add(DeltaRows.open(rows, table)));
        } catch (StoreException e) {
            changes.forEach(DeltaRows::close);
            throw e;
        }
        return changes;
    }

    private void forEachDelta(String tableFile, Consumer<Path> action) {
        String rows = ModelDelta.rowsFile(tableFile);
        for (ModelDelta delta : deltas) {
            if (delta.has(rows)) {
                delta.files().verify(rows);
                action.accept(delta.files().path(rows));
            }
        }
    }

    /**
     * Returns how many bytes {@link #verify()} reads.
     *
     * @return the lengths of all files, those of deltas too, holes included
     */
    public long bytes() {
        return listed().stream().flatMap(each -> each.files().stream()).mapToLong(ModelFile::bytes).sum();
    }

    private List<ListedFiles> listed() {
        List<ListedFiles> all = new ArrayList<>(List.of(files));
        deltas.forEach(delta -> all.add(delta.files()));
        return all;
    }

    /**
     * Reads all files, those of deltas too, and checks them against their checksums, tables block by block, on all processors.
     *
     * @throws ModelFormatException if a file is damaged, naming file and place
     * @throws StoreException if a file cannot be read
     */
    public void verify() {
        verify(Runtime.getRuntime().availableProcessors(), done -> {});
    }

    /**
     * Reads all files, those of deltas too, and checks them against their checksums, tables block by block. Holes of sparse files are not read. Of several
     * damages the first is named: the generation's files in order of their names, blocks in order, then those of deltas.
     *
     * @param threads threads that read and check, 1 or more
     * @param progress told by the calling thread, several times a second, how many of {@link #bytes} are done
     * @throws ModelFormatException if a file is damaged, naming file and place; of a table block, byte range and row range
     * @throws StoreException if a file cannot be read, or the calling thread is interrupted
     * @throws IllegalArgumentException if {@code threads} is less than 1
     */
    public void verify(int threads, LongConsumer progress) {
        if (threads < 1) {
            throw new IllegalArgumentException("threads: " + threads + ", expected 1 or more");
        }
        try (Verification verification = new Verification(listed())) {
            verification.run(threads, progress);
        }
    }
}
