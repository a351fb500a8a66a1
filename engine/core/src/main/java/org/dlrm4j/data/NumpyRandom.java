package org.dlrm4j.data;

/**
 * Reproduces NumPy's legacy {@code RandomState} bit for bit, so that a run with the reference's seed sees the
 * reference's numbers. The generator is the Mersenne Twister MT19937 (Matsumoto and Nishimura, 1998).
 *
 * <p>Not thread-safe: each stream belongs to one thread. No method allocates except {@link #permutation}.
 */
public final class NumpyRandom {
    private static final int STATE_WORDS = 624;
    private static final int SHIFT_WORDS = 397;
    private static final int TWIST = 0x9908b0df;
    private static final long UINT32_MAX = 0xffff_ffffL;

    private final int[] state = new int[STATE_WORDS];
    private int position;
    private boolean hasCachedNormal;
    private double cachedNormal;

    /**
     * Makes a stream that starts as {@code numpy.random.seed(seed)} does.
     *
     * @param seed the seed, taken as an unsigned 32-bit number
     */
    public NumpyRandom(int seed) {
        seed(seed);
    }

    /**
     * Restarts the stream as {@code numpy.random.seed(seed)} does; a cached normal deviate is dropped.
     *
     * @param seed the seed, taken as an unsigned 32-bit number
     */
    public void seed(int seed) {
        int word = seed;
        for (int i = 0; i < STATE_WORDS; i++) {
            state[i] = word;
            word = 1812433253 * (word ^ (word >>> 30)) + i + 1;
        }
        position = STATE_WORDS;
        hasCachedNormal = false;
        cachedNormal = 0.0;
    }

    /**
     * Draws the generator's next 32 bits.
     *
     * @return the bits, to be read as an unsigned number
     */
    public int next32() {
        if (position == STATE_WORDS) {
            refill();
        }
        int y = state[position++];
        y ^= y >>> 11;
        y ^= (y << 7) & 0x9d2c5680;
        y ^= (y << 15) & 0xefc60000;
        return y ^ (y >>> 18);
    }

    private void refill() {
        int i = 0;
        for (; i < STATE_WORDS - SHIFT_WORDS; i++) {
            state[i] = state[i + SHIFT_WORDS] ^ twist(state[i], state[i + 1]);
        }
        for (; i < STATE_WORDS - 1; i++) {
            state[i] = state[i + SHIFT_WORDS - STATE_WORDS] ^ twist(state[i], state[i + 1]);
        }
        state[i] = state[SHIFT_WORDS - 1] ^ twist(state[i], state[0]);
        position = 0;
    }

    private static int twist(int upper, int lower) {
        int bits = (upper & 0x80000000) | (lower & 0x7fffffff);
        return (bits >>> 1) ^ (-(bits & 1) & TWIST);
    }

    /**
     * Draws a double uniform in {@code [0, 1)} with 53 random bits, as {@code numpy.random.rand()} does.
     *
     * @return the deviate
     */
    public double nextDouble() {
        int high = next32() >>> 5;
        int low = next32() >>> 6;
        return (high * 67108864.0 + low) / 9007199254740992.0;
    }

    /**
     * Draws {@code low + (high - low) · u} with {@code u} from {@link #nextDouble()}, as
     * {@code numpy.random.uniform} does.
     *
     * @param low  value for {@code u = 0}
     * @param high value that {@code u} approaches at 1
     * @return the deviate
     */
    public double uniform(double low, double high) {
        return low + (high - low) * nextDouble();
    }

    /**
     * Draws {@code mean + deviation · g} with {@code g} standard normal by Marsaglia's polar method. Deviates come in
     * pairs; the second of a pair is kept over calls to other methods, until {@link #seed}.
     *
     * @param mean      centre
     * @param deviation standard deviation
     * @return the deviate
     */
    public double normal(double mean, double deviation) {
        return mean + deviation * standardNormal();
    }

    private double standardNormal() {
        if (hasCachedNormal) {
            hasCachedNormal = false;
            return cachedNormal;
        }
        double x1;
        double x2;
        double squaredRadius;
        do {
            x1 = 2.0 * nextDouble() - 1.0;
            x2 = 2.0 * nextDouble() - 1.0;
            squaredRadius = x1 * x1 + x2 * x2;
        } while (squaredRadius >= 1.0 || squaredRadius == 0.0);
        double factor = Math.sqrt(-2.0 * Math.log(squaredRadius) / squaredRadius);
        cachedNormal = factor * x1;
        hasCachedNormal = true;
        return factor * x2;
    }

    /**
     * Draws an integer uniform in {@code [0, max]} by masking and rejection, as NumPy's {@code random_interval} does.
     *
     * @param max largest value, inclusive; nothing is drawn from the generator when it is 0
     * @return the deviate
     * @throws IllegalArgumentException if {@code max} is negative
     */
    public long interval(long max) {
        if (max < 0) {
            throw new IllegalArgumentException("interval: max is " + max + ", expected 0 or more");
        }
        if (max == 0) {
            return 0;
        }
        long mask = -1L >>> Long.numberOfLeadingZeros(max);
        long value;
        do {
            value = (max <= UINT32_MAX ? next32() & UINT32_MAX : next64()) & mask;
        } while (value > max);
        return value;
    }

    private long next64() {
        long high = (long) next32() << 32;
        return high | (next32() & UINT32_MAX);
    }

    /**
     * Draws an integer uniform in {@code [low, high)}, as {@code numpy.random.randint} does for 64-bit integers.
     *
     * @param low  smallest value
     * @param high end of the range, exclusive
     * @return the deviate
     * @throws IllegalArgumentException if the range is empty or wider than a positive {@code long}
     */
    public long randint(long low, long high) {
        if (low >= high || high - low < 0) {
            throw new IllegalArgumentException(
                    "randint: range [" + low + ", " + high + ") is empty or wider than 2^63");
        }
        return low + interval(high - low - 1);
    }

    /**
     * Draws a permutation of {@code 0 … n - 1}, as {@code numpy.random.permutation(n)} does (Fisher and Yates, from the
     * end).
     *
     * @param n number of elements
     * @return a new array
     * @throws IllegalArgumentException if {@code n} is negative
     */
    public int[] permutation(int n) {
        if (n < 0) {
            throw new IllegalArgumentException("permutation: n is " + n + ", expected 0 or more");
        }
        int[] order = new int[n];
        for (int i = 0; i < n; i++) {
            order[i] = i;
        }
        for (int i = n - 1; i > 0; i--) {
            int j = (int) interval(i);
            int swapped = order[i];
            order[i] = order[j];
            order[j] = swapped;
        }
        return order;
    }
}
