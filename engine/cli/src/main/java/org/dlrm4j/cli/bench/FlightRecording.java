package org.dlrm4j.cli.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.text.ParseException;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import jdk.jfr.Configuration;
import jdk.jfr.Recording;
import org.dlrm4j.cli.CommandException;

/** A recording of the JVM while a benchmark runs, written when it is closed. */
final class FlightRecording implements AutoCloseable {
    private static final DateTimeFormatter NAME = DateTimeFormatter.ofPattern("'dlrm_bench'yyyyMMddHHmmss'.jfr'",
            Locale.ROOT);

    private final Recording recording;
    private final Path file;

    private FlightRecording(Recording recording, Path file) {
        this.recording = recording;
        this.file = file;
    }

    /** Begins to record. */
    static FlightRecording start() throws IOException {
        final Path file = Path.of(LocalDateTime.now().format(NAME));
        final Recording recording;
        try {
            recording = new Recording(Configuration.getConfiguration("profile"));
        } catch (ParseException e) {
            throw new CommandException("this JDK's settings for profiles cannot be read: " + e.getMessage()
                    + "; leave --enable-profiling out");
        }
        recording.setDestination(file);
        recording.start();
        return new FlightRecording(recording, file);
    }

    Path file() {
        return file;
    }

    @Override
    public void close() {
        recording.stop();
        recording.close();
    }
}
