package org.dlrm4j.model;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import org.dlrm4j.kernels.CompactGemm;
import org.dlrm4j.kernels.RowConversion;
import org.dlrm4j.kernels.RowFormat;
import org.dlrm4j.kernels.WeightFormat;
import org.dlrm4j.os.NativeMemory;
import org.dlrm4j.store.EmbeddingTable;
import org.dlrm4j.store.ModelDirectory;
import org.dlrm4j.store.ModelWriter;
import org.dlrm4j.store.StoreException;
import org.dlrm4j.store.TableFiles;

/**
 * Copies a model into a directory of its own, its embedding tables in a compact row format, or its layers to be scored with compact weights,
 * or both. Tables of single weights and what raw values mean stay as they are; the optimizer's state is left out. Works in bounded memory,
 * a block of rows or a layer after the other.
 */
public final class ModelQuantizer {
    private static final int BLOCK_ROWS = 4096;

    private ModelQuantizer() {}

    /**
     * How far a table's numbers have moved.
     *
     * @param table the table's name
     * @param rows number of rows
     * @param sourceBytes size of the rows as trained
     * @param targetBytes size of the compact rows
     * @param maxError largest distance of an element from the original
     * @param rmsError root of the mean square of all distances
     */
    public record TableError(String table, long rows, long sourceBytes, long targetBytes, double maxError,
            double rmsError) {}

    /**
     * How far the weights of a layer move when they are rounded.
     *
     * @param parameter the parameter's name
     * @param weights number of weights
     * @param targetBytes size of the compact weights, scales included
     * @param maxError largest distance of a weight from the original
     * @param rmsError root of the mean square of all distances
     */
    public record WeightError(String parameter, long weights, long targetBytes, double maxError, double rmsError) {}

    /**
     * Measures what {@link #quantize} of layers does to their weights.
     *
     * @param network a network whose layers multiply with their parameters as they are
     * @param format the format to round to, not {@link WeightFormat#F32}
     * @return the errors, one a parameter that inputs are multiplied with, in order
     * @throws IllegalArgumentException if the network's layers multiply with rounded weights already, or if a weight has no place in the
     *     format, naming parameter and place
     */
    public static List<WeightError> weightErrors(Network network, WeightFormat format) {
        requireExactWeights(network);
        return network.parameters().stream().filter(parameter -> parameter.copies() > 0)
                .map(parameter -> weightError(parameter, format)).toList();
    }

    private static void requireExactWeights(Network network) {
        if (network.denseWeights() != WeightFormat.F32) {
            throw new IllegalArgumentException("layers have " + network.denseWeights()
                    + " weights already, expected f32; quantize the model that was trained");
        }
    }

    private static WeightError weightError(Parameter parameter, WeightFormat format) {
        final int outputs = parameter.rows();
        final int inputs = parameter.rowFloats();
        final long packedBytes = CompactGemm.packedBytes(format, inputs, outputs);
        try (NativeMemory packed = NativeMemory.allocate(packedBytes);
                NativeMemory rounded = NativeMemory.allocate(parameter.count() * Float.BYTES)) {
            try {
                CompactGemm.pack(format, parameter.values(), 0, inputs, outputs, 0, outputs, packed.segment(), 0);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(parameter.name() + ": " + e.getMessage(), e);
            }
            CompactGemm.unpack(format, packed.segment(), 0, inputs, outputs, rounded.segment(), 0);
            double max = 0;
            double squares = 0;
            for (long i = 0; i < parameter.count(); i++) {
                final double error = (double) rounded.segment().getAtIndex(ValueLayout.JAVA_FLOAT, i)
                        - parameter.values().getAtIndex(ValueLayout.JAVA_FLOAT, i);
                if (!Double.isFinite(error)) {
                    throw new IllegalArgumentException(parameter.name() + ": output " + i / inputs + ", input "
                            + i % inputs + ": is " + parameter.values().getAtIndex(ValueLayout.JAVA_FLOAT, i)
                            + ", expected a finite number that " + format
                            + " has a neighbour for; train the model again "
                            + "if it diverged");
                }
                squares += error * error;
                max = Math.max(max, Math.abs(error));
            }
            final long scales = format == WeightFormat.I8 ? (long) outputs * Float.BYTES : 0;
            return new WeightError(parameter.name(), parameter.count(),
                    parameter.count() * format.elementBytes() + scales, max, Math.sqrt(squares / parameter.count()));
        }
    }

