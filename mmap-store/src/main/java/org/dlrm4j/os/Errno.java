package org.dlrm4j.os;

/** Error numbers of Linux, the same on x86-64 and AArch64, in words. */
final class Errno {
    static final int EPERM = 1;
    static final int EINTR = 4;
    static final int ENXIO = 6;
    static final int ENOMEM = 12;
    static final int EINVAL = 22;
    static final int ENOSPC = 28;
    static final int ENOSYS = 38;
    static final int EDQUOT = 122;

    private Errno() {}

    /** Returns symbol and meaning, such as {@code ENOSPC (no space left on device)}. */
    static String describe(int errno) {
        return switch (errno) {
            case EPERM -> "EPERM (operation not permitted)";
            case 2 -> "ENOENT (no such file or directory)";
            case EINTR -> "EINTR (interrupted by a signal)";
            case 5 -> "EIO (input/output error)";
            case ENXIO -> "ENXIO (no such device or address)";
            case 9 -> "EBADF (bad file descriptor)";
            case 11 -> "EAGAIN (resource temporarily unavailable)";
            case ENOMEM ->
                "ENOMEM (out of memory, address space or mappings; see vm.overcommit_memory, vm.max_map_count)";
            case 13 -> "EACCES (permission denied)";
            case 14 -> "EFAULT (bad address, or pages that the file cannot supply)";
            case 16 -> "EBUSY (device or resource busy)";
            case 17 -> "EEXIST (file exists)";
            case 19 -> "ENODEV (this file system cannot map files)";
            case 20 -> "ENOTDIR (not a directory)";
            case 21 -> "EISDIR (is a directory)";
            case EINVAL -> "EINVAL (invalid argument)";
            case 23 -> "ENFILE (too many open files in the system)";
            case 24 -> "EMFILE (too many open files in this process; see ulimit -n)";
            case 26 -> "ETXTBSY (file is being executed)";
            case 27 -> "EFBIG (file too large for the file system or for ulimit -f)";
            case ENOSPC -> "ENOSPC (no space left on device)";
            case 29 -> "ESPIPE (not a regular file)";
            case 30 -> "EROFS (read-only file system)";
            case 36 -> "ENAMETOOLONG (file name too long)";
            case ENOSYS -> "ENOSYS (call not available in this kernel)";
            case 40 -> "ELOOP (too many symbolic links)";
            case 95 -> "EOPNOTSUPP (operation not supported by the file system)";
            case EDQUOT -> "EDQUOT (disk quota exceeded)";
            case 133 -> "EHWPOISON (memory page has a hardware error)";
            default -> "errno " + errno;
        };
    }
}
