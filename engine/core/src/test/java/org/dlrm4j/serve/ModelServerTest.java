package org.dlrm4j.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.dlrm4j.kernels.WeightFormat;
import org.dlrm4j.data.NumpyRandom;
import org.dlrm4j.model.LogisticRegression;
import org.dlrm4j.model.ModelConfig;
import org.dlrm4j.model.ModelFiles;
import org.dlrm4j.model.Network;
import org.dlrm4j.store.StoreException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.dlrm4j.train.WorkerPool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Versions replace each other under scorers. {@code -Ddlrm4j.test.swaps=N} for more of them. */
class ModelServerTest {
    private static final int SWAPS = Integer.getInteger("dlrm4j.test.swaps", 60);
    private static final long SEED = Long.getLong("dlrm4j.test.seed", 0);
    private static final ServerOptions COLD = ServerOptions.DEFAULT.withWarmUp(Duration.ZERO, List.of());

    @TempDir
    Path directory;
    private Versions versions;

    @BeforeEach
    void name() {
        versions = new Versions(directory, 1);
    }

    /** What this process holds: descriptors and mappings of the kernel's, anonymous memory, and objects. */
    private record Held(long descriptors, long mappings, long anonymousBytes, long heapBytes) {
        static Held now() throws IOException {
            System.gc();
            try (Stream<Path> fds = Files.list(Path.of("/proc/self/fd"));
                    Stream<String> maps = Files.lines(Path.of("/proc/self/maps"));
                    Stream<String> status = Files.lines(Path.of("/proc/self/status"))) {
                final String anonymous = status.filter(line -> line.startsWith("RssAnon:")).findFirst().orElseThrow();
                return new Held(fds.count(), maps.count(), 1024 * Long.parseLong(anonymous.replaceAll("\\D", "")),
                        ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
            }
        }

        /** The JVM itself opens, maps and compiles now and then, and touches more of its heap. */
        void assertNoMoreThan(Held before) {
            assertTrue(descriptors <= before.descriptors + 10 && mappings <= before.mappings + 20
                    && anonymousBytes <= before.anonymousBytes + (128 << 20)
                    && heapBytes <= before.heapBytes + (16 << 20), "before " + before + ", after " + this);
        }
    }

    @Test
    void swapsUnderLoadMixNothingAndLeakNothing() throws Exception {
        try (Network network = Versions.network()) {
            versions.writeNext(network, false);
            final AtomicReference<Throwable> failure = new AtomicReference<>();
            final AtomicBoolean done = new AtomicBoolean();
            final AtomicLong requests = new AtomicLong();
            Held before = null;
            try (ModelServer server = ModelServer.open(directory, COLD)) {
                final List<Thread> readers = new ArrayList<>();
                for (int t = 0; t < 2; t++) {
                    final Random random = new Random(SEED + t);
                    readers.add(Thread.ofPlatform().start(() -> {
                        try (FollowingScorer scorer = server.scorer(4)) {
                            while (!done.get()) {
                                final Scorer now = scorer.newest();
                                final long version = Versions.of(scorer.model());
                                for (int i = 0; i < 5; i++) {
                                    Versions.assertScores(now, version, random);
                                }
                                requests.addAndGet(5);
                            }
                        } catch (Throwable e) {
                            failure.set(e);
                        }
                    }));
                }
                try {
                    for (int swap = 0; swap < SWAPS && failure.get() == null; swap++) {
                        versions.writeNext(network, swap % 8 != 7);
                        assertTrue(server.refresh());
                        assertEquals(versions.written(), version(server));
                        if (swap % 50 == 13) {
                            assertTrue(server.rollBack());
                            assertFalse(server.refresh(), "a version that was left must not come back");
                        }
                        if (swap == SWAPS / 4) {
                            before = Held.now();
                        }
                    }
                } finally {
                    done.set(true);
                    for (Thread reader : readers) {
                        reader.join();
                    }
                }
            }
            if (failure.get() != null) {
                throw new AssertionError(failure.get());
            }
            assertTrue(requests.get() > SWAPS, "requests " + requests);
            Held.now().assertNoMoreThan(before);
        }
    }

