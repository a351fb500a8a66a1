package org.dlrm4j.os;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import org.dlrm4j.kernels.RowFormat;
import org.dlrm4j.store.EmbeddingTable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NumaMemoryTest {
    private static final NumaMemory SYSTEM = NumaMemory.system();
    private static final int NODE = NumaTopology.ofThisMachine().memoryNodes().getFirst();
    /** A node that this machine does not have. */
    private static final int ABSENT = 63;

    private final List<String> warnings = new ArrayList<>();

    /** Docker's seccomp filter, for one, forbids the calls: then only the refusal can be tested. */
    private static void assumePermitted() {
        assumeTrue(new LinuxPlacement().getMempolicy(MemoryPolicy.emptyNodeMask()) >= 0,
                "the kernel refuses get_mempolicy");
        assumeTrue(NumaTopology.ofThisMachine().nodes().stream().noneMatch(node -> node.number() == ABSENT));
    }

    @Test
    void boundMemoryHasThePolicyAndItsPagesAreOnTheNode() {
        assumePermitted();
        long bytes = 6L << 20;
        try (NativeMemory memory = NativeMemory.allocate(bytes, MemoryPolicy.bind(NODE))) {
            MemorySegment segment = memory.segment();
            assertEquals(Optional.of(MemoryPolicy.bind(NODE)), SYSTEM.policyOf(segment));
            assertEquals(new PagePlacement(Map.of(), 100), SYSTEM.placement(segment, 100).orElseThrow());
            segment.fill((byte) 1);
            assertEquals(new PagePlacement(Map.of(NODE, 100), 0), SYSTEM.placement(segment, 100).orElseThrow());
        }
    }

    @Test
    void interleavedMemoryHasThePolicy() {
        assumePermitted();
        MemoryPolicy policy = MemoryPolicy.interleave(NumaTopology.ofThisMachine().memoryNodes());
        try (NativeMemory memory = NativeMemory.allocate(1 << 20, policy)) {
            assertEquals(Optional.of(policy), SYSTEM.policyOf(memory.segment()));
        }
    }

    @Test
    void policiesCanBeTakenBack() {
        assumePermitted();
        try (NativeMemory memory = NativeMemory.allocate(4096)) {
            assertEquals(Optional.of(MemoryPolicy.DEFAULT), SYSTEM.policyOf(memory.segment()));
            assertTrue(SYSTEM.apply(memory.segment(), MemoryPolicy.bind(NODE)));
            assertEquals(Optional.of(MemoryPolicy.bind(NODE)), SYSTEM.policyOf(memory.segment()));
            assertTrue(SYSTEM.apply(memory.segment(), MemoryPolicy.DEFAULT));
            assertEquals(Optional.of(MemoryPolicy.DEFAULT), SYSTEM.policyOf(memory.segment()));
        }
    }

    @Test
    void absentNodesAreErrorsThatLeakNothing() throws Exception {
        assumePermitted();
        ProcessState before = ProcessState.now();
        for (int i = 0; i < 200; i++) {
            NativeCallException e = assertThrows(NativeCallException.class,
                    () -> NativeMemory.allocate(5L << 20, MemoryPolicy.bind(ABSENT)));
            assertEquals("mbind", e.call());
            assertEquals(Errno.EINVAL, e.errno());
            assertTrue(e.getMessage().startsWith("mbind(bind to node 63, 5242880 bytes; nodes must have memory"),
                    e.getMessage());
        }
        ProcessState.assertNoLeak(before, 100);
        assertThrows(NativeCallException.class, () -> SYSTEM.setForThread(MemoryPolicy.bind(ABSENT)));
    }

    @Test
    void tablesAreBornWithThePolicy() {
        assumePermitted();
        try (EmbeddingTable table = EmbeddingTable.anonymous("t", 1000, 16, RowFormat.F32, MemoryPolicy.bind(NODE))) {
            assertEquals(Optional.of(MemoryPolicy.bind(NODE)), SYSTEM.policyOf(table.segment()));
            assertEquals(MemoryPolicy.bind(NODE), table.memoryPolicy());
        }
        try (EmbeddingTable table = EmbeddingTable.anonymous("t", 1000, 16)) {
            assertEquals(MemoryPolicy.DEFAULT, table.memoryPolicy());
        }
        assertThrows(NativeCallException.class,
                () -> EmbeddingTable.anonymous("t", 1000, 16, RowFormat.F32, MemoryPolicy.bind(ABSENT)));
    }

    @Test
    void tablesInFilesHaveThePolicyTheyWereReadBy(@TempDir Path dir) {
        assumePermitted();
        try (EmbeddingTable table = EmbeddingTable.create(dir.resolve("t"), "t", 1000, 16)) {
            assertEquals(MemoryPolicy.DEFAULT, table.memoryPolicy());
            // Space that nothing was written to is a hole.
            table.segment().asSlice(table.dataOffset()).fill((byte) 0);
            table.prefault(MemoryPolicy.bind(NODE));
            assertEquals(MemoryPolicy.bind(NODE), table.memoryPolicy());
            assertEquals(MemoryPolicy.DEFAULT, threadPolicy());
            assertEquals(Map.of(NODE, 15), SYSTEM.placement(table.segment(), 15).orElseThrow().pagesByNode());
            assertThrows(NativeCallException.class, () -> table.prefault(MemoryPolicy.bind(ABSENT)));
            assertEquals(MemoryPolicy.bind(NODE), table.memoryPolicy());
        }
    }

    @Test
    void allowedNodesAreThoseOfTheProcess() throws Exception {
        assumePermitted();
        String list = Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("Mems_allowed_list:")).findFirst().orElseThrow().split("\\s+")[1];
        assertEquals(CpuSet.parse(list).stream().boxed().toList(), SYSTEM.allowedNodes().orElseThrow());
    }

    @Test
    void threadPoliciesPlaceWhatTheThreadTouchesAndEnd() throws Exception {
        assumePermitted();
        FutureTask<Void> task = new FutureTask<>(() -> {
            try (NativeMemory memory = NativeMemory.allocate(4096)) {
                MemoryPolicy interleave = MemoryPolicy.interleave(List.of(NODE));
                ThreadMemoryPolicy outer = SYSTEM.setForThread(interleave);
                assertTrue(outer.isSet());
                assertEquals(interleave, threadPolicy());
                memory.segment().set(JAVA_BYTE, 0, (byte) 1);
                assertEquals(Map.of(NODE, 1), SYSTEM.placement(memory.segment(), 1).orElseThrow().pagesByNode());
                try (ThreadMemoryPolicy _ = SYSTEM.setForThread(MemoryPolicy.bind(NODE))) {
                    assertEquals(MemoryPolicy.bind(NODE), threadPolicy());
                }
                assertEquals(interleave, threadPolicy());
                outer.close();
                outer.close();
                assertFalse(outer.isSet());
                assertEquals(MemoryPolicy.DEFAULT, threadPolicy());
            }
            return null;
        });
        Thread.ofPlatform().start(task).join();
        task.get();
    }

    private static MemoryPolicy threadPolicy() {
        long[] nodes = MemoryPolicy.emptyNodeMask();
        int mode = new LinuxPlacement().getMempolicy(nodes);
        return MemoryPolicy.ofKernel(mode, nodes);
    }

    @Test
    void samplesReachFromTheFirstToTheLastPage() {
        assumePermitted();
        long page = Libc.pageBytes();
        try (NativeMemory memory = NativeMemory.allocate(100 * page)) {
            MemorySegment segment = memory.segment();
            segment.set(JAVA_BYTE, 0, (byte) 1);
            segment.set(JAVA_BYTE, 99 * page, (byte) 1);
            assertEquals(new PagePlacement(Map.of(NODE, 2), 98), SYSTEM.placement(segment, 1000).orElseThrow());
            assertEquals(new PagePlacement(Map.of(NODE, 1), 9), SYSTEM.placement(segment, 10).orElseThrow());
            // Two bytes on both sides of a page boundary lie on two pages.
            assertEquals(2, SYSTEM.placement(segment.asSlice(page - 1, 2), 5).orElseThrow().sampledPages());
        }
    }

    @Test
    void pagesOfFilesShowOnceTheyArePrefaulted(@TempDir Path dir) throws Exception {
        assumePermitted();
        Path file = Files.write(dir.resolve("file"), new byte[50 * Libc.pageBytes()]);
        try (MappedFile mapped = MappedFile.map(file, MappedFile.Access.READ_ONLY)) {
            assertEquals(new PagePlacement(Map.of(), 50), SYSTEM.placement(mapped.segment(), 50).orElseThrow());
            try (ThreadMemoryPolicy _ = SYSTEM.setForThread(MemoryPolicy.interleave(List.of(NODE)))) {
                mapped.prefault(0, mapped.segment().byteSize());
            }
            PagePlacement placement = SYSTEM.placement(mapped.segment(), 50).orElseThrow();
            assertEquals(0, placement.absentPages());
            assertEquals(50, placement.sampledPages());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {Errno.EPERM, Errno.ENOSYS})
    void refusalIsOneWarningAndNothingHappens(int errno) {
        FakeCalls calls = new FakeCalls();
        calls.refusal = -errno;
        NumaMemory refused = new NumaMemory(calls, warnings::add);
        try (NativeMemory memory = NativeMemory.allocate(4096)) {
            assertFalse(refused.apply(memory.segment(), MemoryPolicy.bind(0)));
            assertEquals(Optional.empty(), refused.policyOf(memory.segment()));
            assertEquals(Optional.empty(), refused.allowedNodes());
            assertEquals(Optional.empty(), refused.placement(memory.segment(), 1));
            try (ThreadMemoryPolicy policy = refused.setForThread(MemoryPolicy.bind(0))) {
                assertFalse(policy.isSet());
            }
        }
        assertEquals(5, calls.memoryCalls);
        assertEquals(1, warnings.size());
        assertTrue(warnings.getFirst().startsWith("mbind is refused: " + Errno.describe(errno)), warnings::toString);
    }

    @Test
    void otherErrorsAreThrown() {
        FakeCalls calls = new FakeCalls();
        calls.refusal = -12;
        NumaMemory full = new NumaMemory(calls, warnings::add);
        try (NativeMemory memory = NativeMemory.allocate(4096)) {
            assertEquals(12, assertThrows(NativeCallException.class,
                    () -> full.apply(memory.segment(), MemoryPolicy.DEFAULT)).errno());
        }
        assertEquals(List.of(), warnings);
    }

    @Test
    void argumentsAreChecked() {
        try (NativeMemory memory = NativeMemory.allocate(8192)) {
            MemorySegment segment = memory.segment();
            assertThrows(IllegalArgumentException.class, () -> SYSTEM.apply(segment.asSlice(64), MemoryPolicy.DEFAULT));
            assertThrows(IllegalArgumentException.class, () -> SYSTEM.placement(segment, 0));
            assertThrows(IllegalArgumentException.class, () -> SYSTEM.placement(segment, NumaMemory.MAX_SAMPLES + 1));
            assertThrows(IllegalArgumentException.class, () -> SYSTEM.placement(segment.asSlice(0, 0), 1));
        }
        MemorySegment heap = MemorySegment.ofArray(new byte[8192]);
        assertThrows(IllegalArgumentException.class, () -> SYSTEM.apply(heap, MemoryPolicy.DEFAULT));
        assertThrows(IllegalArgumentException.class, () -> SYSTEM.policyOf(heap));
        assertThrows(IllegalArgumentException.class, () -> SYSTEM.placement(heap, 1));
    }

    @Test
    void policiesCheckAndSortTheirNodes() {
        assertEquals(List.of(0, 2), MemoryPolicy.interleave(List.of(2, 0, 2)).nodes());
        assertEquals("interleave over nodes 0,2", MemoryPolicy.interleave(List.of(2, 0)).toString());
        assertEquals("default", MemoryPolicy.DEFAULT.toString());
        assertThrows(IllegalArgumentException.class, () -> MemoryPolicy.interleave(List.of()));
        assertThrows(IllegalArgumentException.class, () -> new MemoryPolicy(MemoryPolicy.Mode.DEFAULT, List.of(1)));
        assertThrows(IllegalArgumentException.class, () -> MemoryPolicy.bind(-1));
        assertThrows(IllegalArgumentException.class, () -> MemoryPolicy.bind(1024));
    }

    @Test
    void histogramsCountNodesAndAbsentPages() {
        PagePlacement placement = PagePlacement.of(new int[]{1, 0, -2, 1, -14});
        assertEquals(new PagePlacement(Map.of(0, 1, 1, 2), 2), placement);
        assertEquals(5, placement.sampledPages());
        assertEquals("[0, 1]", placement.pagesByNode().keySet().toString());
    }

    @Test
    void callNumbersAreThoseOfTheArchitecture() {
        assertEquals(new LinuxPlacement.Numbers(237, 238, 239, 279), LinuxPlacement.Numbers.of("amd64"));
        assertEquals(new LinuxPlacement.Numbers(235, 237, 236, 239), LinuxPlacement.Numbers.of("aarch64"));
        assertEquals(LinuxPlacement.Numbers.NONE, LinuxPlacement.Numbers.of("riscv64"));
    }

    @Test
    void virtualThreadsAreRefusedAndOnlyTheOwnerCloses() throws Exception {
        NumaMemory fake = new NumaMemory(new FakeCalls(), warnings::add);
        FutureTask<ThreadMemoryPolicy> onVirtual = new FutureTask<>(() -> fake.setForThread(MemoryPolicy.DEFAULT));
        Thread.ofVirtual().start(onVirtual).join();
        assertInstanceOf(IllegalStateException.class, onVirtual.exceptionNow());
        FutureTask<ThreadMemoryPolicy> onPlatform = new FutureTask<>(() -> fake.setForThread(MemoryPolicy.DEFAULT));
        Thread.ofPlatform().start(onPlatform).join();
        assertThrows(WrongThreadException.class, onPlatform.get()::close);
    }
}
