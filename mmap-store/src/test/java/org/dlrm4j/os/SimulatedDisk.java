package org.dlrm4j.os;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A disk that records all changes of a directory tree, and what a power cut at any of them may leave of it. What was synced is
 * there. Of everything else any part may be: sectors of 512 bytes of any writes, in any order; lengths with or without the data, where
 * zeros stand in; names of a directory in the order in which they changed up to some change (a journal), or any of the changes. Only a
 * rename is whole. A file's sync does not bring its name to the disk.
 *
 * <p>Stores through mappings are found by comparison whenever anything else is recorded: each is a write since the record before.
 */
public final class SimulatedDisk implements FileObserver {
    private static final int SECTOR_BYTES = 512;

    /** A file or directory, whatever its names, as the kernel shows it. */
    private static final class Inode {
        final boolean directory;
        final Map<String, Inode> names = new TreeMap<>();
        byte[] bytes = {};

        Inode(boolean directory) {
            this.directory = directory;
        }
    }

    private record Mapped(Inode file, MemorySegment memory) {}

    /** A change, or the wait for all changes of a file or directory. */
    private sealed interface Event {
        boolean concerns(Inode inode);
    }

    private record Write(Inode file, int position, byte[] bytes) implements Event {
        @Override
        public boolean concerns(Inode inode) {
            return inode == file;
        }
    }

    private record Length(Inode file, int bytes) implements Event {
        @Override
        public boolean concerns(Inode inode) {
            return inode == file;
        }
    }

    /** What a name stands for from now on; null if there is no such name any more. */
    private record Name(Inode directory, String name, Inode inode) {}

    private record Names(List<Name> names) implements Event {
        @Override
        public boolean concerns(Inode inode) {
            return names.stream().anyMatch(name -> name.directory == inode);
        }
    }

    private record Sync(Inode inode) implements Event {
        @Override
        public boolean concerns(Inode other) {
            return false;
        }
    }

    private final Path root;
    private final Inode top = new Inode(true);
    private final List<Event> events = new ArrayList<>();
    private final Map<Long, Mapped> mappings = new HashMap<>();

    /** Begins with what a directory holds: all that is on the disk. */
    public SimulatedDisk(Path root) throws IOException {
        this.root = root;
        Map<Object, Inode> seen = new HashMap<>(Map.of(key(root), top));
        try (Stream<Path> paths = Files.walk(root)) {
            for (Path path : paths.filter(path -> !path.equals(root)).toList()) {
                Inode inode = seen.computeIfAbsent(key(path), key -> new Inode(Files.isDirectory(path)));
                name(path, inode);
                if (!inode.directory && inode.bytes.length == 0) {
                    byte[] bytes = Files.readAllBytes(path);
                    lengthSet(inode, bytes.length, false);
                    written(inode, 0, bytes);
                }
            }
        }
        seen.values().forEach(this::synced);
    }

