package org.dlrm4j.train;

import org.dlrm4j.kernels.RowFormat;
import org.dlrm4j.model.ModelConfig;
import org.dlrm4j.model.TableSpec;
import org.dlrm4j.store.EmbeddingTable;

/**
 * The bytes of what a training run keeps, by formula: what grows with the model and not with the batch.
 *
 * @param tableBytes rows of all tables, with their padding
 * @param tableStateBytes what the optimizer keeps for rows
 * @param parameterBytes parameters outside the tables
 * @param parameterStateBytes what the optimizer keeps for these
 */
public record Footprint(long tableBytes, long tableStateBytes, long parameterBytes, long parameterStateBytes) {
    /**
     * Computes the sizes.
     *
     * @param config the model
     * @param settings how it is trained
     * @param format how rows of embeddings are stored
     * @return its footprint
     */
    public static Footprint of(ModelConfig config, OptimizerSettings settings, RowFormat format) {
        long state = 0;
        for (TableSpec table : config.tables()) {
            final GroupSettings group = settings.of(table.group());
            state += group.states().size() * EmbeddingTable.bytes(table.rows(), group.stateDim(table.dim()));
        }
        final long parameters = config.denseParameters() * Float.BYTES;
        return new Footprint(config.tableBytes(format), state, parameters,
                settings.dense().states().size() * parameters);
    }

    /**
     * Returns what a checkpoint takes on disk. While one is written, the one before is still there.
     *
     * @return bytes, but for headers and checksums: 2 MiB a table and 4 bytes a MiB at most
     */
    public long checkpointBytes() {
        return tableBytes + tableStateBytes + parameterBytes + parameterStateBytes;
    }
}
