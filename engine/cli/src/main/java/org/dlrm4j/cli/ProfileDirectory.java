package org.dlrm4j.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.dlrm4j.data.trace.TraceProfile;

/** Profiles under the reference's names, one a table: {@code dist_emb_0.log}, {@code dist_emb_1.log}, … */
final class ProfileDirectory {
    private ProfileDirectory() {}

    static Path file(Path directory, int table) {
        return directory.resolve("dist_emb_" + table + ".log");
    }

    static List<TraceProfile> read(Path directory) throws IOException {
        final List<TraceProfile> profiles = new ArrayList<>();
        while (Files.exists(file(directory, profiles.size()))) {
            profiles.add(TraceProfile.read(file(directory, profiles.size())));
        }
        if (profiles.isEmpty()) {
            throw new CommandException(file(directory, 0) + ": no such file; make profiles with dlrm synth profile");
        }
        return profiles;
    }

    static void write(Path directory, List<TraceProfile> profiles) throws IOException {
        Files.createDirectories(directory);
        for (int table = 0; table < profiles.size(); table++) {
            profiles.get(table).write(file(directory, table));
        }
        // A former run's profiles of further tables would seem to belong to these.
        for (int table = profiles.size(); Files.deleteIfExists(file(directory, table)); table++) {
            continue;
        }
    }
}
