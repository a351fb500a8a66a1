package org.dlrm4j.os;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The CPUs that the control group of this process allows, of version 1 or 2. Only some levels of a hierarchy have the
 * cpuset controller, and in a container the path of {@code /proc/self/cgroup} may lie outside of what is mounted: so the
 * nearest level upwards that has the file counts, as it does for the kernel.
 */
final class CgroupCpus {
    private static final String SELF = "proc/self/cgroup";
    private static final String MOUNT = "sys/fs/cgroup";

    private CgroupCpus() {}

    /** Returns the allowed CPUs; empty if no control group restricts them or if that cannot be read. */
    static Optional<CpuSet> read(SystemFiles files, Consumer<String> warn) {
        if (!files.has(SELF)) {
            return Optional.empty();
        }
        try {
            return read(files);
        } catch (SystemFileException e) {
            warn.accept(e.getMessage() + "; the control group's CPUs are not considered");
            return Optional.empty();
        }
    }

    private static Optional<CpuSet> read(SystemFiles files) throws SystemFileException {
        String version2 = null;
        for (String line : files.text(SELF).lines().toList()) {
            // hierarchy:controllers:path, where the path may contain colons
            String[] parts = line.split(":", 3);
            if (parts.length < 3 || !parts[2].startsWith("/")) {
                throw files.problem(SELF, "found \"" + line + "\", expected number:controllers:/path");
            }
            if ((',' + parts[1] + ',').contains(",cpuset,")) {
                return nearest(files, MOUNT + "/cpuset", parts[2], "cpuset.effective_cpus", "cpuset.cpus");
            }
            if (parts[1].isEmpty()) {
                version2 = parts[2];
            }
        }
        return version2 == null ? Optional.empty() : nearest(files, MOUNT, version2, "cpuset.cpus.effective");
    }

    private static Optional<CpuSet> nearest(SystemFiles files, String mount, String path, String... names)
            throws SystemFileException {
        // Above the root of a cgroup namespace the path begins with "/..": normalising cuts it at the mount.
        Path level = Path.of(path).normalize();
        for (; level != null; level = level.getParent()) {
            for (String name : names) {
                String file = mount + level.resolve(name);
                if (files.has(file)) {
                    CpuSet cpus = files.list(file);
                    if (!cpus.isEmpty()) {
                        return Optional.of(cpus);
                    }
                }
            }
        }
        return Optional.empty();
    }
}
