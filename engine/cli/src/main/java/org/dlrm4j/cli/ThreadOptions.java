package org.dlrm4j.cli;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.dlrm4j.model.ModelConfig;
import org.dlrm4j.model.TablePlacement;
import org.dlrm4j.os.Affinity;
import org.dlrm4j.os.MemoryPolicy;
import org.dlrm4j.os.PinPolicy;
import org.dlrm4j.store.EmbeddingTable;
import org.dlrm4j.train.IdleMode;
import org.dlrm4j.train.WorkerPool;
import org.dlrm4j.train.WorkerPoolOptions;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/**
 * Threads and memory, the same for every command that computes. What the machine or a container does not permit is left
 * out with one line in the log: results are the same bits without.
 */
public final class ThreadOptions {
    private static final System.Logger LOGGER = System.getLogger(ThreadOptions.class.getName());

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    // @formatter:off
    @Option(names = "--threads", paramLabel = "N", description = "Number of threads (${DEFAULT-VALUE}).")
    private int threads;

    @Option(names = "--pin", paramLabel = "none|compact|spread", defaultValue = "none",
            description = "Keep each thread on a CPU of its own: CPUs that share caches, or CPUs spread over all caches "
                    + "and memory nodes (${DEFAULT-VALUE}).")
    private PinPolicy pin;

    @Option(names = "--idle", paramLabel = "park|backoff|spin", defaultValue = "backoff",
            converter = IdleConverter.class,
            description = "What threads do while they wait: sleep, poll for a moment first, or poll for ever, which "
                    + "takes a whole CPU each (${DEFAULT-VALUE}).")
    private IdleMode idle;

    @Option(names = "--memory", paramLabel = "default|interleave|bind", defaultValue = "default",
            description = "On a machine with several memory nodes: leave the tables where they are first touched, "
                    + "spread each over all nodes, or put each on one node, whose threads then look it up if they are "
                    + "pinned (${DEFAULT-VALUE}).")
    private MemoryPolicy.Mode memory;
    // @formatter:on

    /** Makes the options of a command that uses so many threads if it is not told otherwise. */
    ThreadOptions(int defaultThreads) {
        threads = defaultThreads;
    }

    /** Makes the options of a command that uses all processors if it is not told otherwise. */
    public static ThreadOptions allProcessors() {
        return new ThreadOptions(Runtime.getRuntime().availableProcessors());
    }

    /** Refuses impossible numbers. */
    public void check() {
        Usage.require(threads >= 1, "--threads is " + threads + ", expected 1 or more");
    }

    public int threads() {
        return threads;
    }

    /** Returns whether the user wants tables to be placed. */
    public boolean placesTables() {
        return memory != MemoryPolicy.Mode.DEFAULT;
    }

    /** Starts the threads. */
    public WorkerPool start() {
        check();
        return start(threads);
    }

    /** Starts another number of threads, which otherwise are as the user wants them. */
    public WorkerPool start(int count) {
        IdleMode mode = idle;
        final int cpus = Affinity.system().allowed().size();
        if (mode == IdleMode.BUSY_SPIN && count > cpus) {
            LOGGER.log(System.Logger.Level.WARNING, "--idle spin needs a CPU for each thread, but there are " + count
                    + " threads and this process may use " + cpus + "; threads back off instead");
            mode = IdleMode.BACKOFF;
        }
        return new WorkerPool(WorkerPoolOptions.of(count).withIdleMode(mode).withPinPolicy(pin));
    }

    /** Plans where a model's tables go on this machine. */
    public TablePlacement placement(ModelConfig config) {
        return TablePlacement.of(memory, config);
    }

    /** Says in a line what was planned and what the kernel made of it; nothing if the kernel places as it likes. */
    public static Optional<String> describe(TablePlacement placement, List<EmbeddingTable> tables) {
        if (placement.isDefault()) {
            return Optional.empty();
        }
        final StringBuilder text = new StringBuilder("memory: ").append(placement);
        placement.check(tables).ifPresent(check -> {
            text.append("; sampled pages");
            check.pagesByNode().forEach((node, pages) -> text.append(" on node ").append(node).append(": ")
                    .append(Sizes.count(pages)).append(','));
            text.append(" misplaced: ").append(Sizes.count(check.misplacedPages())).append(", absent: ")
                    .append(Sizes.count(check.absentPages()));
        });
        return Optional.of(text.toString());
    }

    /** Reads and writes a way of waiting. */
    static final class IdleConverter implements ITypeConverter<IdleMode> {
        @Override
        public IdleMode convert(String text) {
            return switch (text.toLowerCase(Locale.ROOT)) {
                case "park" -> IdleMode.PARK;
                case "backoff" -> IdleMode.BACKOFF;
                case "spin" -> IdleMode.BUSY_SPIN;
                default -> throw new TypeConversionException("'" + text + "' is none of park, backoff, spin");
            };
        }
    }
}
