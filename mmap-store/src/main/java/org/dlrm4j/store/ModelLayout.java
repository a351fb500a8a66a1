package org.dlrm4j.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The names in a model directory, and the deletion of what no manifest needs. */
final class ModelLayout {
    static final String TEMPORARY_SUFFIX = ".tmp";

    private static final Pattern GENERATION = Pattern.compile("g([0-9]{6,18})");
    private static final Pattern DELTA = Pattern.compile("d([0-9]{6,18})-([0-9]{6,18})(\\.tmp)?");

    private ModelLayout() {}

    static Path generation(Path directory, long generation) {
        return directory.resolve(String.format("g%06d", generation));
    }

    static Path delta(Path directory, long generation, long sequence) {
        return directory.resolve(String.format("d%06d-%06d", generation, sequence));
    }

    static Path temporaryManifest(Path directory) {
        return directory.resolve(ModelDirectory.MANIFEST_FILE + TEMPORARY_SUFFIX);
    }

    /** Returns the numbers of all generations that have a directory, newest first. */
    static List<Long> generations(Path directory) {
        return list(directory).stream().map(path -> GENERATION.matcher(path.getFileName().toString()))
                .filter(Matcher::matches).map(name -> Long.valueOf(name.group(1)))
                .sorted(Comparator.reverseOrder()).toList();
    }

    /** Returns the largest number of a generation's deltas, 0 if it has none. */
    static long lastDelta(Path directory, long generation) {
        return deltas(directory, generation).mapToLong(name -> Long.parseLong(name.group(2))).max().orElse(0);
    }

    /** Returns the directories of a generation and of its deltas that are there. */
    static List<Path> parts(Path directory, long generation) {
        return Stream.concat(Stream.of(generation(directory, generation)),
                deltas(directory, generation).map(name -> directory.resolve(name.group()))).toList();
    }

    private static Stream<MatchResult> deltas(Path directory, long generation) {
        return list(directory).stream().map(path -> DELTA.matcher(path.getFileName().toString()))
                .filter(name -> name.matches() && name.group(3) == null && Long.parseLong(name.group(1)) == generation)
                .map(Matcher::toMatchResult);
    }

    static List<Path> list(Path directory) {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.sorted().toList();
        } catch (IOException | UncheckedIOException e) {
            throw StoreException.reading(directory, e);
        }
    }

    /** Deletes generations and deltas but those of some generations, and what is unfinished; nothing else, whatever lies here. */
    static void deleteAllBut(Path directory, Set<Long> generations) throws IOException {
        Files.deleteIfExists(temporaryManifest(directory));
        for (Path entry : list(directory)) {
            String name = entry.getFileName().toString();
            Matcher generation = GENERATION.matcher(name);
            Matcher delta = DELTA.matcher(name);
            boolean unneeded = generation.matches() && !generations.contains(Long.valueOf(generation.group(1)))
                    || delta.matches() && (delta.group(3) != null
                            || !generations.contains(Long.valueOf(delta.group(1))));
            if (unneeded) {
                deleteTree(entry);
            }
        }
    }

    static void deleteTree(Path root) throws IOException {
        // First what makes a whole of the files: a deletion that is interrupted must not leave half of one with it.
        if (Files.isDirectory(root, LinkOption.NOFOLLOW_LINKS)) {
            Files.deleteIfExists(root.resolve(ModelDirectory.MANIFEST_FILE));
        }
        List<Path> deepestFirst;
        try (Stream<Path> paths = Files.walk(root)) {
            deepestFirst = paths.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : deepestFirst) {
            Files.deleteIfExists(path);
        }
    }
}
