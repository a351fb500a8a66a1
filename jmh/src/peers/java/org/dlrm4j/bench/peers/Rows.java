package org.dlrm4j.bench.peers;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Compares answers, times the engines that are right, prints each row at once and keeps it as a line of JSON. */
final class Rows implements AutoCloseable {
    private final Contest contest;
    private final PrintStream out;
    private final PrintStream json;

    /**
     * A peer, with its answer to compare.
     *
     * @param contestant the engine
     * @param difference the largest difference between its outputs and ours, or NaN if they cannot be compared
     */
    record Peer(Contestant contestant, double difference) {}

    Rows(Contest contest, PrintStream out, Path jsonLines) throws IOException {
        this.contest = contest;
        this.out = out;
        json = new PrintStream(Files.newOutputStream(jsonLines), true, StandardCharsets.UTF_8);
    }

    /** Adds a row. A peer whose answer is off by more than {@code tolerance} is not timed. */
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
        final List<Contest.Outcome> outcomes = right.size() > 1 ? contest.run(right) : List.of();
        final Row row = new Row(operation, shape, work, outcomes, differences, tolerance);
        out.println(row.line());
        out.flush();
        json.println(row.json());
    }

    @Override
    public void close() {
        json.close();
    }
}
