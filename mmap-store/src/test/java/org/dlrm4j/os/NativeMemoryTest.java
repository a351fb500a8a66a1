package org.dlrm4j.os;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NativeMemoryTest {
    private static final long HUGE = 2L << 20;
    private static final Pattern SMAPS_RANGE = Pattern.compile("([0-9a-f]+)-([0-9a-f]+) ");

    @ParameterizedTest
    @ValueSource(longs = {1, 4095, 4096, HUGE - 1, HUGE, HUGE + 1, 3 * HUGE + 12345})
    void isZeroAndWritableFromFirstToLastByte(long bytes) {
        try (NativeMemory memory = NativeMemory.allocate(bytes)) {
            MemorySegment segment = memory.segment();
            assertEquals(bytes, segment.byteSize());
            for (long i = 0; i < bytes; i += 1009) {
                assertEquals(0, segment.get(JAVA_BYTE, i));
            }
            segment.fill((byte) 7);
            assertEquals(7, segment.get(JAVA_BYTE, bytes - 1));
        }
    }

    @Test
    void largeMemoryIsAlignedForHugePages() {
        try (NativeMemory memory = NativeMemory.allocate(HUGE + 1)) {
            assertEquals(0, memory.segment().address() % HUGE);
        }
    }

    @Test
    void largeMemoryAsksForHugePagesUnlessToldOtherwise() throws IOException {
        assumeTrue(Files.exists(Path.of("/sys/kernel/mm/transparent_hugepage/enabled")), "kernel without huge pages");
        NativeMemory memory = NativeMemory.allocate(8 * HUGE);
        try (memory) {
            String flags = vmFlags(memory.segment().address());
            assertTrue(flags.contains(" hg"), flags);
            assertTrue(memory.advise(Advice.SMALL_PAGE));
            flags = vmFlags(memory.segment().address());
            assertTrue(flags.contains(" nh") && !flags.contains(" hg"), flags);
        }
        assertThrows(IllegalStateException.class, () -> memory.advise(Advice.HUGE_PAGE));
    }

    private static String vmFlags(long address) throws IOException {
        // Neighbours with the same flags share one entry of smaps, so the address need not begin one.
        boolean inRange = false;
        String flags = "";
        for (String line : Files.readAllLines(Path.of("/proc/self/smaps"))) {
            Matcher range = SMAPS_RANGE.matcher(line);
            if (range.lookingAt()) {
                inRange = Long.compareUnsigned(Long.parseUnsignedLong(range.group(1), 16), address) <= 0
                        && Long.compareUnsigned(address, Long.parseUnsignedLong(range.group(2), 16)) < 0;
            } else if (inRange && line.startsWith("VmFlags:")) {
                flags = line;
            }
        }
        return flags;
    }

    @Test
    void holdsMoreThanTwoGibibytes() {
        long bytes = 5L << 30;
        try (NativeMemory memory = NativeMemory.allocate(bytes)) {
            for (long at = 0; at < bytes; at += 1L << 30) {
                memory.segment().set(JAVA_LONG, at, at + 1);
            }
            memory.segment().set(JAVA_LONG, bytes - 8, 42);
            for (long at = 0; at < bytes; at += 1L << 30) {
                assertEquals(at + 1, memory.segment().get(JAVA_LONG, at));
            }
            assertEquals(42, memory.segment().get(JAVA_LONG, bytes - 8));
        }
    }

    @Test
    void cannotBeUsedAfterCloseWhichIsIdempotent() {
        NativeMemory memory = NativeMemory.allocate(4096);
        MemorySegment segment = memory.segment();
        memory.close();
        memory.close();
        assertThrows(IllegalStateException.class, () -> segment.get(JAVA_INT, 0));
    }

    @Test
    void givesAllAddressesBack() throws Exception {
        NativeMemory.allocate(HUGE).close();
        ProcessState before = ProcessState.now();
        for (int i = 0; i < 200; i++) {
            NativeMemory.allocate(3 * HUGE + i).close();
        }
        ProcessState.assertNoLeak(before, 100);
    }

    @Test
    void failureNamesCallSizeAndErrno() {
        NativeCallException e = assertThrows(NativeCallException.class, () -> NativeMemory.allocate(1L << 55));
        assertEquals("mmap", e.call());
        assertEquals(12, e.errno());
        assertTrue(e.getMessage().startsWith("mmap(anonymous memory, " + (1L << 55) + " bytes) failed: ENOMEM"),
                e.getMessage());
        assertThrows(IllegalArgumentException.class, () -> NativeMemory.allocate(0));
    }
}
