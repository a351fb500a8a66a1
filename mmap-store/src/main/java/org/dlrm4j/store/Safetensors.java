package org.dlrm4j.store;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import org.dlrm4j.os.FileSpace;
import org.dlrm4j.os.MappedFile;
import org.dlrm4j.os.NativeCallException;

/**
 * Tensors in the <a href="https://huggingface.co/docs/safetensors">safetensors</a> format: eight bytes little-endian
 * header length, a JSON header that gives each tensor's type, shape and place, then the data without holes.
 *
 * <p>Reading maps the file and checks all the format's rules before any tensor is visible: header of at most 100 MB,
 * offsets contiguous, nothing overlapping, the whole buffer covered. Types are those of {@link TensorType}.
 *
 * <p>The owner closes it; tensors then throw {@code IllegalStateException} on access. Reading from many threads is safe.
 */
public final class Safetensors implements AutoCloseable {
    private static final int LENGTH_BYTES = 8;
    private static final int MAX_HEADER_BYTES = 100_000_000;
    private static final ValueLayout.OfLong HEADER_LENGTH = ValueLayout.JAVA_LONG_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final String METADATA = "__metadata__";
    /** The format asks for 8; a cache line lets aligned vector loads start every file's data. */
    private static final int DATA_ALIGNMENT_BYTES = 64;

    private final Path path;
    private final MappedFile file;
    private final Map<String, Tensor> tensors;
    private final Map<String, String> metadata;

    private Safetensors(Path path, MappedFile file, Map<String, Tensor> tensors, Map<String, String> metadata) {
        this.path = path;
        this.file = file;
        this.tensors = tensors;
        this.metadata = metadata;
    }

    /**
     * Writes tensors into a new file, which is on the device when this returns.
     *
     * @param path the file, which must not exist
     * @param tensors name to tensor; the data are laid out by descending element size and else in this order
     * @param metadata free strings for the header, may be empty
     * @throws IllegalArgumentException if a name is {@code __metadata__} or the header exceeds 100 MB
     * @throws StoreException if the file exists or cannot be written, or the disk is full; no file is left
     */
    public static void write(Path path, Map<String, Tensor> tensors, Map<String, String> metadata) {
        stream(path, tensors.entrySet().stream().map(e -> new Streamed(e.getKey(), e.getValue().type(),
                e.getValue().shape(), sink -> sink.write(e.getValue().segment()))).toList(), metadata);
    }

    /** Takes the elements of a tensor, piece after piece. */
    @FunctionalInterface
    interface Sink {
        void write(MemorySegment piece) throws IOException;
    }

    /** Gives the elements of a tensor, exactly as many as its shape says. */
    @FunctionalInterface
    interface Elements {
        void writeTo(Sink sink) throws IOException;
    }

    /** A tensor that is nowhere in one piece. */
    record Streamed(String name, TensorType type, long[] shape, Elements elements) {
        long bytes() {
            return Tensor.bytes(type, shape);
        }
    }

