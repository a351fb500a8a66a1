package org.dlrm4j.serve;

import java.time.Duration;
import java.util.List;
import org.dlrm4j.kernels.WeightFormat;
import org.dlrm4j.model.TablePlacement;

/**
 * What a {@link ModelServer} does with a version before requests see it. Immutable and checked on construction.
 *
 * @param verify whether all files are read and compared with their checksums: the first version's by all processors, later ones by the
 *     thread that refreshes, while others score
 * @param prefault whether all pages of tables are read into memory
 * @param placement where they are placed then
 * @param warmUp how long made-up requests are scored at most; zero for not at all
 * @param warmUpBatchSizes samples of these requests, 1 or more each
 * @param keepFormer whether the version before the current one stays open, for {@link ModelServer#rollBack}
 * @param denseWeights what layers multiply with; null: what each version says, float32 if it says nothing
 * @param prefetch whether scorers ask for the rows of a batch ahead, see {@link Model#prefetchLookups}
 * @param hotBytes how much of the tables' first rows is copied into huge pages, see {@link Model#copyHotRows}; 0 for nothing
 */
public record ServerOptions(boolean verify, boolean prefault, TablePlacement placement, Duration warmUp,
        List<Integer> warmUpBatchSizes, boolean keepFormer, WeightFormat denseWeights,
        boolean prefetch, long hotBytes) {
    /** Prefaults, warms up with single requests for a second at most, keeps the former version, and does not verify. */
    public static final ServerOptions DEFAULT = new ServerOptions(false, true, TablePlacement.DEFAULT,
            Duration.ofSeconds(1), List.of(1), true, null, false, 0);

    /**
     * Checks the options.
     *
     * @throws IllegalArgumentException if the warm-up is negative or has no batch sizes, or {@code hotBytes} is negative
     */
    public ServerOptions {
        warmUpBatchSizes = List.copyOf(warmUpBatchSizes);
        if (warmUp.isNegative()) {
            throw new IllegalArgumentException("the warm-up is " + warmUp + ", expected zero or more");
        }
        if (!warmUp.isZero() && warmUpBatchSizes.isEmpty()) {
            throw new IllegalArgumentException("warm-up without batch sizes, expected at least one");
        }
        if (hotBytes < 0) {
            throw new IllegalArgumentException("copies of hot rows: " + hotBytes + " bytes, expected 0 or more");
        }
    }

    /**
     * Returns options that verify or do not.
     *
     * @param newVerify {@link #verify}
     * @return the options
     */
    public ServerOptions withVerify(boolean newVerify) {
        return new ServerOptions(newVerify, prefault, placement, warmUp, warmUpBatchSizes, keepFormer, denseWeights,
                prefetch, hotBytes);
    }

    /**
     * Returns options that prefault to a placement.
     *
     * @param newPlacement {@link #placement}
     * @return the options
     */
    public ServerOptions withPrefault(TablePlacement newPlacement) {
        return new ServerOptions(verify, true, newPlacement, warmUp, warmUpBatchSizes, keepFormer, denseWeights,
                prefetch, hotBytes);
    }

    /**
     * Returns options that leave pages to the first requests that need them.
     *
     * @return the options
     */
    public ServerOptions withoutPrefault() {
        return new ServerOptions(verify, false, placement, warmUp, warmUpBatchSizes, keepFormer, denseWeights,
                prefetch, hotBytes);
    }

    /**
     * Returns options with another warm-up.
     *
     * @param budget {@link #warmUp}
     * @param batchSizes {@link #warmUpBatchSizes}
     * @return the options
     */
    public ServerOptions withWarmUp(Duration budget, List<Integer> batchSizes) {
        return new ServerOptions(verify, prefault, placement, budget, batchSizes, keepFormer, denseWeights, prefetch,
                hotBytes);
    }

    /**
     * Returns options that keep the former version open or do not.
     *
     * @param keep {@link #keepFormer}
     * @return the options
     */
    public ServerOptions withKeepFormer(boolean keep) {
        return new ServerOptions(verify, prefault, placement, warmUp, warmUpBatchSizes, keep, denseWeights, prefetch,
                hotBytes);
    }

    /**
     * Returns options that round the weights of layers of every version.
     *
     * @param format {@link #denseWeights}
     * @return the options
     */
    public ServerOptions withDenseWeights(WeightFormat format) {
        return new ServerOptions(verify, prefault, placement, warmUp, warmUpBatchSizes, keepFormer, format, prefetch,
                hotBytes);
    }

    /**
     * Returns options for tables larger than memory, or not.
     *
     * @param ahead {@link #prefetch}
     * @return the options
     */
    public ServerOptions withPrefetch(boolean ahead) {
        return new ServerOptions(verify, prefault, placement, warmUp, warmUpBatchSizes, keepFormer, denseWeights,
                ahead, hotBytes);
    }

    /**
     * Returns options that copy the first rows of tables into huge pages, or not.
     *
     * @param bytes {@link #hotBytes}
     * @return the options
     */
    public ServerOptions withHotRows(long bytes) {
        return new ServerOptions(verify, prefault, placement, warmUp, warmUpBatchSizes, keepFormer, denseWeights,
                prefetch, bytes);
    }
}
