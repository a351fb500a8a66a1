package org.dlrm4j.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.dlrm4j.data.NumpyRandom;
import org.dlrm4j.model.ModelConfig;
import org.dlrm4j.model.ModelFiles;
import org.dlrm4j.model.Network;
import org.dlrm4j.serve.FollowingScorer;
import org.dlrm4j.serve.ModelServer;
import org.dlrm4j.serve.Scorer;
import org.dlrm4j.serve.ServerOptions;
import org.dlrm4j.store.ModelDirectory;
import org.dlrm4j.store.ModelWriter;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Single requests while another thread loads one version after the other: opens, verifies, reads into memory, warms up and publishes
 * it, then begins anew. What counts are the percentiles, with {@link #swapping} over without. The versions are two models that a
 * symbolic link leads to in turn; their files stay in the page cache.
 */
@BenchmarkMode(Mode.SampleTime)
@Warmup(iterations = 4, time = 5)
@Measurement(iterations = 5, time = 10)
public class ModelSwapBenchmark extends KernelBenchmark {
    private static final int REQUESTS = 4096;

    /** Whether versions change meanwhile. */
    @Param({"false", "true"})
    boolean swapping;

    /** Whether each is verified before. */
    @Param({"false", "true"})
    boolean verify;

    /** No table has more rows than this. */
    @Param({"1000000"})
    long maxRows;

    private Path home;
    private Path served;
    private ModelServer server;
    private FollowingScorer scorer;
    private float[][] dense;
    private long[][] indices;
    private int next;
    private Thread swapper;
    private volatile boolean done;
    private volatile long swaps;

    /**
     * Writes the models and opens one.
     *
     * @throws IOException if they cannot be written
     */
    @Setup(Level.Trial)
    public void setUp() throws IOException {
        home = Files.createTempDirectory("dlrm4j-swap");
        served = home.resolve("served");
        final ModelConfig config = ModelBenchmark.Kind.DLRM.config(maxRows);
        for (int seed = 0; seed < 2; seed++) {
            try (Network network = Network.create(config, new NumpyRandom(seed));
                    ModelWriter writer = ModelDirectory.write(model(seed))) {
                final Map<String, Object> manifest = new LinkedHashMap<>();
                ModelFiles.write(writer, network, null, manifest);
                writer.commit(manifest);
            }
        }
        link(0);
        drawRequests(config);
        server = ModelServer.open(served, ServerOptions.DEFAULT.withVerify(verify).withWarmUp(Duration.ofSeconds(1),
                List.of(1)));
        scorer = server.scorer(1);
        if (swapping) {
            swapper = Thread.ofPlatform().daemon().name("swapper").start(this::swap);
        }
    }

    private void drawRequests(ModelConfig config) {
        final SplittableRandom random = new SplittableRandom(3);
        dense = new float[REQUESTS][config.denseFeatures()];
        indices = new long[REQUESTS][config.sparseFeatures()];
        for (int request = 0; request < REQUESTS; request++) {
            for (int d = 0; d < dense[request].length; d++) {
                dense[request][d] = (float) random.nextDouble();
            }
            for (int f = 0; f < indices[request].length; f++) {
                indices[request][f] = random.nextLong(config.rows()[f]);
            }
        }
    }

    private Path model(int number) {
        return home.resolve("model" + number);
    }

    private void link(int number) throws IOException {
        final Path link = Files.createSymbolicLink(home.resolve("next"), model(number));
        Files.move(link, served, StandardCopyOption.ATOMIC_MOVE);
    }

    private void swap() {
        try {
            while (!done) {
                link((int) (1 + swaps) % 2);
                if (!server.refresh()) {
                    throw new IllegalStateException("no new version");
                }
                swaps++;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Scores the next request.
     *
     * @return the probability
     */
    @Benchmark
    public float score() {
        final int request = next;
        next = request + 1 & REQUESTS - 1;
        final Scorer newest = scorer.newest();
        return newest.score(dense[request], indices[request]);
    }

    /** Says on each iteration how many versions there were. */
    @TearDown(Level.Iteration)
    public void report() {
        System.out.print(swapping ? "(" + swaps + " swaps) " : "");
    }

    /**
     * Ends the swaps and removes the models.
     *
     * @throws IOException if they cannot be removed
     * @throws InterruptedException if the thread is interrupted
     */
    @TearDown(Level.Trial)
    public void tearDown() throws IOException, InterruptedException {
        done = true;
        if (swapper != null) {
            swapper.join();
            if (swaps == 0) {
                throw new IllegalStateException("no version was swapped; measure longer");
            }
        }
        scorer.close();
        server.close();
        TemporaryFiles.delete(home);
    }
}