    /** Writes a file as {@link #write} does, of tensors that come in pieces. */
    static void stream(Path path, List<Streamed> tensors, Map<String, String> metadata) {
        List<Streamed> ordered = new ArrayList<>(tensors);
        // Without holes, wide elements are aligned only if nothing narrower precedes them.
        ordered.sort(Comparator.comparingInt(tensor -> -tensor.type().elementBytes()));
        byte[] header = header(ordered, metadata);
        long dataBytes = ordered.stream().mapToLong(Streamed::bytes).reduce(0, Math::addExact);
        long fileBytes = Math.addExact(LENGTH_BYTES + header.length, dataBytes);
        NewFile.create(path, fileBytes, channel -> {
            FileSpace.preallocate(path, fileBytes);
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment prefix = arena.allocate(LENGTH_BYTES + header.length);
                prefix.set(HEADER_LENGTH, 0, header.length);
                MemorySegment.copy(header, 0, prefix, ValueLayout.JAVA_BYTE, LENGTH_BYTES, header.length);
                long[] position = {TableFiles.writeFully(channel, prefix, 0)};
                for (Streamed tensor : ordered) {
                    tensor.elements()
                            .writeTo(piece -> position[0] = TableFiles.writeFully(channel, piece, position[0]));
                }
            }
        });
    }

    private static byte[] header(List<Streamed> ordered, Map<String, String> metadata) {
        Map<String, Object> header = new LinkedHashMap<>();
        if (!metadata.isEmpty()) {
            header.put(METADATA, metadata);
        }
        long offset = 0;
        for (Streamed tensor : ordered) {
            if (tensor.name().equals(METADATA)) {
                throw new IllegalArgumentException("tensor name " + METADATA + " is reserved by the format");
            }
            long end = Math.addExact(offset, tensor.bytes());
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("dtype", tensor.type().name());
            fields.put("shape", Arrays.stream(tensor.shape()).boxed().toList());
            fields.put("data_offsets", List.of(offset, end));
            header.put(tensor.name(), fields);
            offset = end;
        }
        byte[] json = Json.write(header).getBytes(StandardCharsets.UTF_8);
        int padded = (LENGTH_BYTES + json.length + DATA_ALIGNMENT_BYTES - 1) / DATA_ALIGNMENT_BYTES
                * DATA_ALIGNMENT_BYTES - LENGTH_BYTES;
        if (padded > MAX_HEADER_BYTES) {
            throw new IllegalArgumentException("header: " + padded + " bytes, expected at most " + MAX_HEADER_BYTES);
        }
        byte[] bytes = Arrays.copyOf(json, padded);
        Arrays.fill(bytes, json.length, padded, (byte) ' ');
        return bytes;
    }

    /**
     * Maps a file and checks its header.
     *
     * @param path a safetensors file
     * @return the owner of the mapping
     * @throws ModelFormatException if the file breaks a rule of the format, naming tensor and field
     * @throws StoreException if the file cannot be read
     */
    public static Safetensors open(Path path) {
        MappedFile file;
        try {
            file = MappedFile.map(path, MappedFile.Access.READ_ONLY);
        } catch (IllegalArgumentException e) {
            throw new ModelFormatException(path, "file length", "found 0, expected at least " + LENGTH_BYTES);
        } catch (NativeCallException e) {
            throw StoreException.reading(path, e);
        }
        boolean opened = false;
        try {
            Safetensors safetensors = read(path, file);
            opened = true;
            return safetensors;
        } finally {
            if (!opened) {
                file.close();
            }
        }
    }

    private static Safetensors read(Path path, MappedFile file) {
        MemorySegment segment = file.segment();
        long fileBytes = segment.byteSize();
        if (fileBytes < LENGTH_BYTES) {
            throw ModelFormatException.unequal(path, "file length", fileBytes, "at least " + LENGTH_BYTES);
        }
        long headerBytes = segment.get(HEADER_LENGTH, 0);
        long limit = Math.min(MAX_HEADER_BYTES, fileBytes - LENGTH_BYTES);
        if (headerBytes < 2 || headerBytes > limit) {
            throw new ModelFormatException(path, "header length", "found " + Long.toUnsignedString(headerBytes)
                    + ", expected 2 to " + limit + " in a file of " + fileBytes + " bytes");
        }
        byte[] json = segment.asSlice(LENGTH_BYTES, headerBytes).toArray(ValueLayout.JAVA_BYTE);
        if (json[0] != '{') {
            throw ModelFormatException.unequal(path, "header", "byte " + json[0], "'{'");
        }
        long dataOffset = LENGTH_BYTES + headerBytes;
        SafetensorsHeader header = SafetensorsHeader.parse(path, json, fileBytes - dataOffset);
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        header.entries().forEach((name, entry) -> tensors.put(name, new Tensor(entry.type(),
                segment.asSlice(dataOffset + entry.begin(), entry.end() - entry.begin()), entry.shape())));
        return new Safetensors(path, file, Collections.unmodifiableMap(tensors), header.metadata());
    }

    /**
     * Returns the names of all tensors.
     *
     * @return unmodifiable, in the header's order
     */
    public Set<String> names() {
        return tensors.keySet();
    }

    /**
     * Returns a tensor.
     *
     * @param name the tensor's name
     * @return the tensor, whose segment is read-only and lives until {@link #close()}
     * @throws NoSuchElementException if the file has no such tensor, naming file and tensor
     */
    public Tensor tensor(String name) {
        Tensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new NoSuchElementException(path + ": no tensor " + name + "; there are " + tensors.keySet());
        }
        return tensor;
    }

    /**
     * Returns the shape of a tensor.
     *
     * @param name the tensor's name
     * @return a new array, outermost dimension first, empty for a scalar
     * @throws NoSuchElementException if the file has no such tensor, naming file and tensor
     */
    public long[] shape(String name) {
        return tensor(name).shape();
    }

    /**
     * Returns the elements of a tensor.
     *
     * @param name the tensor's name
     * @return read-only, little-endian, row-major; files of other writers may place it at any byte, so read it with an
     *     unaligned layout such as {@link ValueLayout#JAVA_FLOAT_UNALIGNED}
     * @throws NoSuchElementException if the file has no such tensor, naming file and tensor
     */
    public MemorySegment segment(String name) {
        return tensor(name).segment();
    }

    /**
     * Returns the free strings of the header.
     *
     * @return unmodifiable, empty if there are none
     */
    public Map<String, String> metadata() {
        return metadata;
    }

    /**
     * Unmaps the file. A second call does nothing.
     *
     * @throws IllegalStateException if another thread is using a segment in a native or channel call
     */
    @Override
    public void close() {
        file.close();
    }
}
