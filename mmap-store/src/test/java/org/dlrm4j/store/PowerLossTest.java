package org.dlrm4j.store;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.dlrm4j.os.MemoryTempDir;
import org.dlrm4j.os.ObservedFiles;
import org.dlrm4j.os.SimulatedDisk;
import org.dlrm4j.store.EmbeddingTable.Allocation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Cuts the power of a {@link SimulatedDisk} while checkpoints, deltas and compactions are written, or a table in place. What was
 * reported must be there, whole, or what was being written then. {@code -Ddlrm4j.test.powerlosses=N -Ddlrm4j.test.seed=S} for more.
 */
class PowerLossTest {
    private static final int LOSSES = Integer.getInteger("dlrm4j.test.powerlosses", 200);
    /** A disk goes through so many losses, one after the other. */
    private static final int LOSSES_OF_A_DISK = 5;

    @TempDir(factory = MemoryTempDir.class)
    Path temp;

    /** The state after an operation, and the events of the disk during it. */
    private record Done(int from, int to, StoredState state) {}

    @Test
    void theNewestModelThatWasReportedIsThereAfterALoss() throws IOException {
        long seed = Long.getLong("dlrm4j.test.seed", System.nanoTime());
        Map<Boolean, Integer> inFlight = new TreeMap<>();
        for (int loss = 0; loss < LOSSES; loss += LOSSES_OF_A_DISK) {
            modelThroughLosses(seed + loss, inFlight);
        }
        assertEquals(2, inFlight.size(), () -> "seed " + seed + ": what was being written was there: " + inFlight);
    }

    private void modelThroughLosses(long seed, Map<Boolean, Integer> inFlight) throws IOException {
        Random random = new Random(seed);
        // One in eight is of more than one block of checksums.
        int rows = random.nextInt(8) == 0 ? 20_000 : 1 + random.nextInt(300);
        StoredState state = StoredState.random(rows, 1 + random.nextInt(20), random);
        Path disk = Files.createDirectory(temp.resolve("disk"));
        for (int loss = 0; loss < LOSSES_OF_A_DISK; loss++) {
            String what = "seed " + seed + ", loss " + loss;
            SimulatedDisk recorded = new SimulatedDisk(disk);
            Path model = new ObservedFiles(recorded).path(disk).resolve("runs/today/model");
            List<Done> done = new ArrayList<>(List.of(new Done(0, recorded.now(), state)));
            for (int operations = 1 + random.nextInt(4); operations > 0; operations--) {
                int from = recorded.now();
                state = operate(model, state, random);
                done.add(new Done(from, recorded.now(), state));
            }
            int begin = done.getFirst().to;
            int cut = recorded.moment(begin, random);
            Path after = Files.createDirectory(temp.resolve("after"));
            recorded.cut(cut, random, after);
            StoredState reported = done.stream().filter(each -> each.to <= cut).toList().getLast().state;
            StoredState writing = done.stream().filter(each -> each.from < cut && cut < each.to).findFirst()
                    .map(Done::state).orElse(reported);
            ModelLayout.deleteTree(disk);
            Files.move(after, disk);
            state = requireOneOf(disk.resolve("runs/today/model"), reported, writing, what);
            if (writing.steps() > reported.steps()) {
                inFlight.merge(state == writing, 1, Integer::sum);
            }
        }
        ModelLayout.deleteTree(disk);
    }

    private static StoredState operate(Path model, StoredState state, Random random) throws IOException {
        int keep = 1 + random.nextInt(3);
        long[] changed = random.longs(1 + random.nextInt(40), 0, state.items().length / state.dim()).toArray();
        StoredState next = state.next(changed, random);
        int kind = state.steps() == 0 ? 0 : random.nextInt(6);
        if (kind == 0) {
            next.checkpoint(model, keep, random.nextBoolean(),
                    random.nextBoolean() ? Allocation.SPARSE : Allocation.PREALLOCATED);
            requireNothingUnfinished(model, keep);
            return next;
        }
        if (kind == 1) {
            if (ModelDirectory.open(model).deltas() > 0) {
                ModelDirectory.compact(model, keep);
                requireNothingUnfinished(model, keep);
            }
            return state;
        }
        next.delta(model, changed);
        return next;
    }

    static void requireNothingUnfinished(Path model, int keep) throws IOException {
        try (Stream<Path> entries = Files.list(model)) {
            List<String> names = entries.map(entry -> entry.getFileName().toString()).toList();
            assertTrue(names.stream().noneMatch(name -> name.endsWith(".tmp")), names::toString);
            assertTrue(names.stream().filter(name -> name.startsWith("g")).count() <= keep, names::toString);
            TreeSet<String> generations = new TreeSet<>();
            names.stream().filter(name -> name.startsWith("g")).forEach(name -> generations.add(name.substring(1)));
            assertTrue(names.stream().filter(name -> name.startsWith("d"))
                    .allMatch(name -> generations.contains(name.substring(1, 7))), names::toString);
        }
    }

