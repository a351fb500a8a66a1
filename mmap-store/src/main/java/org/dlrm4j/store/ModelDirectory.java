package org.dlrm4j.store;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A model on disk: {@code model.json} and the files of one generation beside it.
 *
 * <pre>
 *   M/model.json        the manifest: generation, list of files with checksums, content
 *   M/g000007/...       the files of generation 7, and a manifest of its own
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

    private ModelDirectory(Path directory, Path manifestFile, ModelManifest manifest) {
        this.manifestFile = manifestFile;
        this.manifest = manifest;
        files = new ListedFiles(ModelLayout.generation(directory, manifest.generation()), manifest.files());
    }

    /** Opens the current generation, or an older one by the manifest beside its files. */
    private static ModelDirectory current(Path directory) {
        return new ModelDirectory(directory, directory.resolve(MANIFEST_FILE), ModelManifest.read(directory));
    }

    private static ModelDirectory kept(Path directory, long generation) {
        Path files = ModelLayout.generation(directory, generation);
        Path manifestFile = files.resolve(MANIFEST_FILE);
        ModelManifest manifest = ModelManifest.read(files);
        if (manifest.generation() != generation) {
            throw ModelFormatException.unequal(manifestFile, "generation", manifest.generation(), generation);
        }
        return new ModelDirectory(directory, manifestFile, manifest);
    }

    /** Whether a generation has a manifest and all files that it lists, with their lengths. */
    static boolean isWhole(Path directory, long generation) {
        try {
            kept(directory, generation).files.requireLengths();
            return true;
        } catch (StoreException e) {
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
     * Opens the current generation: reads the manifest and checks that every file is there with its length. Contents are
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
                return loader.apply(model);
            } catch (StoreException e) {
                boolean replaced = ModelManifest.read(directory).generation() != model.generation();
                if (!replaced || attempt == MAX_ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    /**
     * Opens the newest state that is not damaged: the current generation, or else the newest of those kept that the loader can
     * open. Damage is what opening and the loader find; a loader that calls {@link #verify()} finds all.
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
        long newest = newestCandidate(directory);
        for (long generation : ModelLayout.generations(directory)) {
            if (generation <= newest
                    && Files.exists(ModelLayout.generation(directory, generation).resolve(MANIFEST_FILE))) {
                try {
                    ModelDirectory model = kept(directory, generation);
                    model.files.requireLengths();
                    T opened = loader.apply(model);
                    found.forEach(damage);
                    return opened;
                } catch (ModelFormatException e) {
                    found.add(e);
                }
            }
        }
        ModelFormatException first = found.removeFirst();
        found.forEach(first::addSuppressed);
        throw first;
    }

    /** The generation before the damaged one; any that is whole, if it is the directory's manifest that is damaged. */
    private static long newestCandidate(Path directory) {
        try {
            return ModelManifest.read(directory).generation() - 1;
        } catch (ModelFormatException e) {
            return Long.MAX_VALUE;
        }
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
     * Returns the content that the writer gave to {@link ModelWriter#commit}.
     *
     * @return unmodifiable, in the order of writing
     */
    public Map<String, Object> manifest() {
        return manifest.content();
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
     * Reads all files and checks them against their checksums, tables block by block.
     *
     * @throws ModelFormatException if a file is damaged, naming file and place
     * @throws StoreException if a file cannot be read
     */
    public void verify() {
        files.verify();
    }
}
