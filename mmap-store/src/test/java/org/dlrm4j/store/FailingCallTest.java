package org.dlrm4j.store;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.dlrm4j.os.FailingCall;
import org.dlrm4j.os.FailingCall.Fault;
import org.dlrm4j.os.MemoryTempDir;
import org.dlrm4j.os.ObservedFiles;
import org.dlrm4j.os.ProcessState;
import org.dlrm4j.store.EmbeddingTable.Allocation;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Lets the first call on a file fail, then the second, and so on until none does, of each operation on a model. An error names the file
 * and the cause; the model is there as it was before or, where the error came after the change, as it is then; nothing leaks; and what
 * failed leaves nothing once it has succeeded.
 */
class FailingCallTest {
    private static final int ROWS = 50;

    @TempDir(factory = MemoryTempDir.class)
    Path temp;

    private final Random random = new Random(1);
    private StoredState state = StoredState.random(ROWS, 4, random);

    @ParameterizedTest
    @EnumSource
    void eachCallMayFail(Fault fault) throws IOException {
        Path model = temp.resolve("new/m");
        for (ModelOperation operation : ModelOperation.values()) {
            int n = 0;
            FailingCall failing;
            do {
                if (operation.compareTo(ModelOperation.DELTA) >= 0 && ModelDirectory.open(model).deltas() != 1) {
                    // The same calls each time: a chain that grows has more.
                    run(ModelOperation.CHECKPOINT, model, FailingCall.NONE, fault);
                    run(ModelOperation.DELTA, model, FailingCall.NONE, fault);
                }
                failing = new FailingCall(fault, ++n);
                run(operation, model, failing, fault);
            } while (failing.failed() != null);
            boolean never = switch (fault) {
                case ENOSPC -> operation.compareTo(ModelOperation.COMPACTION) > 0;
                case ENOMEM -> operation == ModelOperation.DELTA;
                default -> false;
            };
            assertEquals(never, n == 1, () -> operation + ", calls that can fail with " + fault);
            PowerLossTest.requireNothingUnfinished(model, ModelOperation.KEEP);
        }
    }

    private void run(ModelOperation operation, Path model, FailingCall failing, Fault fault) throws IOException {
        long[] changed = ModelOperation.changedRows(state, random);
        StoredState next = state.next(changed, random);
        Exception error = null;
        try {
            operation.run(new ObservedFiles(failing).path(model), state, next, changed);
        } catch (StoreException | IOException e) {
            // Of the store, or of the file that is written beside it.
            error = e;
        }
        String what = operation + ", " + fault + " at " + failing.failed() + ": " + error;
        if (error instanceof StoreException) {
            assertTrue(error.getMessage().contains(model.toString())
                    && fault.names().stream().anyMatch(error.getMessage()::contains), what);
        }
        assertEquals(List.of(), ProcessState.heldIn(temp), what);
        boolean stored = operation.storesNext() && (error == null || storedSteps(model) == next.steps());
        state = stored ? next : state;
        if (state.steps() > 0) {
            state.requireStored(model, what);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aFileThatCannotBeWrittenIsNotLeft(Fault fault) throws IOException {
        Path file = temp.resolve("t");
        try (EmbeddingTable source = EmbeddingTable.anonymous("t", ROWS, 4)) {
            requireNothingLeft(fault, file, path -> EmbeddingTable.create(path, "t", ROWS, 4).close());
            requireNothingLeft(fault, file,
                    path -> EmbeddingTable.create(path, "t", ROWS, 4, Allocation.SPARSE).close());
            requireNothingLeft(fault, file, path -> TableFiles.write(source, path));
            requireNothingLeft(fault, file, path -> Safetensors.write(path,
                    Map.of("w", new Tensor(TensorType.F32, source.segment(), ROWS, 4)), Map.of()));
        }
    }

    private static void requireNothingLeft(Fault fault, Path file, Consumer<Path> write) throws IOException {
        FailingCall failing;
        int n = 0;
        do {
            failing = new FailingCall(fault, ++n);
            boolean written = true;
            try {
                write.accept(new ObservedFiles(failing).path(file));
            } catch (StoreException e) {
                written = false;
            }
            String what = fault + " at " + failing.failed();
            assertEquals(List.of(), ProcessState.heldIn(file.getParent()), what);
            assertEquals(written, Files.deleteIfExists(file), what);
        } while (failing.failed() != null);
    }

    @ParameterizedTest
    @EnumSource
    void aTableThatCannotBeWrittenInPlaceIsAsBeforeOrOpen(Fault fault) throws IOException {
        Path file = temp.resolve("t");
        try (EmbeddingTable table = EmbeddingTable.create(file, "t", ROWS, 4)) {
            table.seal();
        }
        FailingCall failing;
        int n = 0;
        do {
            failing = new FailingCall(fault, ++n);
            boolean written = true;
            try (EmbeddingTable table = EmbeddingTable.openWritable(new ObservedFiles(failing).path(file))) {
                table.segment().set(JAVA_FLOAT, table.rowOffset(n % ROWS), n);
                table.seal();
            } catch (StoreException e) {
                written = false;
            }
            String what = fault + " at " + failing.failed();
            assertEquals(List.of(), ProcessState.heldIn(temp), what);
            try (EmbeddingTable table = EmbeddingTable.openReadOnly(file)) {
                table.verify();
                assertTrue(!written || table.segment().get(JAVA_FLOAT, table.rowOffset(n % ROWS)) == n, what);
            } catch (ModelFormatException e) {
                assertTrue(!written && e.field().equals("state"), what + ": " + e.getMessage());
            }
        } while (failing.failed() != null);
    }

    private static long storedSteps(Path model) {
        try {
            return StoredState.steps(model);
        } catch (NoSuchModelException e) {
            return 0;
        }
    }
}
