package org.dlrm4j.cli;

import org.dlrm4j.kernels.RowFormat;
import org.dlrm4j.model.ModelConfig;

/** A model's size in a line. */
public final class ModelText {
    private ModelText() {}

    /** Writes {@code model: 540,201,232 parameters in 26 tables (2.0 GiB), 475,985 in the layers}. */
    public static String size(ModelConfig config, RowFormat format) {
        return "model: " + Sizes.count(config.sparseParameters()) + " parameters in " + config.tables().size()
                + " tables (" + Sizes.bytes(config.tableBytes(format)) + "), " + Sizes.count(config.denseParameters())
                + " in the layers";
    }
}
