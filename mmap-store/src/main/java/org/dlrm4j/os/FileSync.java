package org.dlrm4j.os;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Waits until files and directory entries are on the device. */
public final class FileSync {
    private FileSync() {}

    /**
     * Waits until contents and length of a file are on the device.
     *
     * @param file an existing file
     * @throws IOException if the file cannot be opened or the device reports an error
     */
    public static void syncFile(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
    }

    /**
     * Waits until the entries of a directory (creations, renames, deletions) are on the device.
     *
     * @param directory an existing directory
     * @throws IOException if the directory cannot be opened or the device reports an error
     */
    public static void syncDirectory(Path directory) throws IOException {
        // Linux lets a directory be opened for reading and synchronised, the only way to make a rename durable.
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /**
     * Creates a directory and those above it that are missing, and waits until the entries of all that were created are on the
     * device. Does nothing if the directory exists.
     *
     * @param directory the directory to have
     * @throws IOException if it cannot be created, or the device reports an error
     */
    public static void createDirectories(Path directory) throws IOException {
        if (Files.isDirectory(directory)) {
            return;
        }
        Path parent = directory.toAbsolutePath().getParent();
        createDirectories(parent);
        Files.createDirectories(directory);
        syncDirectory(parent);
    }
}
