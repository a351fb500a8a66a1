package org.dlrm4j.os;

/** Tells that a native call failed: which call, with which arguments, and errno in words. */
public final class NativeCallException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String call;
    private final int errno;

    NativeCallException(String call, String arguments, int errno) {
        super(call + '(' + arguments + ") failed: " + Errno.describe(errno));
        this.call = call;
        this.errno = errno;
    }

    /**
     * Returns the name of the call that failed.
     *
     * @return for example {@code mmap}
     */
    public String call() {
        return call;
    }

    /**
     * Returns the error number that the call left.
     *
     * @return a Linux errno, greater than 0
     */
    public int errno() {
        return errno;
    }

    /**
     * Returns whether the call failed because the disk or the quota is used up.
     *
     * @return {@code true} for ENOSPC and EDQUOT
     */
    public boolean isOutOfSpace() {
        return errno == Errno.ENOSPC || errno == Errno.EDQUOT;
    }
}
