package org.dlrm4j.store;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.dlrm4j.os.NativeCallException;

/** Tells that tables or models could not be read or written; the message names the file and the remedy. */
public class StoreException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * Makes an exception.
     *
     * @param message what went wrong, with the file's name
     */
    public StoreException(String message) {
        super(message);
    }

    /**
     * Makes an exception for a failed operation of the system.
     *
     * @param message what went wrong, with the file's name
     * @param cause the exception of the operation
     */
    public StoreException(String message, Throwable cause) {
        super(message, cause);
    }

    static StoreException reading(Path file, Exception cause) {
        return new StoreException(file + ": cannot be read: " + describe(cause), cause);
    }

    /** For when it is not known how many bytes the system could not write. */
    static StoreException writing(Path file, Exception cause) {
        return writing(file, "", cause);
    }

    static StoreException writing(Path file, long neededBytes, Exception cause) {
        return writing(file, neededBytes + " bytes needed, ", cause);
    }

    private static StoreException writing(Path file, String needed, Exception cause) {
        if (isOutOfSpace(cause)) {
            return new StoreException(file + ": disk full: " + needed + availableBytes(file)
                    + " bytes available; free space or choose another directory", cause);
        }
        return new StoreException(file + ": cannot be written: " + describe(cause), cause);
    }

    private static boolean isOutOfSpace(Exception cause) {
        if (cause instanceof NativeCallException nativeCall) {
            return nativeCall.isOutOfSpace();
        }
        // FileChannel passes strerror's text on and no number.
        String message = String.valueOf(cause.getMessage());
        return message.contains("No space left on device") || message.contains("Disk quota exceeded");
    }

    private static String availableBytes(Path file) {
        try {
            return Long.toString(Files.getFileStore(file.toAbsolutePath().getParent()).getUsableSpace());
        } catch (IOException e) {
            return "an unknown number of";
        }
    }

    private static String describe(Exception cause) {
        return switch (cause) {
            // The JDK's messages for these are just the file name.
            case NoSuchFileException e -> "no such file or directory: " + e.getFile();
            case FileAlreadyExistsException e -> "already exists; delete it or choose another name";
            case AccessDeniedException e -> "permission denied: " + e.getFile();
            default -> cause.getMessage() == null ? cause.toString() : cause.getMessage();
        };
    }
}
