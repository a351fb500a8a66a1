package org.dlrm4j.os;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/** Lets one call go wrong: the n-th of those that can go wrong in some way. */
public final class FailingCall implements FileObserver {
    /** How a call goes wrong. */
    public enum Fault {
        /** The device fails. */
        EIO(5, EnumSet.allOf(Call.class)),
        /** The disk is full, which a file system may find out as late as when it writes pages back. */
        ENOSPC(Errno.ENOSPC,
                EnumSet.of(Call.CREATE, Call.WRITE, Call.SYNC, Call.CREATE_DIRECTORY, Call.RENAME, Call.LINK,
                        Call.SET_LENGTH)),
        /** The process has too many files open. */
        EMFILE(24, EnumSet.of(Call.OPEN, Call.CREATE, Call.LIST)),
        /** The process has too many mappings. */
        ENOMEM(Errno.ENOMEM, EnumSet.of(Call.MAP)),
        /** Half of the bytes are read or written, without an error. */
        SHORT(0, EnumSet.of(Call.READ, Call.WRITE));

        private final int errno;
        private final Set<Call> calls;

        Fault(int errno, Set<Call> calls) {
            this.errno = errno;
            this.calls = calls;
        }

        /** Returns how messages may name it. */
        public Set<String> names() {
            return switch (this) {
                case ENOSPC -> Set.of("disk full");
                case SHORT -> Set.of();
                default -> Set.of(Errno.describe(errno), ObservedProvider.text(errno));
            };
        }
    }

    /** Lets no call fail. */
    public static final FailingCall NONE = new FailingCall(Fault.EIO, 0);

    private final Fault fault;
    private final AtomicInteger left;
    private volatile String failed;

    public FailingCall(Fault fault, int n) {
        this.fault = fault;
        left = new AtomicInteger(n);
    }

    /** Returns the call that went wrong and its file, or null if there were fewer calls. */
    public String failed() {
        return failed;
    }

    private boolean isIt(Call call, Path path) {
        if (!fault.calls.contains(call) || left.decrementAndGet() != 0) {
            return false;
        }
        failed = call + " of " + path;
        return true;
    }

    @Override
    public int refuses(Call call, Path path) {
        return fault != Fault.SHORT && isIt(call, path) ? fault.errno : 0;
    }

    @Override
    public int transferred(Call call, Path path, int bytes) {
        return fault == Fault.SHORT && bytes > 1 && isIt(call, path) ? bytes / 2 : bytes;
    }
}
