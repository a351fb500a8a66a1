package org.dlrm4j.bench.peers;

import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Compares answers, times the engines that are right, prints each row at once and hands all of them to the report. */
final class Rows implements AutoCloseable {
    private final Contest contest;
    private final PrintStream out;
    private final Path file;
    private final List<Row> rows = new ArrayList<>();

    /**
     * A peer, with its answer to compare.
     *
     * @param contestant the engine
     * @param difference the largest difference between its outputs and ours, or NaN if they cannot be compared
     */
    record Peer(Contestant contestant, double difference) {}

    /**
     * @param contest how to time
     * @param out where to print rows
     * @param file where to leave rows for {@link #read}
     */
    Rows(Contest contest, PrintStream out, Path file) {
        this.contest = contest;
        this.out = out;
        this.file = file;
    }

    /** Reads what another JVM left. */
    static List<Row> read(Path file) throws IOException {
        try (ObjectInputStream in = new ObjectInputStream(Files.newInputStream(file))) {
            final List<Row> rows = new ArrayList<>();
            for (int left = in.readInt(); left > 0; left--) {
                rows.add((Row) in.readObject());
            }
            return rows;
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(file + " was written by another version of the report", e);
        }
    }

    /** Adds a limit of this machine that rows are held against. */
    void addLimit(String what, String where, String unit, double limit) {
        add(new Row(what, where, new Work(0, unit, limit), List.of(), Map.of(), 0));
    }

    /** Adds a row. A peer whose answer is off by more than {@code tolerance} is not timed; nor are we if none is right. */
    void add(String operation, String shape, Work work, double tolerance, Runnable ours, Peer... peers) {
        final List<Contestant> right = new ArrayList<>();
        right.add(new Contestant(Row.OURS, ours));
        final Map<String, Double> differences = new LinkedHashMap<>();
        for (Peer peer : peers) {
            Objects.requireNonNull(peer, operation);
            differences.put(peer.contestant().engine(), peer.difference());
            if (peer.difference() <= tolerance) {
                right.add(peer.contestant());
            }
        }
        final List<Contest.Outcome> outcomes = right.size() > 1 || peers.length == 0
                ? contest.run(right)
                : List.of();
        add(new Row(operation, shape, work, outcomes, differences, tolerance));
    }

    private void add(Row row) {
        out.println(row.line());
        out.flush();
        rows.add(row);
    }

    @Override
    public void close() throws IOException {
        try (ObjectOutputStream to = new ObjectOutputStream(Files.newOutputStream(file))) {
            to.writeInt(rows.size());
            for (Row row : rows) {
                to.writeObject(row);
            }
        }
    }
}
