package org.dlrm4j.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.dlrm4j.model.Network;
import org.dlrm4j.store.ModelDirectory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process writes checkpoints and deltas and compacts them, another one follows and scores; one of them is killed at a random moment,
 * begins anew, and is killed again, while a server of this process follows all the time. {@code -Ddlrm4j.test.kills=N
 * -Ddlrm4j.test.seed=S} for more.
 */
class ModelServerCrashTest {
    private static final int KILLS = Integer.getInteger("dlrm4j.test.kills", 4);
    private static final long SEED = Long.getLong("dlrm4j.test.seed", System.nanoTime());
    private static final ServerOptions COLD = ServerOptions.DEFAULT.withWarmUp(Duration.ZERO, List.of())
            .withVerify(true);

    @TempDir
    Path temp;

    /** Writes versions for ever, and prints each one that is committed. */
    static final class Writer {
        private Writer() {}

        public static void main(String[] args) {
            final Path directory = Path.of(args[0]);
            final Versions versions = new Versions(directory, 2);
            int version = Files.exists(directory.resolve("model.json"))
                    ? (int) Versions.of(ModelDirectory.open(directory))
                    : 0;
            try (Network network = Versions.network()) {
                while (true) {
                    version++;
                    versions.write(network, version, version % 6 != 1);
                    System.out.println(version);
                    if (version % 4 == 0) {
                        ModelDirectory.compact(directory, 1 + version % 3);
                    }
                }
            }
        }
    }

    /** Follows for ever, and prints each version that scores as it should. */
    static final class Follower {
        private Follower() {}

        public static void main(String[] args) {
            final Random random = new Random(1);
            try (ModelServer server = ModelServer.open(Path.of(args[0]), COLD);
                    FollowingScorer follows = server.scorer(1)) {
                if (server.lastFailure().isPresent()) {
                    throw server.lastFailure().get();
                }
                while (true) {
                    check(follows, random);
                    System.out.println(Versions.of(follows.model()));
                    server.refresh();
                }
            }
        }
    }

    private static void check(FollowingScorer follows, Random random) {
        final Scorer scorer = follows.newest();
        for (int i = 0; i < 20; i++) {
            Versions.assertScores(scorer, Versions.of(follows.model()), random);
        }
    }

    private Process start(Class<?> main, Path directory, Path output) throws IOException, InterruptedException {
        Files.deleteIfExists(output);
        final Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "--add-modules=jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED", "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED", "-cp",
                System.getProperty("java.class.path"), main.getName(), directory.toString())
                .redirectOutput(output.toFile()).redirectError(temp.resolve("errors").toFile()).start();
        while (process.isAlive() && last(output) == 0) {
            TimeUnit.MILLISECONDS.sleep(2);
        }
        return process;
    }

    /** The last number of a whole line, 0 if there is none. */
    private static long last(Path output) throws IOException {
        final String text = Files.exists(output) ? Files.readString(output) : "";
        final int end = text.lastIndexOf('\n');
        return end < 0 ? 0 : Long.parseLong(text.substring(0, end).lines().toList().getLast());
    }

    @Test
    void neitherDeathIsNoticedByAnybodyElse() throws Exception {
        final Random random = new Random(SEED);
        final Path model = temp.resolve("m");
        final Path written = temp.resolve("written");
        final Path followed = temp.resolve("followed");
        Process writer = start(Writer.class, model, written);
        Process follower = start(Follower.class, model, followed);
        try (ModelServer server = ModelServer.open(model, COLD); FollowingScorer follows = server.scorer(1)) {
            server.follow(Duration.ofMillis(3));
            for (int kill = 0; kill < KILLS; kill++) {
                final String what = "seed " + SEED + ", kill " + kill;
                TimeUnit.MICROSECONDS.sleep(random.nextInt(100_000));
                requireAlive(writer, what + ": the writer");
                requireAlive(follower, what + ": the follower");
                if (kill % 2 == 0) {
                    writer.destroyForcibly().waitFor();
                    assertNothingHalfVisible(model, last(written), what);
                    writer = start(Writer.class, model, written);
                } else {
                    final long before = last(written);
                    follower.destroyForcibly().waitFor();
                    assertTrue(last(followed) <= Math.max(before, last(written)) + 1, what);
                    follower = start(Follower.class, model, followed);
                }
                check(follows, random);
                assertEquals(List.of(), server.lastFailure().stream().toList(), what);
            }
            writer.destroyForcibly().waitFor();
            final long newest = assertNothingHalfVisible(model, last(written), "seed " + SEED);
            for (int i = 0; i < 2000 && Versions.of(server.version()) != newest; i++) {
                TimeUnit.MILLISECONDS.sleep(5);
            }
            assertEquals(newest, Versions.of(server.version()), "seed " + SEED);
            check(follows, random);
        } finally {
            writer.destroyForcibly();
            follower.destroyForcibly().waitFor();
        }
    }

    private void requireAlive(Process process, String what) throws IOException {
        assertTrue(process.isAlive(), what + " failed: " + Files.readString(temp.resolve("errors")));
    }

    /** The newest state is the one that the writer reported last, or the next; returns which. */
    private static long assertNothingHalfVisible(Path model, long reported, String what) {
        final ModelDirectory state = ModelDirectory.open(model);
        state.verify();
        final long version = Versions.of(state);
        assertTrue(version == reported || version == reported + 1,
                what + ": found " + version + ", reported " + reported);
        return version;
    }
}