    /**
     * Writes a copy with compact tables, or layers to be scored with compact weights, as the next generation of a model directory. The copy's
     * tables cannot be trained if they are compact. The parameters of its layers stay float32, and are rounded when it is opened for scoring.
     *
     * @param source a model of any architecture with embeddings, opened for scoring, with tables as they are trained: float32 or bf16
     * @param format the format of the tables to write; null: as they are
     * @param denseWeights what the copy's layers multiply with
     * @param target the directory of the copy, not that of {@code source}
     * @param rowsDone is told the number of rows written, now and then, on this thread
     * @return the errors, one a table of embeddings, in order
     * @throws IllegalArgumentException if layers of {@code source} have rounded weights, if tables are to be converted and {@code source} has no embeddings or a table in another format or in
     *     this one, if the format has no rows of the embeddings' width, if a number has no place in a format, naming table and row or parameter
     *     and place, or if {@code target} is the source's directory; nothing is written
     * @throws StoreException if a file cannot be written; nothing is visible in {@code target}
     */
    public static List<TableError> quantize(ModelFiles.Loaded source, RowFormat format, WeightFormat denseWeights,
            Path target, LongConsumer rowsDone) {
        requireExactWeights(source.network());
        final List<EmbeddingTable> embeddings = format == null ? List.of() : embeddings(source.network(), format);
        if (denseWeights != WeightFormat.F32) {
            weightErrors(source.network(), denseWeights);
        }
        checkTarget(source.directory().manifestFile().toAbsolutePath().getParent(), target);
        final List<TableError> errors = new ArrayList<>();
        try (ModelWriter writer = ModelDirectory.write(target);
                NativeMemory buffer = NativeMemory
                        .allocate(2L * BLOCK_ROWS * widest(embeddings) * Float.BYTES)) {
            final Map<String, Object> manifest = new LinkedHashMap<>();
            ModelFiles.write(writer, source.network(), source.vocabulary(), manifest, (table, file) -> {
                if (!embeddings.contains(table)) {
                    TableFiles.write(table, file);
                    return;
                }
                final long before = errors.stream().mapToLong(TableError::rows).sum();
                try (EmbeddingTable compact = EmbeddingTable.create(file, table.name(), table.rows(), table.dim(),
                        format, EmbeddingTable.Allocation.PREALLOCATED)) {
                    errors.add(convert(table, compact, buffer.segment(), rows -> rowsDone.accept(before + rows)));
                    compact.seal();
                }
            });
            if (denseWeights != WeightFormat.F32) {
                manifest.put(ModelFiles.DENSE_WEIGHTS, denseWeights.name());
            }
            writer.commit(manifest);
        }
        return errors;
    }

    /** Returns the tables to convert, or throws before anything is written. */
    private static List<EmbeddingTable> embeddings(Network network, RowFormat format) {
        final List<EmbeddingTable> embeddings = network.lookups().stream()
                .filter(lookup -> lookup.group() == ParameterGroup.EMBEDDING).map(Lookup::table).toList();
        if (embeddings.isEmpty()) {
            throw new IllegalArgumentException("architecture " + network.config().architecture().name()
                    + " has no embeddings, only single weights, which stay float32; serve the model as it is");
        }
        for (EmbeddingTable table : embeddings) {
            format.rowBytes(table.dim());
            if (!TableRows.trainable(table.rowFormat(), ParameterGroup.EMBEDDING) || table.rowFormat() == format) {
                throw new IllegalArgumentException("table " + table.name() + " is in row format "
                        + table.rowFormat() + " already, expected f32 or bf16 and another than that of the copy; "
                        + "quantize the model that was trained");
            }
        }
        return embeddings;
    }

    private static int widest(List<EmbeddingTable> tables) {
        return tables.stream().mapToInt(EmbeddingTable::dim).max().orElse(1);
    }

    private static void checkTarget(Path source, Path target) {
        try {
            if (Files.exists(target) && Files.isSameFile(source, target)) {
                throw new IllegalArgumentException(
                        target + ": is the model itself, expected another directory; the float32 tables would be lost");
            }
        } catch (IOException e) {
            throw new StoreException("cannot read " + target + ": " + e.getMessage(), e);
        }
    }

    private static TableError convert(EmbeddingTable from, EmbeddingTable to, MemorySegment buffer,
            LongConsumer rowsDone) {
        final int dim = from.dim();
        final long rowBytes = (long) dim * Float.BYTES;
        final long copies = BLOCK_ROWS * rowBytes;
        double max = 0;
        double squares = 0;
        for (long row = 0; row < from.rows(); row += BLOCK_ROWS) {
            final long rows = Math.min(BLOCK_ROWS, from.rows() - row);
            RowConversion.decode(from.rowFormat(), rows, dim, from.segment(), from.rowOffset(row),
                    from.rowStrideBytes(), buffer, 0, rowBytes);
            RowConversion.encode(from.name(), to.rowFormat(), row, rows, dim, buffer, 0, rowBytes, to.segment(),
                    to.rowOffset(row), to.rowStrideBytes());
            RowConversion.decode(to.rowFormat(), rows, dim, to.segment(), to.rowOffset(row), to.rowStrideBytes(),
                    buffer, copies, rowBytes);
            for (long r = 0; r < rows; r++) {
                double rowMax = 0;
                for (int j = 0; j < dim; j++) {
                    final long at = r * rowBytes + (long) j * Float.BYTES;
                    final double error = (double) buffer.get(ValueLayout.JAVA_FLOAT, at)
                            - buffer.get(ValueLayout.JAVA_FLOAT, copies + at);
                    squares += error * error;
                    // Unlike a comparison, keeps a NaN.
                    rowMax = Math.max(rowMax, Math.abs(error));
                }
                if (!Double.isFinite(rowMax)) {
                    throw new IllegalArgumentException("table " + from.name() + ", row " + (row + r)
                            + ": holds infinity, NaN or a number too large for format " + to.rowFormat()
                            + ", expected finite numbers" + (to.rowFormat() == RowFormat.F16 ? " up to 65504" : "")
                            + "; use bf16, or train the model again if it diverged");
                }
                max = Math.max(max, rowMax);
            }
            rowsDone.accept(row + rows);
        }
        return new TableError(from.name(), from.rows(), from.rows() * from.rowStrideBytes(),
                to.rows() * to.rowStrideBytes(), max, Math.sqrt(squares / ((double) from.rows() * dim)));
    }
}
