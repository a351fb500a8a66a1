package org.dlrm4j.model;

import org.dlrm4j.data.Batch;

/**
 * What the cost of an operator depends on beside the network. Immutable.
 *
 * @param samples samples that it works on
 * @param rowsPerBag mean number of rows a bag, of each sparse feature, then of each that is derived
 */
public record BatchShape(double samples, double[] rowsPerBag) {
    /** Copies the numbers. */
    public BatchShape {
        rowsPerBag = rowsPerBag.clone();
    }

    /**
     * Measures a batch.
     *
     * @param batch a complete batch; {@link Network#derive} has seen it if the network derives features
     * @param network the network that will read it
     * @return its samples and mean bags
     */
    public static BatchShape of(Batch batch, Network network) {
        final double[] rows = new double[batch.sparseFeatures() + network.derivedFeatures()];
        for (int f = 0; f < rows.length; f++) {
            rows[f] = (double) batch.indexCount(f) / Math.max(1, batch.size());
        }
        return new BatchShape(batch.size(), rows);
    }

    /**
     * Returns the shape of a part of such a batch, or of several.
     *
     * @param count samples
     * @return the same bags
     */
    public BatchShape withSamples(double count) {
        return new BatchShape(count, rowsPerBag);
    }

    /**
     * Returns the mean number of rows a bag.
     *
     * @return a copy
     */
    @Override
    public double[] rowsPerBag() {
        return rowsPerBag.clone();
    }

    double rows(int feature) {
        return samples * rowsPerBag[feature];
    }
}