    @Test
    void aVersionIsKeptForAsLongAsSomebodyHoldsIt() throws Exception {
        final Random random = new Random(3);
        try (Network network = Versions.network()) {
            versions.writeNext(network, false);
            final ModelServer server = ModelServer.open(directory, COLD.withKeepFormer(false).withVerify(true));
            final FollowingScorer follows = server.scorer(1);
            final Model held = server.acquire();
            final Scorer first = follows.newest();
            assertSame(first, follows.newest());
            versions.writeNext(network, true);
            assertTrue(server.refresh());
            assertFalse(server.refresh(), "nothing is new");
            assertFalse(server.rollBack(), "the former version was not to be kept");
            versions.writeNext(network, false);
            assertTrue(server.refresh());
            Versions.assertScores(first, 1, random);
            try (Scorer late = held.scorer(1)) {
                Versions.assertScores(late, 1, random);
            }
            assertNotSame(first, follows.newest());
            Versions.assertScores(follows.newest(), 3, random);
            assertTrue(isMapped("g000001"), "somebody holds the first version");
            held.close();
            await(() -> !isMapped("g000001"));
            server.close();
            server.close();
            assertThrows(IllegalStateException.class, server::acquire);
            assertThrows(IllegalStateException.class, server::refresh);
            Versions.assertScores(follows.newest(), 3, random);
            assertTrue(isMapped("g000002"));
            follows.close();
            assertFalse(isMapped("g000002"));
            assertThrows(IllegalStateException.class, follows::newest);
            assertThrows(IllegalStateException.class, follows::model);
        }
    }

    @Test
    void everyVersionIsScoredWithTheWeightsThatTheServerSays() {
        try (Network network = Versions.network()) {
            versions.writeNext(network, false);
            try (ModelServer server = ModelServer.open(directory, COLD.withDenseWeights(WeightFormat.BF16));
                    FollowingScorer follows = server.scorer(1)) {
                for (final boolean asDelta : new boolean[]{true, false}) {
                    assertEquals(WeightFormat.BF16, follows.model().denseWeights());
                    versions.writeNext(network, asDelta);
                    assertTrue(server.refresh());
                    follows.newest();
                }
                assertEquals(WeightFormat.BF16, follows.model().denseWeights());
                assertEquals(3, Versions.of(follows.model()));
            }
        }
    }

    @Test
    void rollingBackReturnsToTheFormerVersionUntilThereIsANewerOne() {
        final Random random = new Random(3);
        try (Network network = Versions.network()) {
            versions.writeNext(network, false);
            try (ModelServer server = ModelServer.open(directory, COLD); FollowingScorer follows = server.scorer(1)) {
                assertFalse(server.rollBack());
                versions.writeNext(network, true);
                assertTrue(server.refresh());
                Versions.assertScores(follows.newest(), 2, random);
                assertTrue(server.rollBack());
                Versions.assertScores(follows.newest(), 1, random);
                assertFalse(server.refresh());
                assertFalse(server.rollBack());
                versions.writeNext(network, true);
                assertTrue(server.refresh());
                Versions.assertScores(follows.newest(), 3, random);
            }
        }
    }

    @Test
    void whatCannotBeServedLeavesTheCurrentVersion() throws Exception {
        final Random random = new Random(3);
        try (Network network = Versions.network();
                Network other = Network.create(
                        ModelConfig.of(2, new long[]{Versions.ROWS, Versions.ROWS}, 1, new LogisticRegression()),
                        new NumpyRandom(1))) {
            versions.writeNext(network, false);
            try (ModelServer server = ModelServer.open(directory, COLD); FollowingScorer follows = server.scorer(1)) {
                server.follow(Duration.ofMillis(5));
                assertThrows(IllegalStateException.class, () -> server.follow(Duration.ofMillis(5)));
                versions.writeNext(other, false);
                await(() -> server.lastFailure().isPresent());
                final RuntimeException failure = server.lastFailure().orElseThrow();
                assertTrue(failure instanceof StoreException && failure.getMessage()
                        .contains("generation 2 has 2 dense and 2 sparse features"), failure.getMessage());
                Versions.assertScores(follows.newest(), 1, random);
                versions.writeNext(network, false);
                await(() -> version(server) == 3 && server.lastFailure().isEmpty());
                Versions.assertScores(follows.newest(), 3, random);
                versions.writeNext(network, true);
                await(() -> version(server) == 4);
                final Path rows = directory.resolve("d000003-000001").resolve(tableFile(network, 1) + ".rows");
                flip(rows, Files.size(rows) - 1);
                versions.writeNext(network, true);
                await(() -> server.lastFailure().isPresent());
                assertTrue(server.lastFailure().orElseThrow().getMessage().contains(rows.toString()));
                Versions.assertScores(follows.newest(), 4, random);
            }
        }
    }

