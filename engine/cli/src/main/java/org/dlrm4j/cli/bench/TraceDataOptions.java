package org.dlrm4j.cli.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.dlrm4j.cli.CommandException;
import org.dlrm4j.cli.RandomDataOptions;
import org.dlrm4j.data.RowStream;
import org.dlrm4j.data.StreamSource;
import org.dlrm4j.data.trace.DistanceDraw;
import org.dlrm4j.data.trace.TraceGenerator;
import org.dlrm4j.data.trace.TraceProfile;
import picocli.CommandLine.Option;

/** Lookups after a measured trace, for {@code --data-generation synthetic}. */
final class TraceDataOptions {
    private static final double CLICK_RATE = 0.5;

    // @formatter:off
    @Option(names = "--data-trace-file", paramLabel = "FILE", defaultValue = "./input/dist_emb_j.log",
            description = "Profile of each table as dlrm synth profile or the reference writes it; each letter j of the path "
                    + "is the table's number (${DEFAULT-VALUE}).")
    private String file;

    @Option(names = "--data-trace-enable-padding", arity = "0..1", paramLabel = "true|false",
            description = "No more rows that were never looked up before, once all distances are possible.")
    private boolean padding;
    // @formatter:on

    /** Opens samples whose lookups go on over bags and batches; rows beyond a table wrap around. */
    StreamSource open(int denseFeatures, RandomDataOptions shape, int batchSize, int seed) throws IOException {
        final long[] rows = shape.tableRows();
        final List<RowStream> streams = new ArrayList<>();
        for (int f = 0; f < rows.length; f++) {
            final Path path = Path.of(file.replace("j", String.valueOf(f)));
            if (!Files.exists(path)) {
                throw new CommandException(path
                        + ": no such file; make profiles with dlrm synth profile and name them by --data-trace-file");
            }
            final TraceGenerator rowsOfTrace = new TraceGenerator(TraceProfile.read(path),
                    padding ? DistanceDraw.INDEPENDENT_PADDED : DistanceDraw.INDEPENDENT, TraceGenerator.Policy.LRU,
                    seed + f);
            streams.add(new WrappedRows(rowsOfTrace, rows[f]));
        }
        return new StreamSource(shape.samples(batchSize), denseFeatures, streams, shape.indicesPerLookup(),
                shape.fixedBags(), CLICK_RATE, seed);
    }

    /** Rows modulo the rows of a table. */
    private record WrappedRows(RowStream stream, long rows) implements RowStream {
        @Override
        public long next() {
            return stream.next() % rows;
        }

        @Override
        public void restart() {
            stream.restart();
        }
    }
}
