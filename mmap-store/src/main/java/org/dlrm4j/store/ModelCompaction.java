package org.dlrm4j.store;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Makes one generation of a generation and its deltas. */
final class ModelCompaction {
    private static final long BLOCK_BYTES = 16L << 20;

    private ModelCompaction() {}

    static long run(Path directory, int keep) {
        ModelDirectory before = ModelDirectory.open(directory);
        if (before.deltas() == 0) {
            return before.generation();
        }
        try (ModelWriter writer = ModelDirectory.write(directory, keep)) {
            // Under the lock nobody adds deltas.
            ModelDirectory source = ModelDirectory.open(directory);
            // Copies get new checksums: they must not vouch for damage.
            source.verify();
            for (String name : source.fileNames()) {
                if (source.changes(name)) {
                    copyTable(source, name, writer.path(name));
                } else {
                    link(source.newestPath(name), writer.path(name));
                }
            }
            writer.commit(source.manifest());
            return writer.generation();
        }
    }

    private static void copyTable(ModelDirectory source, String name, Path target) {
        try (EmbeddingTable from = EmbeddingTable.openReadOnly(source.path(name));
                EmbeddingTable to = EmbeddingTable.create(target, from.name(), from.rows(), from.dim(),
                        from.rowFormat(), EmbeddingTable.Allocation.PREALLOCATED)) {
            long bytes = from.rows() * from.rowStrideBytes();
            for (long at = 0; at < bytes; at += BLOCK_BYTES) {
                MemorySegment.copy(from.segment(), from.dataOffset() + at, to.segment(), to.dataOffset() + at,
                        Math.min(BLOCK_BYTES, bytes - at));
            }
            source.applyDeltas(name, to);
            to.seal();
        }
    }

    /** Committed files never change, so that two generations may share one. */
    private static void link(Path source, Path target) {
        try {
            try {
                Files.createLink(target, source);
            } catch (UnsupportedOperationException | FileSystemException e) {
                Files.copy(source, target);
            }
        } catch (IOException e) {
            throw StoreException.writing(target, e);
        }
    }
}
