package org.dlrm4j.model;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import org.dlrm4j.data.FeatureDictionary;
import org.dlrm4j.data.SampleEncoder;
import org.dlrm4j.data.UnseenPolicy;
import org.dlrm4j.kernels.RowFormat;
import org.dlrm4j.kernels.WeightFormat;
import org.dlrm4j.store.EmbeddingTable;
import org.dlrm4j.store.ModelDirectory;
import org.dlrm4j.store.ModelFormatException;
import org.dlrm4j.store.ModelWriter;
import org.dlrm4j.store.Safetensors;
import org.dlrm4j.store.StoreException;
import org.dlrm4j.store.TableFiles;
import org.dlrm4j.store.Tensor;
import org.dlrm4j.store.TensorType;

/**
 * A model in a model directory: {@code dense.safetensors} with all parameters outside the tables by name ({@code bot_l.0.weight},
 * …, for a DLRM the reference's names), one file a table ({@code table-NN.dlrm}, {@code wide-NN.dlrm}), {@code dictionary-NN.dict} or one
 * {@code encoder.bin} if raw values can be scored, and the keys {@code configuration}, {@code features} and {@code denseWeights} of
 * {@code model.json}.
 */
public final class ModelFiles {
    /** The file of the parameters outside the tables. */
    public static final String DENSE_FILE = "dense.safetensors";

    private static final String ENCODER_FILE = "encoder.bin";
    private static final String CONFIGURATION = "configuration";
    private static final String FEATURES = "features";
    /** What a scorer's layers multiply with, if that is not what {@link #DENSE_FILE} holds. */
    static final String DENSE_WEIGHTS = "denseWeights";

    private ModelFiles() {}

    /**
     * A model read from a directory.
     *
     * @param network the parameters, owned by the caller
     * @param vocabulary raw values to rows, or null if the model was trained on row numbers
     * @param directory where it came from
     */
    public record Loaded(Network network, Vocabulary vocabulary, ModelDirectory directory) {}

    /**
     * Writes the parameters outside the tables.
     *
     * @param file a new file
     * @param network the parameters; must not change meanwhile
     */
    public static void writeDense(Path file, Network network) {
        Safetensors.write(file, tensors(network), Map.of());
    }

    /**
     * Writes a model's files into a generation.
     *
     * @param writer the generation
     * @param network the parameters; must not change meanwhile
     * @param vocabulary raw values to rows, or null
     * @param manifest receives the keys that {@link #load} needs
     */
    public static void write(ModelWriter writer, Network network, Vocabulary vocabulary, Map<String, Object> manifest) {
        write(writer, network, vocabulary, manifest, TableFiles::write);
    }

    /** Writes a model's files, the tables by a function that makes a sealed table file. */
    static void write(ModelWriter writer, Network network, Vocabulary vocabulary, Map<String, Object> manifest,
            BiConsumer<EmbeddingTable, Path> tableWriter) {
        writeDense(writer.path(DENSE_FILE), network);
        for (EmbeddingTable table : network.tables()) {
            tableWriter.accept(table, writer.path(tableFile(table.name())));
        }
        manifest.put(CONFIGURATION, network.config().toJson());
        if (vocabulary != null && vocabulary.encoder() != null) {
            final Path file = writer.path(ENCODER_FILE);
            try {
                vocabulary.encoder().save(file);
            } catch (IOException e) {
                throw new StoreException("cannot write " + file + ": " + e.getMessage(), e);
            }
            manifest.put(FEATURES, Map.of("schema", vocabulary.encoder().schema().name()));
        } else if (vocabulary != null) {
            for (int f = 0; f < vocabulary.dictionaries().size(); f++) {
                final Path file = writer.path(dictionaryFile(f));
                try {
                    vocabulary.dictionaries().get(f).save(file);
                } catch (IOException e) {
                    throw new StoreException("cannot write " + file + ": " + e.getMessage(), e);
                }
            }
            manifest.put(FEATURES, Map.of("unseen", vocabulary.policies().stream().map(Enum::name).toList()));
        }
    }

    private static Map<String, Tensor> tensors(Network network) {
        final Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (Parameter parameter : network.parameters()) {
            tensors.put(parameter.name(), new Tensor(TensorType.F32, parameter.values(), parameter.shape()));
        }
        return tensors;
    }

    /**
     * Returns the file of a table in a generation.
     *
     * @param tableName the table
     * @return its file name
     */
    public static String tableFile(String tableName) {
        return tableName + ".dlrm";
    }

    private static String dictionaryFile(int feature) {
        return String.format("dictionary-%02d.dict", feature);
    }

    /**
     * Maps a model's newest state for scoring: tables read-only from their files, layers packed into memory. Pages of tables that hold
     * rows of deltas become memory of this process, at most 4 KiB a changed row; all others are shared.
     *
     * @param directory the model directory
     * @return the model
     * @throws StoreException if there is no model or a file is damaged, naming file and field
     */
    public static Loaded open(Path directory) {
        return open(directory, 0, null);
    }

