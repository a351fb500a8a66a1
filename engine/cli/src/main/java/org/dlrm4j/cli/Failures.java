package org.dlrm4j.cli;

import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import org.dlrm4j.data.DatasetException;
import org.dlrm4j.store.StoreException;
import org.dlrm4j.train.NonFiniteException;

/** Says in one line what went wrong. */
final class Failures {
    private Failures() {}

    static String describe(Throwable failure) {
        return Main.oneLine(switch (failure) {
            // The JDK's messages for these are just the file name.
            case NoSuchFileException e -> e.getFile() + ": no such file or directory";
            case NotDirectoryException e -> e.getFile() + ": not a directory";
            case AccessDeniedException e -> e.getFile() + ": permission denied";
            case FileAlreadyExistsException e -> e.getFile() + ": exists already, and is not a directory";
            case FileSystemException e -> e.getMessage();
            case CommandException e -> e.getMessage();
            case StoreException e -> e.getMessage();
            case DatasetException e -> e.getMessage();
            case NonFiniteException e -> e.getMessage();
            case IllegalArgumentException e when e.getMessage() != null -> e.getMessage();
            case OutOfMemoryError e -> "out of memory: " + e.getMessage()
                    + "; use smaller tables or batches, or a machine with more memory";
            default -> failure + "; --stacktrace shows where";
        });
    }
}
