package org.dlrm4j.os;

import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * Which CPUs this process and its threads may run on, and the pinning of threads.
 *
 * <p>What the kernel or a container refuses is not done, with one line in the log, the first time: pinning makes a program
 * faster, not more correct. Thread-safe.
 */
public final class Affinity {
    private static final class Holder {
        static final Affinity SYSTEM = new Affinity(new LinuxPlacement(), new SystemFiles(Path.of("/")), Log::warn);
    }

    private static final int MAX_MASK_WORDS = CpuSet.MAX_CPUS / Long.SIZE;

    private final PlacementCalls calls;
    private final SystemFiles files;
    private final Consumer<String> warn;
    private final Set<String> warned = ConcurrentHashMap.newKeySet();

    Affinity(PlacementCalls calls, SystemFiles files, Consumer<String> warn) {
        this.calls = calls;
        this.files = files;
        this.warn = warn;
    }

    /**
     * Returns the affinity of this machine.
     *
     * @return always the same object
     */
    public static Affinity system() {
        return Holder.SYSTEM;
    }

    /**
     * Returns the CPUs that this process may use: the mask it was started with (as set by {@code taskset} or a batch
     * system), restricted by the control group.
     *
     * @return at least one CPU; pins of threads have no influence
     */
    public CpuSet allowed() {
        // Of the initial thread, not of this one: threads inherit the mask of their creator, which may be pinned. The
        // java launcher runs main() on a second thread, so that no Java code can have pinned the initial one.
        CpuSet mask = mask((int) ProcessHandle.current().pid()).orElseGet(this::online);
        CpuSet restricted = CgroupCpus.read(files, problem -> warnOnce("cgroup", problem)).map(mask::and).orElse(mask);
        return restricted.isEmpty() ? mask : restricted;
    }

    /**
     * Returns the CPUs that the calling platform thread may run on.
     *
     * @return at least one CPU; all allowed ones if the kernel does not tell
     */
    public CpuSet ofCurrentThread() {
        return mask(PlacementCalls.THIS_THREAD).orElseGet(this::allowed);
    }

    /**
     * Returns the CPU that the calling thread runs on at this moment.
     *
     * @return a CPU number; -1 if the kernel does not tell
     */
    public int currentCpu() {
        return Math.max(-1, calls.schedGetcpu());
    }

    /**
     * Pins the calling platform thread to one CPU until the result is closed. Threads that it starts meanwhile inherit the
     * pin.
     *
     * @param cpu one of {@link #allowed()}
     * @return the pin, to be closed by the same thread; not {@linkplain ThreadPin#isPinned() pinned} if the CPU is not
     *     allowed or the kernel refuses
     * @throws IllegalStateException if the calling thread is virtual
     */
    public ThreadPin pin(int cpu) {
        if (Thread.currentThread().isVirtual()) {
            throw new IllegalStateException("cannot pin virtual thread " + Thread.currentThread()
                    + ": it would pin whatever carrier runs it; use a platform thread");
        }
        CpuSet allowed = allowed();
        if (!allowed.contains(cpu)) {
            warnOnce("pin", "cannot pin " + Thread.currentThread().getName() + " to CPU " + cpu
                    + ", which is not among the allowed "
                    + allowed + "; it runs unpinned");
            return ThreadPin.none();
        }
        CpuSet former = ofCurrentThread();
        CpuSet pinned = CpuSet.of(cpu);
        return set(pinned, "it runs unpinned") ? new ThreadPin(this, pinned, former) : ThreadPin.none();
    }

    /** Sets the mask of the calling thread; returns whether the kernel did. */
    boolean set(CpuSet cpus, String consequence) {
        int result = calls.schedSetaffinity(PlacementCalls.THIS_THREAD, cpus.toMask(maskWords()));
        if (result < 0) {
            warnOnce("pin", "sched_setaffinity(" + cpus + ") of " + Thread.currentThread().getName() + " failed: "
                    + Errno.describe(-result) + "; " + consequence);
        }
        return result >= 0;
    }

    private Optional<CpuSet> mask(int thread) {
        int result = -Errno.EINVAL;
        for (int words = maskWords(); words <= MAX_MASK_WORDS && result == -Errno.EINVAL; words *= 2) {
            long[] mask = new long[words];
            result = calls.schedGetaffinity(thread, mask);
            if (result >= 0) {
                return Optional.of(CpuSet.ofMask(mask));
            }
        }
        warnOnce("mask", "sched_getaffinity failed: " + Errno.describe(-result) + "; all online CPUs count as allowed");
        return Optional.empty();
    }

    /** The kernel's masks hold all CPUs that could ever be plugged in. */
    private int maskWords() {
        try {
            return files.nonEmptyList(SystemFiles.CPUS + "possible").last() / Long.SIZE + 1;
        } catch (SystemFileException e) {
            // Not worth a line in the log: a mask that is too short is doubled.
            return 1;
        }
    }

    private CpuSet online() {
        try {
            return files.nonEmptyList(SystemFiles.CPUS + "online");
        } catch (SystemFileException e) {
            warnOnce("online", e.getMessage() + "; CPUs are counted from 0");
            return CpuSet.parse("0-" + (Runtime.getRuntime().availableProcessors() - 1));
        }
    }

    private void warnOnce(String subject, String message) {
        if (warned.add(subject)) {
            warn.accept(message);
        }
    }
}