    /**
     * Maps a model's newest state for scoring, as {@link #open(Path)} does.
     *
     * @param directory the model directory
     * @param verifyThreads threads that first read all files and compare them with their checksums; 0: nobody does
     * @param denseWeights what layers multiply with; null: what the model says, float32 if it says nothing
     * @return the model
     * @throws StoreException if there is no model or a file is damaged, or if a weight has no place in the format, naming file and field
     */
    public static Loaded open(Path directory, int verifyThreads, WeightFormat denseWeights) {
        return ModelDirectory.load(directory, scoring(verifyThreads, denseWeights));
    }

    /**
     * Maps the newest state of a model that opens, as {@link ModelDirectory#loadNewestGood} finds it.
     *
     * @param directory the model directory
     * @param verifyThreads threads that first read all files and compare them with their checksums; 0: nobody does, and damage of rows
     *     is not found
     * @param denseWeights what layers multiply with; null: what the model says, float32 if it says nothing
     * @param damage is told of everything newer that is damaged
     * @return the model
     * @throws StoreException if there is no model or everything is damaged, naming file and field
     */
    public static Loaded openNewestGood(Path directory, int verifyThreads, WeightFormat denseWeights,
            Consumer<? super ModelFormatException> damage) {
        return ModelDirectory.loadNewestGood(directory, scoring(verifyThreads, denseWeights), damage);
    }

    private static Function<ModelDirectory, Loaded> scoring(int verifyThreads, WeightFormat denseWeights) {
        return generation -> {
            if (verifyThreads > 0) {
                generation.verify(verifyThreads, done -> {});
            }
            return load(generation, null, denseWeights);
        };
    }

    /**
     * Loads the newest state of a model whose files all match their checksums for training.
     *
     * @param directory the model directory
     * @param storage where tables and optimizer state go
     * @param damage is told of everything newer that is damaged
     * @return the model
     * @throws StoreException if there is no model or everything is damaged, naming file and field
     */
    public static Loaded loadNewestGoodTrainable(Path directory, TableStorage storage,
            Consumer<? super ModelFormatException> damage) {
        return ModelDirectory.loadNewestGood(directory, generation -> {
            generation.verify();
            return load(generation, storage, WeightFormat.F32);
        }, damage);
    }

    /**
     * Loads a model for training: tables are copied, because committed files never change.
     *
     * @param generation the generation to load
     * @param storage where tables and optimizer state go
     * @return the model
     * @throws StoreException if a file is damaged, naming file and field
     */
    public static Loaded loadTrainable(ModelDirectory generation, TableStorage storage) {
        return load(generation, storage, WeightFormat.F32);
    }

    @SuppressWarnings("unchecked") // keys of parsed JSON objects are strings
    private static Loaded load(ModelDirectory generation, TableStorage storage, WeightFormat denseWeights) {
        final Path source = generation.manifestFile();
        final Map<String, Object> manifest = generation.manifest();
        final ModelConfig config = ModelConfig.fromJson(
                manifest.get(CONFIGURATION) instanceof Map<?, ?> map ? (Map<String, Object>) map : null, source);
        final List<EmbeddingTable> tables = new ArrayList<>();
        Network network = null;
        try {
            for (TableSpec spec : config.tables()) {
                final Path file = generation.path(tableFile(spec.name()));
                if (storage != null) {
                    tables.add(storage.create(spec.name(), spec.rows(), spec.dim(), trainableFormat(file, spec)));
                    copyInto(generation, tables.getLast());
                } else {
                    final boolean changes = generation.changes(file.getFileName().toString());
                    final EmbeddingTable table = changes
                            ? EmbeddingTable.openCopyOnWrite(file)
                            : EmbeddingTable.openReadOnly(file);
                    tables.add(table);
                    requireShape(file, table, spec.rows(), spec.dim());
                    generation.applyDeltas(file.getFileName().toString(), table);
                    table.makeReadOnly();
                }
            }
            network = storage != null
                    ? new Network(config, tables, storage)
                    : new Network(config, tables, denseWeights != null ? denseWeights : denseWeights(manifest, source));
            final Path dense = generation.newestPath(DENSE_FILE);
            readTensors(dense, tensors(network));
            pack(dense, network);
            return new Loaded(network, readVocabulary(generation, manifest, source, config), generation);
        } catch (RuntimeException | OutOfMemoryError e) {
            if (network != null) {
                network.close();
            } else {
                tables.forEach(EmbeddingTable::close);
            }
            throw e;
        }
    }

    private static WeightFormat denseWeights(Map<String, Object> manifest, Path source) {
        return manifest.containsKey(DENSE_WEIGHTS)
                ? new JsonFields(source, "model", manifest).constant(DENSE_WEIGHTS, WeightFormat.class)
                : WeightFormat.F32;
    }

    private static void pack(Path file, Network network) {
        for (Parameter parameter : network.parameters()) {
            try {
                parameter.changed(0, parameter.rows());
            } catch (IllegalArgumentException e) {
                throw new ModelFormatException(file, parameter.name(), e.getMessage());
            }
        }
    }

