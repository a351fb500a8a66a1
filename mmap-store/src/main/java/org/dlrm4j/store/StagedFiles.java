package org.dlrm4j.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import org.dlrm4j.os.FileSync;

/** The directory in which a writer collects files before a manifest makes them visible. */
final class StagedFiles {
    private final Path directory;

    private StagedFiles(Path directory) {
        this.directory = directory;
    }

    static StagedFiles create(Path directory) throws IOException {
        Files.createDirectory(directory);
        return new StagedFiles(directory);
    }

    Path directory() {
        return directory;
    }

    Path path(String fileName) {
        if (!ModelFile.isValidName(fileName) || fileName.equals(ModelDirectory.MANIFEST_FILE)) {
            throw new IllegalArgumentException("file name: " + fileName
                    + ", expected up to 200 letters, digits, '.', '_', '-', not beginning with '.' or '-', and not "
                    + ModelDirectory.MANIFEST_FILE);
        }
        return directory.resolve(fileName);
    }

    /** Waits until all files are on the device, and describes them. */
    List<ModelFile> describe() {
        List<ModelFile> files = new ArrayList<>();
        for (Path file : ModelLayout.list(directory)) {
            try {
                if (!Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS).isRegularFile()
                        || !ModelFile.isValidName(file.getFileName().toString())) {
                    throw new StoreException(file + ": expected only files made under names from path()");
                }
                FileSync.syncFile(file);
            } catch (IOException e) {
                throw StoreException.writing(file, e);
            }
            files.add(ModelFile.of(file));
        }
        return files;
    }

    /** Writes the manifest beside the files that it lists, and waits until all names are on the device. */
    void complete(byte[] manifest) throws IOException {
        writeAndSync(directory.resolve(ModelDirectory.MANIFEST_FILE), manifest);
        FileSync.syncDirectory(directory);
    }

    void delete() throws IOException {
        ModelLayout.deleteTree(directory);
    }

    static void writeAndSync(Path path, byte[] contents) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE,
                StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer buffer = ByteBuffer.wrap(contents);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            channel.force(true);
        }
    }
}
