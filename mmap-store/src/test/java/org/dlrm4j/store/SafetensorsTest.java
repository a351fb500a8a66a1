package org.dlrm4j.store;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsTest {
    @TempDir
    Path dir;

    private Path writeSample() {
        try (Arena arena = Arena.ofConfined()) {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            tensors.put("bot_l.0.weight", new Tensor(TensorType.F32,
                    arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1, 2, 3, 4, 5, 6, 7, 8, 9), 3, 3));
            tensors.put("step", new Tensor(TensorType.I64, arena.allocateFrom(JAVA_LONG, 1L << 40)));
            tensors.put("none", new Tensor(TensorType.F32, arena.allocate(0), 0, 7));
            tensors.put("cards", new Tensor(TensorType.I32, arena.allocateFrom(ValueLayout.JAVA_INT, 10, 20), 2));
            Path path = dir.resolve("dense.safetensors");
            Safetensors.write(path, tensors, Map.of("format", "dlrm4j"));
            return path;
        }
    }

    @Test
    void tensorsSurvive() {
        try (Safetensors file = Safetensors.open(writeSample())) {
            assertEquals(List.of("step", "bot_l.0.weight", "none", "cards"), List.copyOf(file.names()));
            assertEquals(Map.of("format", "dlrm4j"), file.metadata());
            assertArrayEquals(new long[]{3, 3}, file.shape("bot_l.0.weight"));
            assertArrayEquals(new float[]{1, 2, 3, 4, 5, 6, 7, 8, 9},
                    file.segment("bot_l.0.weight").toArray(JAVA_FLOAT_UNALIGNED));
            assertArrayEquals(new long[0], file.shape("step"));
            assertEquals(1L << 40, file.segment("step").get(JAVA_LONG, 0));
            assertEquals(0, file.segment("none").byteSize());
            assertEquals(TensorType.I32, file.tensor("cards").type());
            assertTrue(file.segment("cards").isReadOnly());
            NoSuchElementException e = assertThrows(NoSuchElementException.class, () -> file.shape("top"));
            assertTrue(e.getMessage().contains("no tensor top; there are [step,"), e.getMessage());
        }
    }

    @Test
    void bytesFollowTheFormat() throws IOException {
        byte[] bytes = Files.readAllBytes(writeSample());
        long headerBytes = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
        assertEquals(0, (8 + headerBytes) % 64);
        assertEquals(8 + headerBytes + 8 + 36 + 8, bytes.length);
        assertEquals("{\"__metadata__\":{\"format\":\"dlrm4j\"},"
                + "\"step\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[0,8]},"
                + "\"bot_l.0.weight\":{\"dtype\":\"F32\",\"shape\":[3,3],\"data_offsets\":[8,44]},"
                + "\"none\":{\"dtype\":\"F32\",\"shape\":[0,7],\"data_offsets\":[44,44]},"
                + "\"cards\":{\"dtype\":\"I32\",\"shape\":[2],\"data_offsets\":[44,52]}}",
                new String(bytes, 8, (int) headerBytes, StandardCharsets.UTF_8).stripTrailing());
    }

    @Test
    void segmentsAreGoneAfterClose() {
        Safetensors file = Safetensors.open(writeSample());
        MemorySegment segment = file.segment("step");
        file.close();
        file.close();
        assertThrows(IllegalStateException.class, () -> segment.get(JAVA_BYTE, 0));
    }

    @Test
    void refusesEveryTruncationAndExtension() throws IOException {
        byte[] bytes = Files.readAllBytes(writeSample());
        Path cut = dir.resolve("cut");
        for (int length = 0; length < bytes.length; length++) {
            Files.write(cut, Arrays.copyOf(bytes, length));
            assertThrows(ModelFormatException.class, () -> Safetensors.open(cut), "length " + length);
        }
        Files.write(cut, Arrays.copyOf(bytes, bytes.length + 1));
        assertThrows(ModelFormatException.class, () -> Safetensors.open(cut));
    }

    @Test
    void flippedHeaderBitsNeverGiveMoreThanAFormatError() throws IOException {
        byte[] bytes = Files.readAllBytes(writeSample());
        int headerEnd = bytes.length - 52;
        Path flipped = dir.resolve("flipped");
        int refused = 0;
        for (int bit = 0; bit < headerEnd * 8; bit++) {
            bytes[bit >> 3] ^= (byte) (1 << (bit & 7));
            Files.write(flipped, bytes);
            try (Safetensors file = Safetensors.open(flipped)) {
                // A changed name or metadata string is still a good header; its tensors must lie in the file.
                long covered = file.names().stream().mapToLong(name -> file.segment(name).byteSize()).sum();
                assertEquals(52, covered);
            } catch (ModelFormatException e) {
                refused++;
            }
            bytes[bit >> 3] ^= (byte) (1 << (bit & 7));
        }
        assertTrue(refused > headerEnd * 8 / 2, "refused " + refused);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}      | 8 | tensor a.data_offsets
            {"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}      | 8 | tensor a.data_offsets
            {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}      | 8 | data
            {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}      | 4 | data
            {"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}      | 4 | tensor a.dtype
            {"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}     | 4 | tensor a.shape
            {"a":{"dtype":"F32","shape":1,"data_offsets":[0,4]}}        | 4 | tensor a.shape
            {"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}      | 4 | tensor a.data_offsets
            {"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}    | 4 | tensor a.shape
            {"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}} | 4 | tensor a
            {"a":{"dtype":"F32","shape":[1]}}                           | 4 | tensor a
            {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}}| 4 | tensor a
            {"a":7}                                                     | 0 | tensor a
            {"__metadata__":{"a":1}}                                    | 0 | __metadata__.a
            {"__metadata__":[]}                                         | 0 | __metadata__
            {"a":{"dtype":"I32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"I32","shape":[1],"data_offsets":[0,4]}} | 4 | tensor b.data_offsets
            {"a":{"dtype":"I32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"I32","shape":[1],"data_offsets":[8,12]}} | 12 | tensor b.data_offsets
             {}                                                         | 0 | header length
            """)
    void headersThatBreakARuleAreNamed(String json, int dataBytes, String field) throws IOException {
        boolean emptyHeader = json.strip().equals("{}");
        byte[] header = json.strip().getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(8 + header.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(emptyHeader ? 200_000_000 : header.length).put(header);
        Path path = Files.write(dir.resolve("bad"), bytes.array());
        ModelFormatException e = assertThrows(ModelFormatException.class, () -> Safetensors.open(path));
        assertEquals(field, e.field(), e.getMessage());
    }

    @Test
    void foreignOrderAndAlignmentAreRead() throws IOException {
        byte[] header = ("{\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]},"
                + "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}").getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(8 + header.length + 8).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(header.length).put(header).putFloat(1.5f).putFloat(2.5f);
        try (Safetensors file = Safetensors.open(Files.write(dir.resolve("f"), bytes.array()))) {
            assertEquals(1.5f, file.segment("a").get(JAVA_FLOAT_UNALIGNED, 0));
            assertEquals(2.5f, file.segment("b").get(JAVA_FLOAT_UNALIGNED, 0));
        }
    }

    @Test
    void refusesWrongArguments() {
        try (Arena arena = Arena.ofConfined()) {
            assertThrows(IllegalArgumentException.class, () -> new Tensor(TensorType.F32, arena.allocate(8), 3));
            assertThrows(IllegalArgumentException.class, () -> new Tensor(TensorType.F32, arena.allocate(8), -2, -1));
            assertThrows(IllegalArgumentException.class,
                    () -> new Tensor(TensorType.F32, MemorySegment.ofArray(new float[2]), 2));
            Tensor tensor = new Tensor(TensorType.F32, arena.allocate(8), 2);
            Path path = dir.resolve("x");
            assertThrows(IllegalArgumentException.class,
                    () -> Safetensors.write(path, Map.of("__metadata__", tensor), Map.of()));
            assertFalse(Files.exists(path));
        }
    }
}
