package org.dlrm4j.data.trace;

import org.dlrm4j.data.NumpyRandom;
import org.dlrm4j.data.RowStream;

/**
 * Makes a trace with the stack distances of a profile (Hassan et al., 2007). Each access draws a distance, see
 * {@link DistanceDraw}, and takes the row at that depth of a least-recently-used stack; distance 0 takes the deepest, which is
 * the next row never accessed so far as long as there is one.
 *
 * <p>An access costs {@code O(log n)} with n rows; the reference's costs {@code O(n)}, and it begins anew in each bag, so that
 * its batches have no locality. Here the trace goes on over bags and batches. Not thread-safe.
 */
public final class TraceGenerator implements RowStream {
    /** What an access does to the stack. */
    public enum Policy {
        /** The row comes to the top: distances of the trace are those drawn. */
        LRU,
        /** A row that was accessed before stays where it is, the reference's RAND variant. */
        RAND
    }

    private final TraceProfile profile;
    private final DistanceDraw draw;
    private final Policy policy;
    private final int seed;
    private final NumpyRandom random;
    private DistanceDraw.Source distances;
    private LruStack stack;
    private long seen;

    /**
     * Makes a generator.
     *
     * @param profile what the trace shall be like
     * @param draw    how distances are chosen; {@link DistanceDraw#INDEPENDENT} gives the reference's trace, bit for bit
     * @param policy  what an access does to the stack
     * @param seed    seed of the stream
     */
    public TraceGenerator(TraceProfile profile, DistanceDraw draw, Policy policy, int seed) {
        this.profile = profile;
        this.draw = draw;
        this.policy = policy;
        this.seed = seed;
        this.random = new NumpyRandom(seed);
        restart();
    }

    @Override
    public long next() {
        int distance = distances.next(seen);
        int element = stack.at(distance == 0 ? stack.size() : distance);
        if (distance == 0) {
            seen++;
        }
        if (distance == 0 || policy == Policy.LRU) {
            stack.touch(element);
        }
        return profile.row(element);
    }

    @Override
    public void restart() {
        random.seed(seed);
        distances = draw.source(profile, random);
        stack = new LruStack(profile.distinctRows());
        seen = 0;
    }
}