    /** What {@link ModelServer} logs. */
    private static List<String> logged(Runnable action) {
        final List<String> messages = new ArrayList<>();
        final Handler handler = new Handler() {
            @Override
            public void publish(LogRecord record) {
                messages.add(record.getLevel() + " " + record.getMessage());
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        final Logger logger = Logger.getLogger("org.dlrm4j.serve");
        logger.addHandler(handler);
        try {
            action.run();
        } finally {
            logger.removeHandler(handler);
        }
        return messages;
    }

    private static String tableFile(Network network, int table) {
        return ModelFiles.tableFile(network.tables().get(table).name());
    }

    private static void flip(Path file, long at) throws IOException {
        try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
            out.seek(at);
            final int old = out.read();
            out.seek(at);
            out.write(old ^ 1);
        }
    }

    @Test
    void aServerStartsWithTheNewestStateThatIsGood() throws IOException {
        versions = new Versions(directory, 2);
        try (Network network = Versions.network()) {
            versions.writeNext(network, false);
            versions.writeNext(network, true);
            versions.writeNext(network, false);
            versions.writeNext(network, true);
            versions.writeNext(network, true);
            final Path delta = directory.resolve("d000002-000002");
            final Path table = directory.resolve("g000002").resolve(tableFile(network, 0));
            final Path dense = delta.resolve("dense.safetensors");
            final Path manifest = delta.resolve("model.json");
            assertStartsWith(4, COLD, dense, Files.size(dense) - 1, "generation 2 and its deltas up to 1");
            assertStartsWith(4, COLD, manifest, Files.size(manifest) / 2, "generation 2 and its deltas up to 1");
            // Nobody needs it beside the delta's, but who lost a block of it may have lost others.
            final Path replaced = directory.resolve("g000002").resolve("dense.safetensors");
            assertStartsWith(2, COLD, replaced, Files.size(replaced) - 1, "generation 1 and its deltas up to 1");
            // Only a server that verifies looks at rows.
            assertStartsWith(2, COLD.withVerify(true), table, Files.size(table) / 2,
                    "generation 1 and its deltas up to 1");
            flip(table, Files.size(table) / 2);
            try (ModelServer server = ModelServer.open(directory, COLD)) {
                assertEquals(5, version(server));
            }
        }
    }

    /** Damages a file, starts a server with version 5 damaged so, mends the file, and expects version 5 again. */
    private void assertStartsWith(long version, ServerOptions options, Path damaged, long at, String state)
            throws IOException {
        flip(damaged, at);
        final ModelServer[] started = new ModelServer[1];
        final List<String> log = logged(() -> started[0] = ModelServer.open(directory, options));
        try (ModelServer server = started[0]; FollowingScorer follows = server.scorer(1)) {
            assertTrue(log.getFirst().startsWith("WARNING " + damaged), log.toString());
            assertEquals("WARNING " + directory + ": serving " + state + ", the newest state that is not damaged",
                    log.getLast());
            Versions.assertScores(follows.newest(), version, new Random(1));
            final String message = server.lastFailure().orElseThrow().getMessage();
            assertTrue(message.startsWith(damaged + ": "), message);
            assertEquals(message, assertThrows(StoreException.class, server::refresh).getMessage());
            Versions.assertScores(follows.newest(), version, new Random(1));
            flip(damaged, at);
            assertTrue(server.refresh());
            assertTrue(server.lastFailure().isEmpty());
            Versions.assertScores(follows.newest(), 5, new Random(1));
        }
    }

    @Test
    void whatIsDamagedIsReadAgainWhenItsFilesChanged() throws Exception {
        versions = new Versions(directory, 2);
        try (Network network = Versions.network()) {
            versions.writeNext(network, false);
            versions.writeNext(network, true);
            versions.writeNext(network, false);
            versions.writeNext(network, true);
            final Path table = directory.resolve("g000002").resolve(tableFile(network, 0));
            final long last = Files.size(table) - 1;
            flip(table, last);
            final List<String> log = logged(() -> followsDamaged(table, last));
            assertEquals(1, log.stream().filter(line -> line.contains(table.toString())).count(), log.toString());
        }
    }

    private void followsDamaged(Path table, long last) {
        try (ModelServer server = ModelServer.open(directory, COLD.withVerify(true))) {
            assertEquals(2, version(server));
            final RuntimeException first = server.lastFailure().orElseThrow();
            server.follow(Duration.ofMillis(1));
            Thread.sleep(50);
            assertSame(first, server.lastFailure().orElseThrow(), "nothing changed");
            final FileTime modified = Files.getLastModifiedTime(table);
            // Changes the time of change.
            Files.setLastModifiedTime(table, modified);
            await(() -> server.lastFailure().orElseThrow() != first);
            final RuntimeException second = server.lastFailure().orElseThrow();
            assertEquals(first.getMessage(), second.getMessage());
            Thread.sleep(50);
            assertSame(second, server.lastFailure().orElseThrow(), "nothing changed");
            assertEquals(first.getMessage(), assertThrows(StoreException.class, server::refresh).getMessage());
            flip(table, last);
            Files.setLastModifiedTime(table, modified);
            await(() -> version(server) == 4 && server.lastFailure().isEmpty());
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aServerDoesNotStartWithoutAGoodState() throws IOException {
        try (Network network = Versions.network()) {
            versions.writeNext(network, false);
            versions.writeNext(network, true);
            final Path dense = directory.resolve("d000001-000001").resolve("dense.safetensors");
            flip(dense, Files.size(dense) - 1);
            flip(directory.resolve("g000001").resolve(tableFile(network, 1)), 0);
            final StoreException e = assertThrows(StoreException.class, () -> ModelServer.open(directory, COLD));
            assertTrue(e.getMessage().startsWith(directory.toString()), e.getMessage());
        }
    }

    private boolean isMapped(String generation) {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/maps"))) {
            return lines.anyMatch(line -> line.contains(directory.resolve(generation).toString()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aRequestThatChangesVersionsMakesNoScorer() {
        final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (Network network = Versions.network()) {
            versions.writeNext(network, false);
            try (ModelServer server = ModelServer.open(directory, COLD);
                    FollowingScorer follows = server.scorer(1000)) {
                long made = Long.MAX_VALUE;
                long changed = Long.MAX_VALUE;
                // The first times also load classes.
                for (int swap = 0; swap < 10; swap++) {
                    versions.writeNext(network, true);
                    assertTrue(server.refresh());
                    final long start = threads.getCurrentThreadAllocatedBytes();
                    follows.newest();
                    final long middle = threads.getCurrentThreadAllocatedBytes();
                    server.scorer(1000).close();
                    changed = Math.min(changed, middle - start);
                    made = Math.min(made, threads.getCurrentThreadAllocatedBytes() - middle);
                }
                assertTrue(changed < 500 && changed < made / 4,
                        "bytes to change " + changed + ", to make a scorer " + made);
            }
        }
    }

    @Test
    void versionsThatAThreadPassedOverAreClosed() throws Exception {
        final Random random = new Random(3);
        try (Network network = Versions.network(); WorkerPool pool = new WorkerPool(2)) {
            versions.writeNext(network, false);
            try (ModelServer server = ModelServer.open(directory, COLD.withKeepFormer(false));
                    FollowingScorer one = server.scorer(1);
                    FollowingScorer pooled = server.scorer(8, pool)) {
                for (int generation = 2; generation <= 4; generation++) {
                    versions.writeNext(network, false);
                    assertTrue(server.refresh());
                }
                assertFalse(isMapped("g000002") || isMapped("g000003"), "nobody can get these any more");
                assertTrue(isMapped("g000001"), "two scorers have not changed yet");
                Versions.assertScores(one.newest(), 4, random);
                Versions.assertScores(pooled.newest(), 4, random);
                await(() -> !isMapped("g000001"));
            }
            assertFalse(isMapped("g000004"));
        }
    }

    private static long version(ModelServer server) {
        return Versions.of(server.version());
    }

    private static void await(java.util.function.BooleanSupplier condition) throws InterruptedException {
        for (int i = 0; i < 2000 && !condition.getAsBoolean(); i++) {
            Thread.sleep(5);
        }
        assertTrue(condition.getAsBoolean());
    }

    @Test
    @Tag("allocation")
    void followingAllocatesNothingWithoutANewVersion() {
        try (Network network = Versions.network()) {
            versions.writeNext(network, false);
            try (ModelServer server = ModelServer.open(directory, ServerOptions.DEFAULT
                    .withWarmUp(Duration.ofMillis(50), List.of(1))); FollowingScorer follows = server.scorer(1)) {
                final float[] dense = {1};
                final long[] rows = {3, 4};
                final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
                long least = Long.MAX_VALUE;
                for (int round = 0; round < 20 && least > 0; round++) {
                    final long before = threads.getCurrentThreadAllocatedBytes();
                    for (int i = 0; i < 10_000; i++) {
                        follows.newest().score(dense, rows);
                    }
                    least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
                }
                assertTrue(least < 10_000, "bytes in 10,000 requests: " + least);
            }
        }
    }

    @Test
    void optionsAreChecked() {
        assertThrows(IllegalArgumentException.class,
                () -> ServerOptions.DEFAULT.withWarmUp(Duration.ofSeconds(-1), List.of(1)));
        assertThrows(IllegalArgumentException.class,
                () -> ServerOptions.DEFAULT.withWarmUp(Duration.ofSeconds(1), List.of()));
    }
}
