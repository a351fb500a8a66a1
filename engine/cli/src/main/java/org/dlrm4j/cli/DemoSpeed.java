package org.dlrm4j.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.dlrm4j.data.ClickLog;
import org.dlrm4j.data.CriteoTextParser;
import org.dlrm4j.os.ThreadPin;
import org.dlrm4j.serve.Model;
import org.dlrm4j.serve.Scorer;
import org.dlrm4j.train.WorkerPool;

/** Measures single requests and large batches, both from raw values. */
final class DemoSpeed {
    private static final int RECORD_INTS = CriteoTextParser.RECORD_INTS;
    private static final int MAX_ROWS = 10_000;
    private static final Duration WARM_UP = Duration.ofSeconds(5);
    private static final int MEASURED_REQUESTS = 100_000;
    private static final int BATCH_ROWS = 1024;
    private static final long THROUGHPUT_NANOS = 1_000_000_000L;
    private static final long MAX_LATENCY_NANOS = 10_000_000_000L;

    private final Model model;
    private final int rows;
    private final int[][] counts;
    private final CharSequence[][] values;
    private final int[] records;

    DemoSpeed(Model model, Path text) throws IOException {
        this.model = model;
        final List<String> lines;
        try (var stream = Files.lines(text)) {
            lines = stream.limit(MAX_ROWS).toList();
        }
        rows = lines.size();
        counts = new int[rows][ClickLog.DENSE_FEATURES];
        values = new CharSequence[rows][];
        records = new int[rows * RECORD_INTS];
        for (int row = 0; row < rows; row++) {
            final String[] fields = lines.get(row).split("\t", -1);
            for (int i = 0; i < ClickLog.DENSE_FEATURES; i++) {
                counts[row][i] = fields[1 + i].isEmpty() ? 0 : Integer.parseInt(fields[1 + i]);
            }
            values[row] = Arrays.copyOfRange(fields, 1 + ClickLog.DENSE_FEATURES, fields.length);
        }
        try (InputStream in = Files.newInputStream(text)) {
            final CriteoTextParser parser = new CriteoTextParser(0);
            final RowReader reader = new RowReader(in, text.toString());
            for (int row = 0; row < rows && reader.next(); row++) {
                parser.parseRow(reader.text(), reader.lineFrom(), reader.lineTo(), records, row * RECORD_INTS,
                        text.toString(), reader.line());
            }
        }
    }

    /** Measures one request at a time, by one thread. */
    void latencies(PrintWriter out) {
        final Histogram histogram = new Histogram(MAX_LATENCY_NANOS, 3);
        try (Scorer scorer = model.scorer(1)) {
            scorer.warmUp(1, WARM_UP);
            for (int i = 0; i < MEASURED_REQUESTS; i++) {
                final int row = i % rows;
                final long startNanos = System.nanoTime();
                scorer.scoreRaw(counts[row], values[row]);
                final long nanos = System.nanoTime() - startNanos;
                histogram.recordValue(Math.min(nanos, MAX_LATENCY_NANOS));
            }
        }
        new TextTable().row("one request, p50", Sizes.micros(histogram.getValueAtPercentile(50)))
                .row("             p99", Sizes.micros(histogram.getValueAtPercentile(99)))
                .row("             p99.9", Sizes.micros(histogram.getValueAtPercentile(99.9)))
                .row("             largest of " + Sizes.count(histogram.getTotalCount()),
                        Sizes.micros(histogram.getMaxValue()))
                .print(out, "  ");
    }

    /** Measures batches by several threads, each with its own scorer. */
    void throughput(PrintWriter out, WorkerPool pool) {
        final int threads = pool.threads();
        final long[] scored = new long[threads];
        final int batchRows = Math.min(BATCH_ROWS, rows);
        model.warmUp(WARM_UP, batchRows);
        final long startNanos = System.nanoTime();
        try (ThreadPin _ = pool.pinCaller()) {
            pool.run(thread -> {
                try (Scorer scorer = model.scorer(batchRows)) {
                    int first = 0;
                    while (System.nanoTime() - startNanos < THROUGHPUT_NANOS) {
                        scorer.batch().begin(batchRows);
                        for (int i = 0; i < batchRows; i++) {
                            scorer.addRecord(i, records, (first + i) % rows * RECORD_INTS);
                        }
                        scorer.score();
                        scored[thread] += batchRows;
                        first += batchRows;
                    }
                }
            });
        }
        final double seconds = (System.nanoTime() - startNanos) * 1e-9;
        new TextTable().row("batches of " + batchRows + ", " + threads + (threads == 1 ? " thread" : " threads"),
                Sizes.count(Math.round(Arrays.stream(scored).sum() / seconds)) + " rows/s").print(out, "  ");
    }
}
