package org.dlrm4j.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.dlrm4j.kernels.RowFormat;
import org.dlrm4j.store.EmbeddingTable;
import org.dlrm4j.store.StoreException;

/** Where tables that are being trained live. */
@FunctionalInterface
public interface TableStorage {
    /**
     * Creates a writable table of zeros.
     *
     * @param name the table's name
     * @param rows rows
     * @param dim elements a row
     * @param format how rows are stored
     * @return the table, owned by the caller
     * @throws StoreException if there is no room, naming what is needed
     */
    EmbeddingTable create(String name, long rows, int dim, RowFormat format);

    /**
     * Creates the writable zeros that an optimizer keeps for a table's rows, named after the table, a dash and the state.
     *
     * @param table the table
     * @param state the state's name, after the table's
     * @param dim floats a row
     * @return a table of as many rows, placed like {@code table} where the storage places memory; owned by the caller
     * @throws StoreException if there is no room, naming what is needed
     */
    default EmbeddingTable createState(EmbeddingTable table, String state, int dim) {
        return create(table.name() + "-" + state, table.rows(), dim, RowFormat.F32);
    }

    /**
     * Keeps tables in anonymous memory, with huge pages: fastest, limited by the machine's memory.
     *
     * @return the storage
     */
    static TableStorage anonymous() {
        return anonymous(TablePlacement.DEFAULT);
    }

    /**
     * Keeps tables in anonymous memory on NUMA nodes, and the optimizer's state beside them. Where the kernel forbids to
     * place memory, it lies where it is first touched, with one line in the log.
     *
     * @param placement which table goes where
     * @return the storage; creating a table throws {@link org.dlrm4j.os.NativeCallException} if a node has no memory or is
     *     not allowed
     */
    static TableStorage anonymous(TablePlacement placement) {
        return new TableStorage() {
            @Override
            public EmbeddingTable create(String name, long rows, int dim, RowFormat format) {
                return EmbeddingTable.anonymous(name, rows, dim, format, placement.policy(name));
            }

            @Override
            public EmbeddingTable createState(EmbeddingTable table, String state, int dim) {
                return EmbeddingTable.anonymous(table.name() + "-" + state, table.rows(), dim, RowFormat.F32,
                        table.memoryPolicy());
            }
        };
    }

    /**
     * Keeps tables in files that are mapped for writing, for tables larger than memory: the kernel writes pages back as it
     * needs room. The files' names are removed at once, so that their space is freed when the table is closed or the process
     * ends, however it ends. What a process left that was killed between making a file and removing its name is deleted here.
     *
     * @param directory an existing directory on a disk with room for all tables and the optimizer's state, used by processes of
     *     one machine
     * @return the storage
     * @throws StoreException if the directory cannot be read, or leftovers cannot be deleted
     */
    static TableStorage files(Path directory) {
        return files(directory, EmbeddingTable.Allocation.PREALLOCATED);
    }

    /**
     * Keeps tables in files as {@link #files(Path)} does, and chooses when they get their disk space.
     *
     * @param directory an existing directory
     * @param allocation all at once, or a block when a row of it is first written: then tables may be larger than the disk, and
     *     the process dies of SIGBUS if their used rows are
     * @return the storage
     * @throws StoreException if the directory cannot be read, or leftovers cannot be deleted
     */
    static TableStorage files(Path directory, EmbeddingTable.Allocation allocation) {
        WorkFiles.deleteLeftovers(directory);
        return (name, rows, dim, format) -> {
            final Path file = WorkFiles.path(directory, name);
            final EmbeddingTable table = EmbeddingTable.create(file, name, rows, dim, format, allocation);
            try {
                Files.delete(file);
                return table;
            } catch (IOException e) {
                table.close();
                throw new StoreException("cannot delete " + file + ": " + e.getMessage(), e);
            }
        };
    }
}