    private static Object key(Path path) {
        try {
            return Files.readAttributes(path, "unix:ino").get("ino");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Inode find(Path path) {
        Inode inode = top;
        for (Path name : root.relativize(path)) {
            inode = name.toString().isEmpty() ? inode : inode.names.get(name.toString());
        }
        return inode;
    }

    private void name(Path path, Inode inode) {
        change(List.of(new Name(find(path.getParent()), path.getFileName().toString(), inode)));
    }

    private void change(List<Name> names) {
        for (Name name : names) {
            if (name.inode == null) {
                name.directory.names.remove(name.name);
            } else {
                name.directory.names.put(name.name, name.inode);
            }
        }
        record(new Names(names));
    }

    private void record(Event event) {
        mappings.values().forEach(this::compare);
        events.add(event);
    }

    private void compare(Mapped mapped) {
        byte[] known = mapped.file.bytes;
        for (long from = 0; from < known.length;) {
            long differs = MemorySegment.mismatch(mapped.memory, from, known.length, MemorySegment.ofArray(known), from,
                    known.length);
            if (differs < 0) {
                return;
            }
            int begin = Math.toIntExact((from + differs) & -SECTOR_BYTES);
            int end = Math.min(begin + SECTOR_BYTES, known.length);
            byte[] sector = mapped.memory.asSlice(begin, end - begin).toArray(ValueLayout.JAVA_BYTE);
            System.arraycopy(sector, 0, known, begin, sector.length);
            events.add(new Write(mapped.file, begin, sector));
            from = end;
        }
    }

    /** Returns how many events there were until now. */
    public synchronized int now() {
        mappings.values().forEach(this::compare);
        return events.size();
    }

    @Override
    public synchronized Object opened(Path path) {
        return find(path);
    }

    @Override
    public synchronized void created(Path path, boolean directory) {
        name(path, new Inode(directory));
    }

    @Override
    public synchronized void removed(Path path) {
        name(path, null);
    }

    @Override
    public synchronized void renamed(Path from, Path to) {
        change(List.of(new Name(find(from.getParent()), from.getFileName().toString(), null),
                new Name(find(to.getParent()), to.getFileName().toString(), find(from))));
    }

    @Override
    public synchronized void linked(Path link, Path existing) {
        name(link, find(existing));
    }

    @Override
    public synchronized void written(Object file, long position, byte[] bytes) {
        Inode inode = (Inode) file;
        int at = Math.toIntExact(position);
        lengthSet(file, position + bytes.length, false);
        System.arraycopy(bytes, 0, inode.bytes, at, bytes.length);
        record(new Write(inode, at, bytes));
    }

    @Override
    public synchronized void lengthSet(Object file, long bytes, boolean cut) {
        Inode inode = (Inode) file;
        if (bytes > inode.bytes.length || cut && bytes < inode.bytes.length) {
            inode.bytes = Arrays.copyOf(inode.bytes, Math.toIntExact(bytes));
            record(new Length(inode, inode.bytes.length));
        }
    }

    @Override
    public synchronized void synced(Object file) {
        record(new Sync((Inode) file));
    }

    @Override
    public synchronized void mapped(Object file, long address, long bytes) {
        mappings.put(address, new Mapped((Inode) file, MemorySegment.ofAddress(address).reinterpret(bytes)));
    }

    @Override
    public synchronized void unmapping(long address) {
        compare(mappings.remove(address));
    }

    /** Chooses a number of events from some number on, every other time beside one that is no write: there are many more writes. */
    public synchronized int moment(int from, Random random) {
        int[] beside = IntStream.range(from, now() + 1)
                .filter(at -> at == events.size() || !(events.get(at) instanceof Write)
                        || at > from && !(events.get(at - 1) instanceof Write))
                .toArray();
        return random.nextBoolean() ? beside[random.nextInt(beside.length)] : random.nextInt(from, events.size() + 1);
    }

    /** Writes into an empty directory what a power cut after the first events may leave. */
    public synchronized void cut(int afterEvents, Random random, Path target) throws IOException {
        Platter platter = new Platter();
        List<Event> pending = new ArrayList<>();
        for (Event event : events.subList(0, afterEvents)) {
            if (event instanceof Sync sync) {
                pending.stream().filter(each -> each.concerns(sync.inode))
                        .forEach(each -> platter.take(each, () -> true));
                pending.removeIf(each -> each.concerns(sync.inode));
            } else {
                pending.add(event);
            }
        }
        platter.takeSome(pending, random);
        platter.write(top, target, new HashMap<>());
    }

    /** What is on the disk. */
    private static final class Platter {
        private final Map<Inode, byte[]> contents = new HashMap<>();
        private final Map<Inode, Map<String, Inode>> directories = new HashMap<>();

        void takeSome(List<Event> pending, Random random) {
            double part = random.nextInt(3) == 0 ? random.nextInt(2) : random.nextDouble();
            long names = pending.stream().filter(Names.class::isInstance).count();
            long inOrder = random.nextBoolean() ? -1 : random.nextLong(names + 1);
            long namesSeen = 0;
            for (Event event : pending) {
                boolean taken = event instanceof Names && inOrder >= 0
                        ? namesSeen++ < inOrder
                        : random.nextDouble() < part;
                if (event instanceof Write || taken) {
                    take(event, () -> random.nextDouble() < part);
                }
            }
        }

        /** Takes a change; of a write each sector on its own. */
        void take(Event event, BooleanSupplier sectorTaken) {
            switch (event) {
                case Names change -> change.names.forEach(name -> {
                    Map<String, Inode> names = directories.computeIfAbsent(name.directory, any -> new TreeMap<>());
                    if (name.inode == null) {
                        names.remove(name.name);
                    } else {
                        names.put(name.name, name.inode);
                    }
                });
                case Length length -> contents.put(length.file, Arrays.copyOf(content(length.file), length.bytes));
                case Write write -> {
                    byte[] content = content(write.file);
                    int end = Math.min(content.length, write.position + write.bytes.length);
                    for (int from = write.position; from < end;) {
                        int to = Math.min(end, (from / SECTOR_BYTES + 1) * SECTOR_BYTES);
                        if (sectorTaken.getAsBoolean()) {
                            System.arraycopy(write.bytes, from - write.position, content, from, to - from);
                        }
                        from = to;
                    }
                }
                case Sync sync -> throw new AssertionError(sync);
            }
        }

        private byte[] content(Inode file) {
            return contents.computeIfAbsent(file, any -> new byte[0]);
        }

        void write(Inode directory, Path target, Map<Inode, Path> written) throws IOException {
            for (Map.Entry<String, Inode> entry : directories.getOrDefault(directory, Map.of()).entrySet()) {
                Path path = target.resolve(entry.getKey());
                Inode inode = entry.getValue();
                if (inode.directory) {
                    write(inode, Files.createDirectory(path), written);
                } else if (written.containsKey(inode)) {
                    Files.createLink(path, written.get(inode));
                } else {
                    written.put(inode, path);
                    writeSparse(path, content(inode));
                }
            }
        }

        /** Leaves holes where sectors are zero. */
        private static void writeSparse(Path path, byte[] bytes) throws IOException {
            byte[] zeros = new byte[SECTOR_BYTES];
            try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
                file.setLength(bytes.length);
                for (int from = 0; from < bytes.length; from += SECTOR_BYTES) {
                    int to = Math.min(from + SECTOR_BYTES, bytes.length);
                    if (!Arrays.equals(bytes, from, to, zeros, 0, to - from)) {
                        file.seek(from);
                        file.write(bytes, from, to - from);
                    }
                }
            }
        }
    }
}
