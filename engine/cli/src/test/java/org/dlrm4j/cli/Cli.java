package org.dlrm4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.dlrm4j.data.PlantedClickLog;
import org.dlrm4j.store.ModelDirectory;

/** Runs the command line, in this JVM or in one of its own. */
final class Cli {
    private static final long TIMEOUT_SECONDS = 60;

    private Cli() {}

    /** What a command left behind. */
    record Result(int code, String out, String err) {
        Result ok() {
            assertEquals("", err);
            assertEquals(0, code, out);
            return this;
        }

        /** Requires that the command failed with one line, and returns it. */
        String failure(int expectedCode) {
            assertEquals(expectedCode, code, out + err);
            assertEquals(1, err.lines().count(), err);
            return err;
        }
    }

    static Result run(Object... arguments) {
        final StringWriter out = new StringWriter();
        final StringWriter err = new StringWriter();
        final int code = Main.run(new PrintWriter(out), new PrintWriter(err), words(arguments).toArray(String[]::new));
        return new Result(code, out.toString(), err.toString());
    }

    private static List<String> words(Object... arguments) {
        final List<String> words = new ArrayList<>();
        for (Object argument : arguments) {
            if (argument instanceof List<?> list) {
                list.forEach(word -> words.add(word.toString()));
            } else {
                words.add(argument.toString());
            }
        }
        return words;
    }

    /** Starts a JVM of its own, with errors on its standard output. */
    static Process start(Object... arguments) throws IOException {
        return builder(arguments).redirectErrorStream(true).start();
    }

    static ProcessBuilder builder(Object... arguments) {
        return builder(Main.class, arguments);
    }

    static ProcessBuilder builder(Class<?> main, Object... arguments) {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(words(arguments));
        return new ProcessBuilder(command);
    }

    /** Reads a process's output until a line contains a text, and returns what was read. */
    static String readUntil(BufferedReader reader, String text) throws IOException {
        final StringBuilder read = new StringBuilder();
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
            read.append(line).append('\n');
            if (line.contains(text)) {
                return read.toString();
            }
        }
        throw new AssertionError("the process never printed \"" + text + "\":\n" + read);
    }

    static BufferedReader output(Process process) {
        return new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    static int exitCode(Process process) throws InterruptedException {
        if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
            throw new AssertionError("the process did not end within " + TIMEOUT_SECONDS + " s");
        }
        return process.exitValue();
    }

    /** Makes a data directory of planted clicks. */
    static Path data(Path directory, int rows) throws IOException {
        final Path text = directory.resolve("clicks.txt");
        new PlantedClickLog(7).write(text, 0, rows);
        final Path data = directory.resolve("data");
        run("preprocess", "--output", data, "--split", "train-rows=" + rows * 9 / 10, text).ok();
        return data;
    }

    /** Requires that two models, optimizer state included, have the same bytes. */
    static void assertSameModel(Path expected, Path found) throws IOException {
        final ModelDirectory a = ModelDirectory.open(expected);
        final ModelDirectory b = ModelDirectory.open(found);
        assertEquals(a.fileNames(), b.fileNames());
        for (String name : a.fileNames()) {
            assertEquals(-1, Files.mismatch(a.path(name), b.path(name)), name);
        }
    }
}
