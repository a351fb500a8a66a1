package org.dlrm4j.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.function.Function;

/**
 * A model on disk: {@code model.json} and the files of one generation beside it.
 *
 * <pre>
 *   M/model.json        the manifest: generation, list of files with checksums, content
 *   M/g000007/...       the files of generation 7
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

    private final Path directory;
    private final ModelManifest manifest;

    private ModelDirectory(Path directory, ModelManifest manifest) {
        this.directory = directory;
        this.manifest = manifest;
    }

    /**
     * Starts a new generation. The directory is created if it does not exist. What crashed writers left behind is deleted.
     *
     * @param directory the model directory
     * @return a writer that holds the directory's lock until it is closed
     * @throws StoreException if another writer holds the lock, or the directory cannot be written
     * @throws ModelFormatException if the directory holds a damaged {@code model.json}: nothing is deleted
     */
    public static ModelWriter write(Path directory) {
        return ModelWriter.start(directory);
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
            ModelManifest manifest = ModelManifest.read(directory);
            ModelDirectory model = new ModelDirectory(directory, manifest);
            try {
                model.requireFiles();
                return loader.apply(model);
            } catch (StoreException e) {
                boolean replaced = ModelManifest.read(directory).generation() != manifest.generation();
                if (!replaced || attempt == MAX_ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    private void requireFiles() {
        for (ModelFile file : manifest.files()) {
            Path path = path(file.name());
            try {
                long bytes = Files.size(path);
                if (bytes != file.bytes()) {
                    throw ModelFormatException.unequal(path, "file length", bytes,
                            file.bytes() + " as in " + MANIFEST_FILE + "; restore the model from a copy");
                }
            } catch (NoSuchFileException e) {
                throw new ModelFormatException(path, "file",
                        "does not exist, but " + MANIFEST_FILE + " lists it; restore the model from a copy");
            } catch (IOException e) {
                throw StoreException.reading(path, e);
            }
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
        return manifest.files().stream().map(ModelFile::name).toList();
    }

    /**
     * Returns where the manifest is, for messages about its contents.
     *
     * @return the path of {@code model.json}
     */
    public Path manifestFile() {
        return directory.resolve(MANIFEST_FILE);
    }

    /**
     * Returns where a file of this generation is.
     *
     * @param fileName a name of {@link #fileNames()}
     * @return its path
     * @throws NoSuchElementException if the generation has no such file, naming directory and file
     */
    public Path path(String fileName) {
        if (manifest.files().stream().noneMatch(file -> file.name().equals(fileName))) {
            throw new NoSuchElementException(
                    directory + ", generation " + generation() + ": no file " + fileName + "; there are "
                            + fileNames());
        }
        return directory.resolve(generationName(manifest.generation())).resolve(fileName);
    }

    /**
     * Reads all files and checks them against their checksums, tables block by block.
     *
     * @throws ModelFormatException if a file is damaged, naming file and place
     * @throws StoreException if a file cannot be read
     */
    public void verify() {
        for (ModelFile file : manifest.files()) {
            file.verify(path(file.name()));
        }
    }

    static String generationName(long generation) {
        return String.format("g%06d", generation);
    }
}
