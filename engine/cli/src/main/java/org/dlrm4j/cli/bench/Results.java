package org.dlrm4j.cli.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.dlrm4j.cli.TextTable;
import org.dlrm4j.store.Json;

/** Measurements as a table, as JSON and as CSV. A column without any value is left out. */
final class Results {
    private final List<Measurement> measurements = new ArrayList<>();

    void add(Measurement measurement) {
        measurements.add(measurement);
    }

    private List<Column> columns() {
        return Arrays.stream(Column.values())
                .filter(column -> measurements.stream().anyMatch(m -> m.value(column) != null)).toList();
    }

    /** Prints the table; a single measurement downwards. */
    void print(PrintWriter out) {
        final List<Column> columns = columns();
        final TextTable table = new TextTable();
        if (measurements.size() == 1) {
            columns.forEach(column -> table.row(column.heading, column.text(measurements.getFirst().value(column))));
        } else {
            table.row(columns.stream().map(column -> column.heading).toArray(String[]::new));
            measurements.forEach(m -> table.row(
                    columns.stream().map(column -> column.text(m.value(column))).toArray(String[]::new)));
        }
        table.print(out, "");
    }

    /** Writes everything there is to know about the measurements. */
    void writeJson(Path file, Map<String, Object> run, Map<String, Object> environment) throws IOException {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("run", run);
        json.put("environment", environment);
        json.put("measurements", measurements.stream().map(Measurement::toJson).toList());
        Files.writeString(file, Json.writeIndented(json));
    }

    /** Writes a line of names, then a line a measurement; texts are in quotes. */
    void writeCsv(Path file) throws IOException {
        final List<Column> columns = columns();
        final StringBuilder csv = new StringBuilder(
                columns.stream().map(column -> column.key).collect(Collectors.joining(","))).append('\n');
        for (Measurement measurement : measurements) {
            csv.append(columns.stream().map(column -> cell(measurement.value(column)))
                    .collect(Collectors.joining(","))).append('\n');
        }
        Files.writeString(file, csv);
    }

    private static String cell(Object value) {
        return switch (value) {
            case null -> "";
            case Number number -> number.toString();
            default -> '"' + value.toString().replace("\"", "\"\"") + '"';
        };
    }
}
