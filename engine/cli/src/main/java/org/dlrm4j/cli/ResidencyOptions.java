package org.dlrm4j.cli;

import java.io.PrintWriter;
import org.dlrm4j.model.TablePlacement;
import org.dlrm4j.serve.Model;
import org.dlrm4j.store.Prefault;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** How a model's tables come into memory and stay there. */
final class ResidencyOptions {
    private static final long MEGABYTE = 1_000_000;

    // @formatter:off
    @Option(names = "--prefault", description = "Read all tables into memory first, for tables that fit.")
    private boolean prefault;

    @Option(names = "--prefault-rate", paramLabel = "MB",
            description = "Read at most so many megabytes a second (the disk's speed).")
    private Long prefaultRate;

    @Option(names = "--prefetch",
            description = "Ask the disk for all rows of a batch at once, for tables larger than memory.")
    private boolean prefetch;

    @Option(names = "--huge-pages", paramLabel = "MB",
            description = "Copy the first rows of the tables, those of the most frequent values, into huge pages: so many "
                    + "megabytes in all.")
    private Long hugePages;

    @Option(names = "--mlock",
            description = "Keep what was read in memory, as far as the system allows it.")
    private boolean lock;
    // @formatter:on

    void check() {
        Usage.require(prefaultRate == null || prefault, "--prefault-rate needs --prefault");
        Usage.require(prefaultRate == null || prefaultRate >= 1 && prefaultRate <= Long.MAX_VALUE / MEGABYTE,
                "--prefault-rate is " + prefaultRate + ", expected 1 megabyte a second or more");
        Usage.require(hugePages == null || hugePages >= 1 && hugePages <= Long.MAX_VALUE / MEGABYTE,
                "--huge-pages is " + hugePages + ", expected 1 megabyte or more");
    }

    /** Does what was asked for; tables that shall be placed are read in any case. */
    void apply(Model model, TablePlacement placement, PrintWriter messages) {
        if (hugePages != null) {
            final long copied = model.copyHotRows(hugePages * MEGABYTE, placement);
            messages.println(Sizes.bytes(copied) + " of " + Sizes.bytes(model.tableBytes())
                    + " of tables copied into huge pages");
        }
        if (lock) {
            model.lockTables();
        }
        if (prefault || !placement.isDefault()) {
            try (ProgressReporter progress = new ProgressReporter(messages, false, "prefault",
                    ProgressReporter.Unit.MEGABYTES, model.tableBytes(), 0)) {
                model.prefault(placement, new Prefault(
                        prefaultRate == null ? Prefault.NO_LIMIT : prefaultRate * MEGABYTE,
                        done -> progress.update(done, () -> "tables")));
            }
        }
        if (prefetch) {
            model.prefetchLookups();
        }
    }
}
