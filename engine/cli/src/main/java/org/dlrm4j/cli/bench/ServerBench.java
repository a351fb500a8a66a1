package org.dlrm4j.cli.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.HdrHistogram.Histogram;
import org.dlrm4j.cli.Sizes;
import org.dlrm4j.data.Batch;
import org.dlrm4j.model.Network;
import org.dlrm4j.train.WorkerPool;

/**
 * Measures a server: queries arrive by a Poisson process, each is predicted by one thread, and a run is valid if the 99th
 * percentile of the latencies, from the scheduled arrivals, meets a bound.
 */
final class ServerBench implements AutoCloseable {
    /** As many as a 99th percentile needs to have ten values above it. */
    static final int MIN_QUERIES = 1000;

    private static final int MAX_PROBES = 8;
    private static final int HOPELESS_PROBES = 4;
    private static final double SEARCH_PRECISION = 0.02;
    private static final double SPARE_QUERIES = 1.2;

    private final SampleLibrary library;
    private final int querySamples;
    private final WorkerPool pool;
    private final RunTime time;
    private final long boundNanos;
    private final long seed;
    private final List<Server> servers = new ArrayList<>();

    /** One thread's workspace. */
    private static final class Server implements AutoCloseable {
        private final WorkerPool self = new WorkerPool(1);
        private final Batch batch;
        private final BatchForward forward;

        Server(Network network, SampleLibrary library, int querySamples) {
            batch = new Batch(querySamples, library.denseFeatures(), library.sparseFeatures());
            forward = new BatchForward(network, querySamples, self);
        }

        @Override
        public void close() {
            forward.close();
            batch.close();
            self.close();
        }
    }

    /**
     * Allocates workspace.
     *
     * @param network the model; owned by the caller
     * @param library the samples; owned by the caller
     * @param querySamples samples of a query
     * @param pool the threads; owned by the caller
     * @param time how long to measure
     * @param boundNanos what the 99th percentile must meet
     * @param seed seed of the arrivals
     */
    ServerBench(Network network, SampleLibrary library, int querySamples, WorkerPool pool, RunTime time,
            long boundNanos, long seed) {
        this.library = library;
        this.querySamples = querySamples;
        this.pool = pool;
        this.time = time;
        this.boundNanos = boundNanos;
        this.seed = seed;
        for (int i = 0; i < pool.threads(); i++) {
            servers.add(new Server(network, library, querySamples));
        }
    }

    /** Warms up, and tells the rate of queries if a thread takes the next one as soon as it has done one. */
    double capacity() {
        closedLoop(time.warmUpSeconds());
        return closedLoop(time.seconds() / 2);
    }

    private double closedLoop(double seconds) {
        final AtomicLong queries = new AtomicLong();
        final long startNanos = System.nanoTime();
        final long endNanos = startNanos + RunTime.nanos(seconds);
        pool.run(thread -> {
            do {
                serve(thread, queries.getAndIncrement());
            } while (System.nanoTime() < endNanos);
        });
        return queries.get() / ((System.nanoTime() - startNanos) * 1e-9);
    }

    private void serve(int thread, long query) {
        final Server server = servers.get(thread);
        library.read(query * querySamples, querySamples, server.batch);
        server.forward.run(server.batch);
    }

    /** Measures one rate of arrivals. */
    Measurement probe(double queriesPerSecond, double seconds) {
        final OpenLoop loop = new OpenLoop(ArrivalSchedule.poisson(queriesPerSecond, seconds, seed),
                RunTime.nanos(seconds), Clock.SYSTEM);
        final Histogram[] perThread = new Histogram[pool.threads()];
        pool.run(thread -> {
            perThread[thread] = Measurement.histogram();
            loop.serve(query -> serve(thread, query), perThread[thread]);
        });
        final Histogram latencies = Measurement.histogram();
        for (Histogram histogram : perThread) {
            latencies.add(histogram);
        }
        servers.forEach(server -> StepBench.requireProbabilities(server.forward, server.batch.size()));
        final double elapsed = loop.elapsedNanos() * 1e-9;
        return new Measurement().with(Column.QUERIES, latencies.getTotalCount())
                .with(Column.UNSERVED, loop.unserved()).with(Column.SECONDS, elapsed)
                .with(Column.TARGET_QPS, queriesPerSecond).with(Column.QPS, loop.served() / elapsed)
                .with(Column.SAMPLES_PER_SECOND, (double) loop.served() * querySamples / elapsed)
                .withLatencies(latencies).with(Column.BOUND, boundNanos * 1e-3)
                .with(Column.VERDICT, verdict(latencies, loop.unserved(), boundNanos));
    }

    /** Says whether a run is valid, or why it is not. */
    static String verdict(Histogram latencies, int unserved, long boundNanos) {
        final long p99 = latencies.getValueAtPercentile(99);
        if (unserved > 0) {
            return "invalid: given up, " + Sizes.count(unserved) + " queries unserved";
        }
        if (p99 > boundNanos) {
            return "invalid: p99 is " + Sizes.micros(p99) + ", the bound " + Sizes.micros(boundNanos);
        }
        return latencies.getTotalCount() < MIN_QUERIES
                ? "invalid: " + latencies.getTotalCount() + " queries are too few for p99, expected "
                        + Sizes.count(MIN_QUERIES) + "; raise --duration"
                : "valid";
    }

    static boolean isValid(Measurement measurement) {
        return "valid".equals(measurement.value(Column.VERDICT));
    }

    /**
     * Halves the rates between none and what the threads can do at all. Runs are long enough for a 99th percentile, and a rate that
     * fails is tried once more, because others' work on the machine may have been the cause.
     *
     * @param capacity an upper limit, see {@link #capacity}
     * @param listener is told each run
     * @param stopped whether to end early
     * @return the valid run of the highest rate, or the last one if none was valid
     */
    Measurement search(double capacity, Consumer<Measurement> listener, BooleanSupplier stopped) {
        double low = 0;
        double high = capacity;
        Measurement best = null;
        for (int i = 0; i < MAX_PROBES && high - low > SEARCH_PRECISION * high; i++) {
            final double rate = 0.5 * (low + high);
            final double seconds = Math.max(time.seconds(), SPARE_QUERIES * MIN_QUERIES / rate);
            Measurement found = probe(rate, seconds);
            listener.accept(found);
            if (!isValid(found) && !stopped.getAsBoolean()) {
                found = probe(rate, seconds);
                listener.accept(found);
            }
            if (isValid(found)) {
                low = rate;
            } else {
                high = rate;
            }
            if (best == null || isValid(found) || !isValid(best)) {
                best = found;
            }
            // A lower rate changes nothing where queries hardly ever wait.
            if (stopped.getAsBoolean() || low == 0 && i + 1 == HOPELESS_PROBES) {
                break;
            }
        }
        return best;
    }

    @Override
    public void close() {
        servers.forEach(Server::close);
    }
}
