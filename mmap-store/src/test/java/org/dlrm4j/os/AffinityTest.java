package org.dlrm4j.os;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AffinityTest {
    @TempDir(factory = MemoryTempDir.class)
    private Path root;
    private final List<String> warnings = new ArrayList<>();
    private final FakeCalls calls = new FakeCalls();

    private Affinity fake() {
        return new Affinity(calls, new SystemFiles(root), warnings::add);
    }

    /** What the kernel itself writes about the calling thread, the oracle for what the calls do. */
    private static CpuSet allowedOfThisThread() throws IOException {
        return Files.readAllLines(Path.of("/proc/thread-self/status")).stream()
                .filter(line -> line.startsWith("Cpus_allowed_list:"))
                .map(line -> CpuSet.parse(line.substring(line.indexOf(':') + 1))).findFirst().orElseThrow();
    }

    private static <T> T onPlatformThread(Callable<T> body) throws Exception {
        FutureTask<T> task = new FutureTask<>(body);
        Thread.ofPlatform().start(task).join();
        return task.get();
    }

    @Test
    void readsTheMaskThatTheKernelShows() throws Exception {
        assertEquals(onPlatformThread(AffinityTest::allowedOfThisThread),
                onPlatformThread(() -> Affinity.system().ofCurrentThread()));
        assertTrue(Affinity.system().allowed().contains(Affinity.system().currentCpu()));
    }

    @Test
    void pinsToEachAllowedCpuAndRestores() throws Exception {
        onPlatformThread(() -> {
            CpuSet before = allowedOfThisThread();
            for (int cpu : Affinity.system().allowed().stream().toArray()) {
                ThreadPin pin = Affinity.system().pin(cpu);
                assertTrue(pin.isPinned());
                assertEquals(CpuSet.of(cpu), pin.cpus());
                assertEquals(CpuSet.of(cpu), allowedOfThisThread());
                assertEquals(cpu, Affinity.system().currentCpu());
                pin.close();
                assertFalse(pin.isPinned());
                assertEquals(before, allowedOfThisThread());
                pin.close();
                assertEquals(before, allowedOfThisThread());
            }
            return null;
        });
    }

    @Test
    void pinsNestAndAllowedCpusStayThoseOfTheProcess() throws Exception {
        onPlatformThread(() -> {
            CpuSet allowed = Affinity.system().allowed();
            try (ThreadPin outer = Affinity.system().pin(allowed.first())) {
                assertEquals(allowed, Affinity.system().allowed());
                // A thread started by a pinned one is pinned too, but can pin itself elsewhere.
                assertEquals(outer.cpus(), onPlatformThread(() -> Affinity.system().ofCurrentThread()));
                assertEquals(CpuSet.of(allowed.last()), onPlatformThread(() -> {
                    try (ThreadPin _ = Affinity.system().pin(allowed.last())) {
                        return allowedOfThisThread();
                    }
                }));
                try (ThreadPin _ = Affinity.system().pin(allowed.last())) {
                    assertEquals(CpuSet.of(allowed.last()), allowedOfThisThread());
                }
                assertEquals(outer.cpus(), allowedOfThisThread());
            }
            return null;
        });
    }

    @Test
    void theKernelRefusesCpusThatDoNotExist() {
        assertEquals(-Errno.EINVAL, new LinuxPlacement().schedSetaffinity(PlacementCalls.THIS_THREAD,
                CpuSet.of(CpuSet.MAX_CPUS - 1).toMask(1)));
        assertEquals(-Errno.EINVAL, new LinuxPlacement().schedGetaffinity(PlacementCalls.THIS_THREAD, new long[0]));
    }

    @Test
    void forbiddenCpusAreOneWarningAndNoPin() {
        calls.mask = CpuSet.parse("0-3");
        Affinity affinity = fake();
        for (int i = 0; i < 3; i++) {
            try (ThreadPin pin = affinity.pin(4)) {
                assertFalse(pin.isPinned());
                assertEquals(CpuSet.EMPTY, pin.cpus());
            }
        }
        assertEquals(List.of(), calls.masksSet);
        assertEquals(1, warnings.size());
        assertTrue(warnings.getFirst().contains("to CPU 4, which is not among the allowed 0-3; it runs unpinned"),
                warnings::toString);
    }

    @Test
    void refusalIsOneWarningAndNoPin() {
        calls.mask = CpuSet.parse("0-3");
        calls.refusal = -Errno.EPERM;
        Affinity affinity = fake();
        for (int i = 0; i < 3; i++) {
            try (ThreadPin pin = affinity.pin(2)) {
                assertFalse(pin.isPinned());
            }
        }
        assertEquals(1, warnings.size());
        assertTrue(warnings.getFirst().startsWith("sched_setaffinity(2) of ")
                && warnings.getFirst().endsWith(" failed: EPERM (operation not permitted); it runs unpinned"),
                warnings::toString);
    }

    @Test
    void masksHaveTheSizeOfThePossibleCpus() {
        new SystemTree(root).cpus("0-3", "0-1151");
        calls.mask = CpuSet.parse("0-3,1030");
        calls.kernelCpus = 1152;
        try (ThreadPin pin = fake().pin(1030)) {
            assertTrue(pin.isPinned());
        }
        assertEquals(1, calls.tries / calls.reads);
        assertEquals(List.of(CpuSet.of(1030), CpuSet.parse("0-3,1030")), calls.masksSet);
        assertEquals(List.of(), warnings);
    }

    @Test
    void masksAreDoubledUntilTheKernelIsContent() {
        calls.mask = CpuSet.parse("0-3,1030");
        calls.kernelCpus = 2048;
        assertEquals(calls.mask, fake().allowed());
        // 64, 128, 256, 512, 1024, 2048 bits
        assertEquals(6, calls.tries);
        assertEquals(List.of(), warnings);
    }

    @Test
    void whereTheMaskIsSecretTheOnlineCpusCount() {
        new SystemTree(root).cpus("0,2-3", "0-7");
        calls.readRefusal = -Errno.EPERM;
        assertEquals("0,2-3", fake().allowed().toString());
        assertTrue(warnings.getFirst().startsWith("sched_getaffinity failed: EPERM"), warnings::toString);
        assertEquals(1, warnings.size());
    }

    @Test
    void controlGroupsRestrictTheMask() {
        calls.mask = CpuSet.parse("0-7");
        new SystemTree(root).file("proc/self/cgroup", "0::/job\n").file("sys/fs/cgroup/job/cpuset.cpus.effective",
                "2,4,9\n");
        assertEquals(CpuSet.of(2, 4), fake().allowed());
        // A control group that has nothing in common with the mask cannot be this process's.
        new SystemTree(root).file("sys/fs/cgroup/job/cpuset.cpus.effective", "9\n");
        assertEquals(calls.mask, fake().allowed());
    }

    @Test
    void aDamagedControlGroupDoesNotHideARefusal() {
        new SystemTree(root).file("proc/self/cgroup", "?\n");
        calls.refusal = -Errno.EPERM;
        Affinity affinity = fake();
        for (int i = 0; i < 2; i++) {
            affinity.pin(0).close();
        }
        assertEquals(2, warnings.size(), warnings::toString);
        assertTrue(warnings.get(0).contains("cgroup: found \"?\"") && warnings.get(1).contains("EPERM"),
                warnings::toString);
    }

    @Test
    void virtualThreadsAreRefused() throws Exception {
        FutureTask<ThreadPin> task = new FutureTask<>(() -> fake().pin(0));
        Thread.ofVirtual().start(task).join();
        String message = assertInstanceOf(IllegalStateException.class, task.exceptionNow()).getMessage();
        assertTrue(message.contains("use a platform thread"), message);
    }

    @Test
    void onlyThePinnedThreadCloses() throws Exception {
        calls.mask = CpuSet.parse("0-3");
        ThreadPin pin = onPlatformThread(() -> fake().pin(1));
        assertThrows(WrongThreadException.class, pin::close);
        assertTrue(pin.isPinned());
    }
}
