package org.dlrm4j.os;

import java.util.ArrayList;
import java.util.List;

/** A kernel that refuses what a test tells it to refuse, and has as many CPUs as the test says. */
final class FakeCalls implements PlacementCalls {
    CpuSet mask = CpuSet.of(0);
    int kernelCpus = 64;
    int reads;
    int tries;
    final List<CpuSet> masksSet = new ArrayList<>();
    /** Result of the calls that change something and, for memory, of all calls. */
    int refusal;
    /** Result of reading a CPU mask. */
    int readRefusal;
    int memoryCalls;

    @Override
    public int schedGetaffinity(int thread, long[] result) {
        tries++;
        if (readRefusal < 0) {
            return readRefusal;
        }
        if (result.length * Long.SIZE < kernelCpus) {
            return -Errno.EINVAL;
        }
        reads++;
        System.arraycopy(mask.toMask(result.length), 0, result, 0, result.length);
        return 0;
    }

    @Override
    public int schedSetaffinity(int thread, long[] newMask) {
        if (refusal == 0) {
            masksSet.add(CpuSet.ofMask(newMask));
        }
        return refusal;
    }

    @Override
    public int schedGetcpu() {
        return mask.first();
    }

    private int memoryCall() {
        memoryCalls++;
        return refusal;
    }

    @Override
    public int mbind(long address, long bytes, int mode, long[] nodes) {
        return memoryCall();
    }

    @Override
    public int setMempolicy(int mode, long[] nodes) {
        return memoryCall();
    }

    @Override
    public int getMempolicy(long[] nodes) {
        return memoryCall();
    }

    @Override
    public int getMempolicyAt(long address, long[] nodes) {
        return memoryCall();
    }

    @Override
    public int allowedNodes(long[] nodes) {
        return memoryCall();
    }

    @Override
    public int pageNodes(long[] addresses, int[] status) {
        return memoryCall();
    }
}
