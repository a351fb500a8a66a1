package org.dlrm4j.cli.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.dlrm4j.cli.CommandException;
import org.dlrm4j.cli.Sizes;
import org.dlrm4j.kernels.RowFormat;
import org.dlrm4j.kernels.WeightFormat;
import org.dlrm4j.data.NumpyRandom;
import org.dlrm4j.model.Network;
import org.dlrm4j.model.TablePlacement;
import org.dlrm4j.model.TableStorage;
import org.dlrm4j.os.Advice;
import org.dlrm4j.preset.RandomTables;
import org.dlrm4j.preset.Workload;
import org.dlrm4j.store.EmbeddingTable;
import org.dlrm4j.train.GroupSettings;
import org.dlrm4j.train.WorkerPool;

/**
 * Where tables that are measured live: in memory, all written, or in sparse files, nothing written.
 *
 * @param directory of the files; null for memory
 * @param availableBytes memory that can still be had, if it is known
 */
record TableMemory(Path directory, OptionalLong availableBytes) {
    /** The rest is for samples, activations, and what else runs here. */
    private static final double SHARE = 0.8;

    /** Refuses a directory that is none. */
    void check() {
        if (directory != null && !Files.isDirectory(directory)) {
            throw new CommandException(
                    directory + ": no such directory; make it, on a disk with room for the rows that "
                            + "will be touched");
        }
    }

    /**
     * Returns the bytes that tables may take, so that the state of their optimizer fits, too.
     *
     * @param optimizer how tables are trained; null if they are not
     * @param dim width of the tables
     */
    long maxTableBytes(GroupSettings optimizer, int dim) {
        if (directory != null || availableBytes.isEmpty()) {
            return Long.MAX_VALUE;
        }
        return (long) (SHARE * availableBytes.getAsLong() / (1 + (optimizer == null ? 0 : stateShare(optimizer, dim))));
    }

    /** Returns how many times a table's size the optimizer's state takes. */
    private static double stateShare(GroupSettings optimizer, int dim) {
        return switch (optimizer.kind()) {
            case SGD -> optimizer.momentum() > 0 ? 1 : 0;
            case ROW_WISE_ADAGRAD -> 1.0 / dim;
            case ADAGRAD -> 1;
            case ADAM, ADAMW, FTRL -> 2;
        };
    }

    /** Says what was scaled, and how that can be avoided. */
    String describeScaling(Workload full, Workload scaled) {
        return "tables: " + Sizes.count(full.rows()) + " rows scaled by "
                + Sizes.decimal((double) scaled.rows() / full.rows(), 4) + " to " + Sizes.count(scaled.rows()) + ", "
                + Sizes.bytes(scaled.config().tableBytes()) + " of " + Sizes.bytes(full.config().tableBytes())
                + ", to fit with the optimizer's state into " + Math.round(100 * SHARE) + " % of the "
                + Sizes.bytes(availableBytes.orElseThrow()) + " that are available; --tables DIR maps them in full";
    }

    /** Makes a network with tables that cost what real ones do. */
    Network create(Workload workload, RowFormat format, WeightFormat denseWeights, int seed, TablePlacement placement,
            WorkerPool pool) {
        final NumpyRandom random = new NumpyRandom(seed);
        if (directory == null) {
            final Network network = Network.createWithEmptyTables(workload.config(), random,
                    TableStorage.anonymous(placement), format, denseWeights);
            RandomTables.fill(network, seed, pool);
            return network;
        }
        final Network network = Network.createWithEmptyTables(workload.config(), random,
                TableStorage.files(directory, EmbeddingTable.Allocation.SPARSE), format, denseWeights);
        // Read-ahead would fill the memory with rows that nobody looks up.
        network.tables().forEach(table -> table.advise(Advice.RANDOM));
        return network;
    }
}
