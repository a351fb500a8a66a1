package org.dlrm4j.bench.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.dlrm4j.model.JsonFields;
import org.dlrm4j.store.Json;

/**
 * Reads a described machine: {@code {"name", "cores", "gflopsPerCore", "caches": [level…], "memory": [level…], "hugePages",
 * "pageWalkNanos", "network": {"latencyMicros", "gigabytesPerSecond"}}}; a level is {@code {"name", "bytes",
 * "gigabytesPerSecondPerCore", "gigabytesPerSecond", "latencyNanos"}}. The last three fields of the machine may be left out:
 * huge pages, no page walks, no network.
 */
final class MachineFile {
    private static final Set<String> FIELDS = Set.of("name", "cores", "gflopsPerCore", "caches", "memory", "hugePages",
            "pageWalkNanos", "network");
    private static final Set<String> LEVEL_FIELDS = Set.of("name", "bytes", "gigabytesPerSecondPerCore",
            "gigabytesPerSecond", "latencyNanos");
    private static final Set<String> NETWORK_FIELDS = Set.of("latencyMicros", "gigabytesPerSecond");
    private static final int MAX_LEVELS = 8;

    private final Path source;
    private final double rowsInFlight;

    private MachineFile(Path source, double rowsInFlight) {
        this.source = source;
        this.rowsInFlight = rowsInFlight;
    }

    /**
     * Reads a file.
     *
     * @param file the description
     * @param rowsInFlight random rows that one core has under way at once, as measured: what hides a level's latency
     * @throws org.dlrm4j.store.ModelFormatException naming the file and the line or field that is wrong
     */
    static Machine read(Path file, double rowsInFlight) throws IOException {
        return new MachineFile(file, rowsInFlight).machine(Json.parseObject(Files.readAllBytes(file), file.toString()));
    }

    private Machine machine(Map<String, Object> json) {
        final JsonFields fields = fields("machine", json, FIELDS);
        final Interconnect network;
        if (fields.has("network")) {
            final JsonFields link = fields("machine.network", object(fields, "network", json.get("network")),
                    NETWORK_FIELDS);
            network = new Interconnect(positive(link, "latencyMicros"), positive(link, "gigabytesPerSecond"));
        } else {
            network = null;
        }
        final long cores = fields.whole("cores");
        if (cores < 1 || cores > 1 << 20) {
            throw fields.wrong("cores", cores, "1 to " + (1 << 20));
        }
        final double walkNanos = fields.has("pageWalkNanos") ? fields.number("pageWalkNanos") : 0;
        if (!(walkNanos >= 0)) {
            throw fields.wrong("pageWalkNanos", walkNanos, "0 or more");
        }
        return new Machine(fields.text("name"), (int) cores, positive(fields, "gflopsPerCore"),
                levels(fields, "caches"), levels(fields, "memory"),
                !fields.has("hugePages") || fields.flag("hugePages"),
                walkNanos, network);
    }

    private List<MemoryTier> levels(JsonFields machine, String name) {
        final List<?> list = machine.list(name);
        if (list.isEmpty() || list.size() > MAX_LEVELS) {
            throw machine.wrong(name, "a list of " + list.size(), "1 to " + MAX_LEVELS + " levels");
        }
        final List<MemoryTier> tiers = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            final String place = name + "[" + i + "]";
            final JsonFields level = fields("machine." + place, object(machine, place, list.get(i)), LEVEL_FIELDS);
            final double core = positive(level, "gigabytesPerSecondPerCore");
            final double all = positive(level, "gigabytesPerSecond");
            if (all < core) {
                throw level.wrong("gigabytesPerSecond", all, "that of all cores, " + core + " or more as one core has");
            }
            final double latency = positive(level, "latencyNanos");
            tiers.add(new MemoryTier(level.text("name"), positive(level, "bytes"), core, all, latency,
                    latency / rowsInFlight, MemoryTier.LINE_BYTES / core));
        }
        for (int i = 1; i < tiers.size() && name.equals("caches"); i++) {
            if (tiers.get(i).bytes() <= tiers.get(i - 1).bytes()) {
                throw machine.wrong(name + "[" + i + "].bytes", tiers.get(i).bytes(),
                        "more than the cache before it: caches go from the smallest to the largest");
            }
        }
        return tiers;
    }

    private static double positive(JsonFields fields, String name) {
        final double value = fields.number(name);
        if (!(value > 0)) {
            throw fields.wrong(name, value, "a number above 0");
        }
        return value;
    }

    @SuppressWarnings("unchecked") // keys of parsed JSON objects are strings
    private static Map<String, Object> object(JsonFields parent, String name, Object value) {
        if (value instanceof Map) {
            return (Map<String, Object>) value;
        }
        throw parent.wrong(name, value, "an object");
    }

    /** A misspelled optional field would be silently left out. */
    private JsonFields fields(String place, Map<String, Object> json, Set<String> known) {
        final JsonFields fields = new JsonFields(source, place, json);
        for (String name : json.keySet()) {
            if (!known.contains(name)) {
                throw fields.wrong(name, "not a field of it", "one of " + known.stream().sorted().toList());
            }
        }
        return fields;
    }
}