    private static RowFormat trainableFormat(Path file, TableSpec spec) {
        try (EmbeddingTable mapped = EmbeddingTable.openReadOnly(file)) {
            if (!TableRows.trainable(mapped.rowFormat(), spec.group())) {
                throw new ModelFormatException(file, "row format", "is " + mapped.rowFormat()
                        + ", expected f32 or bf16: others can be scored, not trained; train the model that it was made from");
            }
            return mapped.rowFormat();
        }
    }

    /**
     * Copies the rows of a table of the same name, deltas included.
     *
     * @param generation where they come from
     * @param into a writable table of the same shape and row format
     * @throws ModelFormatException if a file is damaged or has another shape or row format
     */
    public static void copyInto(ModelDirectory generation, EmbeddingTable into) {
        final String name = tableFile(into.name());
        copyInto(generation.path(name), into);
        generation.applyDeltas(name, into);
    }

    private static void copyInto(Path file, EmbeddingTable into) {
        try (EmbeddingTable mapped = EmbeddingTable.openReadOnly(file)) {
            requireShape(file, mapped, into.rows(), into.dim());
            if (mapped.rowFormat() != into.rowFormat()) {
                throw new ModelFormatException(file, "row format",
                        "is " + mapped.rowFormat() + ", expected " + into.rowFormat());
            }
            TableFiles.copy(mapped, into);
        }
    }

    private static void requireShape(Path file, EmbeddingTable table, long rows, int dim) {
        if (table.rows() != rows || table.dim() != dim) {
            throw new ModelFormatException(file, "shape",
                    "is " + table.rows() + " x " + table.dim() + ", but the configuration says " + rows + " x " + dim);
        }
    }

    /**
     * Fills tensors from a file that must hold exactly these.
     *
     * @param file a safetensors file
     * @param tensors destinations by name
     * @throws ModelFormatException naming a tensor that is missing, unexpected, or of another type or shape
     */
    public static void readTensors(Path file, Map<String, Tensor> tensors) {
        try (Safetensors stored = Safetensors.open(file)) {
            for (String name : stored.names()) {
                if (!tensors.containsKey(name)) {
                    throw new ModelFormatException(file, name, "is not a tensor of this model");
                }
            }
            tensors.forEach((name, tensor) -> {
                if (!stored.names().contains(name)) {
                    throw new ModelFormatException(file, name, "is missing");
                }
                final Tensor found = stored.tensor(name);
                if (found.type() != tensor.type() || !Arrays.equals(found.shape(), tensor.shape())) {
                    throw new ModelFormatException(file, name,
                            "is " + found.type() + Arrays.toString(found.shape()) + ", expected " + tensor.type()
                                    + Arrays.toString(tensor.shape()));
                }
                tensor.segment().copyFrom(found.segment());
            });
        }
    }

    private static Vocabulary readVocabulary(ModelDirectory generation, Map<String, Object> manifest, Path source,
            ModelConfig config) {
        if (!manifest.containsKey(FEATURES)) {
            return null;
        }
        final JsonFields features = new JsonFields(source, "model", manifest).object(FEATURES);
        if (generation.fileNames().contains(ENCODER_FILE)) {
            return readEncoder(generation.newestPath(ENCODER_FILE), config);
        }
        final List<UnseenPolicy> policies = new ArrayList<>();
        for (Object name : features.list("unseen")) {
            try {
                policies.add(UnseenPolicy.valueOf(String.valueOf(name)));
            } catch (IllegalArgumentException e) {
                throw features.wrong("unseen", name, "one of " + Arrays.toString(UnseenPolicy.values()));
            }
        }
        if (policies.size() != config.sparseFeatures()) {
            throw features.wrong("unseen", policies.size() + " policies",
                    config.sparseFeatures() + ", one a sparse feature");
        }
        final List<FeatureDictionary> dictionaries = new ArrayList<>();
        for (int f = 0; f < config.sparseFeatures(); f++) {
            final Path file = generation.newestPath(dictionaryFile(f));
            try {
                dictionaries.add(FeatureDictionary.load(file));
            } catch (IOException e) {
                throw new StoreException("cannot read " + file + ": " + e.getMessage(), e);
            }
            final FeatureDictionary dictionary = dictionaries.get(f);
            if (dictionary.size() > config.rows()[f]) {
                throw new ModelFormatException(file, "size", "is " + dictionary.size() + ", but its table has only "
                        + config.rows()[f] + " rows");
            }
        }
        return new Vocabulary(dictionaries, policies);
    }

    private static Vocabulary readEncoder(Path file, ModelConfig config) {
        final SampleEncoder encoder;
        try {
            encoder = SampleEncoder.load(file);
        } catch (IOException e) {
            throw new StoreException("cannot read " + file + ": " + e.getMessage(), e);
        }
        final long[] rows = encoder.tableRows();
        if (rows.length != config.sparseFeatures()) {
            throw new ModelFormatException(file, "sparse features", "are " + rows.length
                    + ", but the configuration has " + config.sparseFeatures());
        }
        for (int f = 0; f < rows.length; f++) {
            if (rows[f] > config.rows()[f]) {
                throw new ModelFormatException(file, "rows of sparse feature " + f, "are " + rows[f]
                        + ", but its table has only " + config.rows()[f]);
            }
        }
        return Vocabulary.of(encoder);
    }
}
