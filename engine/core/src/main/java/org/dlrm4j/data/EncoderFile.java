package org.dlrm4j.data;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;

/**
 * The file of a {@link SampleEncoder}, little-endian: magic {@code DLRMENCO}, int32 version 1, int32 CRC32C of all that
 * follows; int32 length and bytes of the schema as JSON; for each dense feature float64 mean and deviation; for each sparse
 * feature int32 number of bounds (-1 for none) and float64 bounds, int32 number of values (-1 for none) and int64 values in
 * row order.
 */
final class EncoderFile {
    private static final long MAGIC = 0x4f434e454d524c44L; // "DLRMENCO"
    private static final int VERSION = 1;
    private static final int NONE = -1;
    private static final int MAX_SCHEMA_BYTES = 1 << 24;

    private EncoderFile() {}

    static void write(Path file, Schema schema, double[] means, double[] deviations, double[][] bounds,
            ValueDictionary[] dictionaries) throws IOException {
        Sink measured = new Sink(null);
        put(measured, schema, means, deviations, bounds, dictionaries);
        Path temporary = DurableFiles.temporary(file);
        try (AppendFile out = AppendFile.create(temporary)) {
            out.putLong(MAGIC);
            out.putInt(VERSION);
            // In front of the data: see FeatureDictionary.
            out.putInt((int) measured.crc.getValue());
            put(new Sink(out), schema, means, deviations, bounds, dictionaries);
            out.sync();
        }
        DurableFiles.publish(temporary, file);
    }

    private static void put(Sink out, Schema schema, double[] means, double[] deviations, double[][] bounds,
            ValueDictionary[] dictionaries) throws IOException {
        byte[] json = schema.toJson().getBytes(StandardCharsets.UTF_8);
        out.putInt(json.length);
        out.putBytes(json, json.length);
        for (int i = 0; i < means.length; i++) {
            out.putLong(Double.doubleToLongBits(means[i]));
            out.putLong(Double.doubleToLongBits(deviations[i]));
        }
        for (int f = 0; f < bounds.length; f++) {
            out.putInt(bounds[f] == null ? NONE : bounds[f].length);
            for (int i = 0; bounds[f] != null && i < bounds[f].length; i++) {
                out.putLong(Double.doubleToLongBits(bounds[f][i]));
            }
            ValueDictionary dictionary = dictionaries[f];
            out.putInt(dictionary == null ? NONE : dictionary.size());
            for (int row = 0; dictionary != null && row < dictionary.size(); row++) {
                out.putLong(dictionary.value(row));
            }
        }
    }

    static SampleEncoder read(Path file) throws IOException {
        CRC32C crc = new CRC32C();
        try (CheckedInputStream checked = new CheckedInputStream(
                new BufferedInputStream(Files.newInputStream(file), 1 << 16), crc);
                DataInputStream in = new DataInputStream(checked)) {
            Source source = new Source(file, in);
            source.require("magic", source.nextLong(), MAGIC);
            source.require("version", source.nextInt(), VERSION);
            int stored = source.nextInt();
            crc.reset();
            // Contents are judged by their checksum first: parsing damaged ones would blame the wrong thing.
            in.transferTo(java.io.OutputStream.nullOutputStream());
            source.require("CRC32C", (int) crc.getValue(), stored);
        } catch (EOFException e) {
            throw damaged(file, "length", Files.size(file), "more bytes");
        }
        try (DataInputStream in = new DataInputStream(
                new BufferedInputStream(Files.newInputStream(file), 1 << 16))) {
            in.skipNBytes(Long.BYTES + 2L * Integer.BYTES);
            return parse(new Source(file, in));
        } catch (EOFException e) {
            throw damaged(file, "length", Files.size(file), "more bytes");
        }
    }

    private static SampleEncoder parse(Source in) throws IOException {
        byte[] json = new byte[in.nextCount("length of the schema", MAX_SCHEMA_BYTES)];
        in.in.readFully(json);
        Schema schema = Schema.parse(json, in.file + ", schema");
        double[] means = new double[schema.dense().size()];
        double[] deviations = new double[means.length];
        for (int i = 0; i < means.length; i++) {
            means[i] = Double.longBitsToDouble(in.nextLong());
            deviations[i] = Double.longBitsToDouble(in.nextLong());
        }
        int features = schema.sparse().size();
        double[][] bounds = new double[features][];
        ValueDictionary[] dictionaries = new ValueDictionary[features];
        for (int f = 0; f < features; f++) {
            SparseFeature feature = schema.sparse().get(f);
            int count = in.nextCount("number of bounds of " + feature.name(), Integer.MAX_VALUE - 8);
            in.require("bounds of " + feature.name(), count != NONE, feature.kind() == SparseFeature.Kind.BUCKETS);
            bounds[f] = count == NONE ? null : new double[count];
            for (int i = 0; i < count; i++) {
                bounds[f][i] = Double.longBitsToDouble(in.nextLong());
            }
            count = in.nextCount("number of values of " + feature.name(), Integer.MAX_VALUE - 8);
            in.require("values of " + feature.name(), count != NONE, feature.hasDictionary());
            dictionaries[f] = count == NONE ? null : new ValueDictionary(feature.name());
            for (int row = 0; row < count; row++) {
                in.require("row of a value of " + feature.name(), dictionaries[f].add(in.nextLong()), row);
            }
        }
        return new SampleEncoder(schema, means, deviations, bounds, dictionaries);
    }

    private static DatasetException damaged(Path file, String field, Object found, Object expected) {
        return new DatasetException(file + ", " + field + ": found " + found + ", expected " + expected
                + "; the file is damaged or none of dlrm preprocess --schema, restore it or preprocess again");
    }

    /** Reads little-endian numbers and names what is wrong. */
    private record Source(Path file, DataInputStream in) {
        int nextInt() throws IOException {
            return Integer.reverseBytes(in.readInt());
        }

        long nextLong() throws IOException {
            return Long.reverseBytes(in.readLong());
        }

        int nextCount(String field, int max) throws IOException {
            int count = nextInt();
            if (count < NONE || count > max) {
                throw damaged(file, field, count, "-1 to " + max);
            }
            return count;
        }

        void require(String field, Object found, Object expected) {
            if (!found.equals(expected)) {
                throw damaged(file, field, found, expected);
            }
        }
    }

    /** Writes to a file, or only computes the checksum of what would be written. */
    private static final class Sink {
        private final AppendFile out;
        private final CRC32C crc = new CRC32C();
        private final byte[] word = new byte[Long.BYTES];

        Sink(AppendFile out) {
            this.out = out;
        }

        void putInt(int value) throws IOException {
            put(value, Integer.BYTES);
        }

        void putLong(long value) throws IOException {
            put(value, Long.BYTES);
        }

        private void put(long value, int bytes) throws IOException {
            for (int i = 0; i < bytes; i++) {
                word[i] = (byte) (value >>> Byte.SIZE * i);
            }
            putBytes(word, bytes);
        }

        void putBytes(byte[] bytes, int count) throws IOException {
            if (out == null) {
                crc.update(bytes, 0, count);
            } else {
                out.putBytes(bytes, 0, count);
            }
        }
    }
}
