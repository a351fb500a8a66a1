package org.dlrm4j.cli.compare;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import org.dlrm4j.cli.CommandException;
import org.dlrm4j.store.Json;
import org.dlrm4j.store.ModelFormatException;

/**
 * The finished runs of a comparison, a line of JSON each, so that a comparison that was killed repeats none of them. The
 * first line names data and budget. A line is on the disk before the next run begins; a last line that a crash cut
 * short is dropped. Losses of test rows are in files beside it, for the differences between models.
 */
final class ComparisonJournal implements AutoCloseable {
    private static final String FILE = "journal.jsonl";
    private static final String IDENTITY = "comparison";
    private static final String KEY = "run";
    private static final String RESULT = "result";
    private static final String LOSSES = "losses";

    private final Map<String, RunResult> results = new LinkedHashMap<>();
    private final Map<String, Path> losses = new LinkedHashMap<>();
    private final Path directory;
    private final FileChannel channel;

    private ComparisonJournal(Path directory, FileChannel channel) {
        this.directory = directory;
        this.channel = channel;
    }

    /**
     * Opens the journal of a directory or begins it.
     *
     * @param directory where the comparison's output goes; made if it does not exist
     * @param identity data and budget, which must be the same as before
     */
    static ComparisonJournal open(Path directory, Map<String, Object> identity) throws IOException {
        Files.createDirectories(directory);
        final Path file = directory.resolve(FILE);
        final byte[] bytes = Files.exists(file) ? Files.readAllBytes(file) : new byte[0];
        final int end = wholeLines(bytes);
        final ComparisonJournal journal = new ComparisonJournal(directory,
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE));
        try {
            if (end == 0) {
                journal.channel.truncate(0);
                journal.append(Map.of(IDENTITY, identity));
            } else {
                journal.read(file, new String(bytes, 0, end, StandardCharsets.UTF_8), identity);
                journal.channel.truncate(end).position(end);
            }
            return journal;
        } catch (IOException | RuntimeException e) {
            journal.close();
            throw e;
        }
    }

    private static int wholeLines(byte[] bytes) {
        int end = bytes.length;
        while (end > 0 && bytes[end - 1] != '\n') {
            end--;
        }
        return end;
    }

    private void read(Path file, String text, Map<String, Object> identity) throws IOException {
        int number = 0;
        for (String line : text.split("\n")) {
            number++;
            final String place = file + ", line " + number;
            try {
                final Map<String, Object> json = Json.parseObject(line.getBytes(StandardCharsets.UTF_8), place);
                if (number == 1) {
                    requireSame(file, (Map<?, ?>) json.get(IDENTITY), identity);
                } else {
                    @SuppressWarnings("unchecked")
                    final Map<String, Object> result = (Map<String, Object>) json.get(RESULT);
                    keep((String) json.get(KEY), RunResult.fromJson(result), (String) json.get(LOSSES));
                }
            } catch (ModelFormatException | NullPointerException | ClassCastException | IndexOutOfBoundsException e) {
                throw new CommandException(
                        place + ": is no line of a comparison's journal; delete the file to begin anew");
            }
        }
    }

    private static void requireSame(Path file, Map<?, ?> found, Map<String, Object> wanted) {
        wanted.forEach((name, value) -> {
            if (!value.equals(found.get(name))) {
                throw new CommandException(file + ": belongs to a comparison with " + name + " " + found.get(name)
                        + ", but this one has " + value + "; give the same options, or another --output");
            }
        });
    }

    /** A run whose losses are gone is run again. */
    private void keep(String key, RunResult result, String lossesFile) throws IOException {
        if (lossesFile == null) {
            results.put(key, result);
            return;
        }
        final Path file = directory.resolve(lossesFile);
        if (Files.exists(file) && Files.size(file) == Float.BYTES * (long) result.test("samples")) {
            results.put(key, result);
            losses.put(key, file);
        }
    }

    /** Names a run by all that decides its result. */
    static String key(ComparedModel model, ModelSettings settings, int seed, boolean trial) {
        return model.name() + " " + settings.text(model) + " seed=" + seed + (trial ? " trial" : "");
    }

    /** Returns a finished run, or null. */
    RunResult get(String key) {
        return results.get(key);
    }

    /**
     * Keeps a run; when this returns it is on the disk.
     *
     * @param rowLosses the loss of each test row; null of a trial
     */
    void put(String key, RunResult result, float[] rowLosses) throws IOException {
        final Map<String, Object> line = new LinkedHashMap<>();
        line.put(KEY, key);
        if (rowLosses != null) {
            final Path file = unusedLossesFile();
            final ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * rowLosses.length).order(ByteOrder.LITTLE_ENDIAN);
            bytes.asFloatBuffer().put(rowLosses);
            try (FileChannel out = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                write(out, bytes);
            }
            losses.put(key, file);
            line.put(LOSSES, file.getFileName().toString());
        }
        line.put(RESULT, result.toJson());
        append(line);
        results.put(key, result);
    }

    private Path unusedLossesFile() {
        int number = 1;
        while (Files.exists(directory.resolve(LOSSES + number + ".f32"))) {
            number++;
        }
        return directory.resolve(LOSSES + number + ".f32");
    }

    /** Returns the loss of each test row of a finished run. */
    float[] losses(String key) throws IOException {
        final byte[] bytes = Files.readAllBytes(losses.get(key));
        final float[] values = new float[bytes.length / Float.BYTES];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
        return values;
    }

    private static void write(FileChannel out, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            out.write(bytes);
        }
        out.force(true);
    }

    private void append(Map<String, Object> line) throws IOException {
        write(channel, ByteBuffer.wrap((Json.write(line) + "\n").getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
