package org.dlrm4j.data;

/**
 * Clicks with a known truth as a data set that takes no room: rows are made as they are read, those held out are the ones behind
 * those to train on.
 */
public final class PlantedDataset implements ClickDataset {
    /** The truth is judged on at most so many rows, as its cost is that of making them once more. */
    private static final long MAX_JUDGED_ROWS = 10_000_000;

    private final PlantedSpec spec;
    private final PlantedClickLog log;
    private final PlantedSource train;
    private final PlantedSource validation;
    private final PlantedSource test;

    /**
     * Makes a data set.
     *
     * @param spec what it holds
     */
    public PlantedDataset(PlantedSpec spec) {
        this.spec = spec;
        log = spec.generator();
        long end = spec.first() + spec.rows();
        train = new PlantedSource(log, spec.first(), end);
        validation = new PlantedSource(log, end, end);
        test = new PlantedSource(log, end, end + spec.heldOut());
    }

    /**
     * Tells what the data set holds.
     *
     * @return the description
     */
    public PlantedSpec spec() {
        return spec;
    }

    /**
     * Judges the truth on the rows held out, the first 10,000,000 of them.
     *
     * @return the best that a model can be expected to reach on them
     * @throws IllegalArgumentException if no rows are held out
     */
    public PlantedOptimum optimum() {
        long from = spec.first() + spec.rows();
        return log.optimum(from, from + Math.min(spec.heldOut(), MAX_JUDGED_ROWS));
    }

    @Override
    public PlantedSource train() {
        return train;
    }

    /** Gives no samples: rows held out are test samples. */
    @Override
    public PlantedSource validation() {
        return validation;
    }

    @Override
    public PlantedSource test() {
        return test;
    }

    @Override
    public long[] tableRows() {
        return spec.shape().tableRows();
    }

    @Override
    public long textRows() {
        return spec.rows() + spec.heldOut();
    }

    @Override
    public long badRows() {
        return 0;
    }

    /** Does nothing: the data set holds no resources. */
    @Override
    public void close() {
        // Sources are plain memory.
    }
}
