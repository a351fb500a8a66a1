package org.dlrm4j.os;

import java.nio.file.Path;

/**
 * Sees the calls on the files of an {@link ObservedFiles}: asked before each one, told after those that changed something. Threads may
 * call at once. Paths are those of the default file system.
 */
public interface FileObserver {
    /** Kinds of calls. */
    enum Call {
        OPEN, CREATE, READ, WRITE, SYNC, CLOSE, STATUS, LIST, CREATE_DIRECTORY, REMOVE, RENAME, LINK, SET_LENGTH, MAP, LOCK
    }

    /** Returns 0, or the errno with which a call is to fail. A failing close closes. */
    default int refuses(Call call, Path path) {
        return 0;
    }

    /** Returns how many of the bytes of a read or write that is to succeed are transferred. */
    default int transferred(Call call, Path path, int bytes) {
        return bytes;
    }

    /** Returns what stands for an open file in later calls, whatever becomes of its name. */
    default Object opened(Path path) {
        return path;
    }

    default void created(Path path, boolean directory) {}

    default void removed(Path path) {}

    default void renamed(Path from, Path to) {}

    default void linked(Path link, Path existing) {}

    default void written(Object file, long position, byte[] bytes) {}

    /** The file has this length if it was shorter, or if it is cut. */
    default void lengthSet(Object file, long bytes, boolean cut) {}

    default void synced(Object file) {}

    /** What is stored at these addresses goes to the file. */
    default void mapped(Object file, long address, long bytes) {}

    /** Before the mapping ends. */
    default void unmapping(long address) {}
}
