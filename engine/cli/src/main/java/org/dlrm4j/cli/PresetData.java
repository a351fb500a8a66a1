package org.dlrm4j.cli;

import java.util.Arrays;
import org.dlrm4j.data.ClickDataset;
import org.dlrm4j.data.PlantedShape;
import org.dlrm4j.model.ModelConfig;
import org.dlrm4j.preset.Preset;

/** What a preset asks of data, and planted clicks that have it. */
record PresetData(Preset preset) {
    /** Returns clicks with the preset's features; bags have the preset's largest size. */
    PlantedShape shape() {
        final ModelConfig config = preset.workload().config();
        return new PlantedShape(config.denseFeatures(), config.rows(), preset.workload().bagRows(),
                PlantedShape.EXPONENT);
    }

    /** Returns the preset's model if the data have as many features and values as it. */
    ModelConfig config(String data, ClickDataset dataset) {
        final ModelConfig config = preset.workload().config();
        final long[] rows = ClickData.tableRows(dataset);
        final String model = "preset " + preset.name();
        final String remedy = "; give data of this shape, " + data
                + " without --preset and with --arch options, or no --data for synthetic clicks";
        if (dataset.train().denseFeatures() != config.denseFeatures() || rows.length != config.sparseFeatures()) {
            throw new CommandException(data + ": has " + dataset.train().denseFeatures() + " dense and " + rows.length
                    + " sparse features, but " + model + " has " + config.denseFeatures() + " and "
                    + config.sparseFeatures() + remedy);
        }
        final int different = Arrays.mismatch(rows, config.rows());
        if (different >= 0) {
            throw new CommandException(data + ": sparse feature " + different + " has " + Sizes.count(rows[different])
                    + " values, but " + model + " has a table of " + Sizes.count(config.rows()[different]) + " rows"
                    + remedy);
        }
        return config;
    }
}