    /** Returns which of two states is stored. */
    private static StoredState requireOneOf(Path model, StoredState reported, StoredState writing, String what) {
        long steps;
        try {
            steps = StoredState.steps(model);
        } catch (NoSuchModelException e) {
            assertEquals(0, reported.steps(), what + ": " + e.getMessage());
            return reported;
        } catch (StoreException e) {
            throw new AssertionError(what, e);
        }
        assertTrue(steps == reported.steps() || steps == writing.steps(), () -> what + ": found " + steps
                + ", reported " + reported.steps() + ", writing " + writing.steps());
        StoredState found = steps == writing.steps() ? writing : reported;
        found.requireStored(model, what);
        return found;
    }

    @Test
    void aTableThatWasSealedIsThereAfterALoss() throws IOException {
        long seed = Long.getLong("dlrm4j.test.seed", System.nanoTime());
        Map<String, Integer> found = new TreeMap<>();
        for (int loss = 0; loss < LOSSES; loss += LOSSES_OF_A_DISK) {
            tableThroughLosses(seed + loss, found);
        }
        assertEquals(Set.of("before", "open", "written"), found.keySet(), () -> "seed " + seed + ": " + found);
    }

    private void tableThroughLosses(long seed, Map<String, Integer> foundWhileWriting) throws IOException {
        Random random = new Random(seed);
        long rows = random.nextInt(8) == 0 ? 20_000 : 1 + random.nextInt(500);
        int dim = 1 + random.nextInt(20);
        Path disk = Files.createDirectory(temp.resolve("disk"));
        Path file = disk.resolve("t");
        float value = 0;
        Float before = null;
        for (int loss = 0; loss < LOSSES_OF_A_DISK; loss++) {
            String what = "seed " + seed + ", loss " + loss;
            SimulatedDisk recorded = new SimulatedDisk(disk);
            Path table = new ObservedFiles(recorded).path(file);
            int begin = recorded.now();
            if (!Files.exists(file)) {
                EmbeddingTable.create(table, "t", rows, dim,
                        random.nextBoolean() ? Allocation.SPARSE : Allocation.PREALLOCATED).close();
            }
            int created = recorded.now();
            value++;
            write(table, rows, dim, value);
            int sealed = recorded.now();
            int cut = recorded.moment(begin, random);
            Path after = Files.createDirectory(temp.resolve("after"));
            recorded.cut(cut, random, after);
            ModelLayout.deleteTree(disk);
            Files.move(after, disk);
            if (cut < created) {
                // Nothing was reported: the name may be missing, or the file not be whole.
                Files.deleteIfExists(file);
                continue;
            }
            Float found = sealedValue(file, rows, dim, what);
            assertTrue(found == null ? cut < sealed : found.equals(before) && cut < sealed || found.equals(value),
                    () -> what + ": found " + found);
            if (cut < sealed) {
                foundWhileWriting.merge(found == null ? "open" : found.equals(before) ? "before" : "written", 1,
                        Integer::sum);
            }
            if (found == null) {
                // Most cuts leave the table open; the next one is to have something to lose.
                write(file, rows, dim, value);
            }
            before = found == null ? Float.valueOf(value) : found;
        }
        ModelLayout.deleteTree(disk);
    }

    private static void write(Path file, long rows, int dim, float value) {
        try (EmbeddingTable table = EmbeddingTable.openWritable(file)) {
            for (long row = 0; row < rows; row++) {
                for (int d = 0; d < dim; d++) {
                    table.segment().set(JAVA_FLOAT, table.rowOffset(row) + 4L * d, value);
                }
            }
            table.seal();
        }
    }

    /** Returns what all rows of a sealed table hold, or null if the table is open. */
    private static Float sealedValue(Path file, long rows, int dim, String what) {
        try (EmbeddingTable table = EmbeddingTable.openReadOnly(file)) {
            table.verify();
            float value = table.segment().get(JAVA_FLOAT, table.rowOffset(0));
            for (long row = 0; row < rows; row++) {
                for (int d = 0; d < dim; d++) {
                    assertEquals(value, table.segment().get(JAVA_FLOAT, table.rowOffset(row) + 4L * d), what);
                }
            }
            return value;
        } catch (ModelFormatException e) {
            assertEquals("state", e.field(), () -> what + ": " + e.getMessage());
            return null;
        }
    }
}
