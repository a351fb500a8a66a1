package org.dlrm4j.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.NoSuchElementException;

/** The files that a manifest lists, in their directory. */
record ListedFiles(Path directory, List<ModelFile> files) {
    List<String> names() {
        return files.stream().map(ModelFile::name).toList();
    }

    Path path(String fileName) {
        find(fileName);
        return directory.resolve(fileName);
    }

    boolean isTable(String fileName) {
        return find(fileName).isTable();
    }

    private ModelFile find(String fileName) {
        for (ModelFile file : files) {
            if (file.name().equals(fileName)) {
                return file;
            }
        }
        throw new NoSuchElementException(directory + ": no file " + fileName + "; there are " + names());
    }

    /** Checks that every file is there with its length. */
    void requireLengths() {
        for (ModelFile file : files) {
            Path path = directory.resolve(file.name());
            try {
                long bytes = Files.size(path);
                if (bytes != file.bytes()) {
                    throw ModelFormatException.unequal(path, "file length", bytes,
                            file.bytes() + " as in " + ModelDirectory.MANIFEST_FILE
                                    + "; restore the model from a copy");
                }
            } catch (NoSuchFileException e) {
                throw new ModelFormatException(path, "file", "does not exist, but " + ModelDirectory.MANIFEST_FILE
                        + " lists it; restore the model from a copy");
            } catch (IOException e) {
                throw StoreException.reading(path, e);
            }
        }
    }

    void verify() {
        for (ModelFile file : files) {
            file.verify(directory.resolve(file.name()));
        }
    }

    void verify(String fileName) {
        find(fileName).verify(directory.resolve(fileName));
    }
}
