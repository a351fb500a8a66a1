package org.dlrm4j.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dlrm4j.data.ClickDataset;
import org.dlrm4j.data.ClickLog;
import org.dlrm4j.data.CriteoDataset;
import org.dlrm4j.data.FeatureDictionary;
import org.dlrm4j.data.PlantedDataset;
import org.dlrm4j.data.PlantedShape;
import org.dlrm4j.data.PlantedSpec;
import org.dlrm4j.data.SampleSource;
import org.dlrm4j.data.SchemaDataset;
import org.dlrm4j.data.UnseenPolicy;
import org.dlrm4j.model.ModelConfig;
import org.dlrm4j.model.ModelFiles;
import org.dlrm4j.model.Vocabulary;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** What commands ask of a data set. */
public final class ClickData {
    private ClickData() {}

    /** Opens what an option names: a directory of dlrm preprocess, or clicks with a known truth. */
    public static ClickDataset open(String data) throws IOException {
        return open(data, PlantedShape.CRITEO);
    }

    /** Opens what an option names; clicks with a known truth have a shape's features where it says nothing about them. */
    static ClickDataset open(String data, PlantedShape shape) throws IOException {
        if (PlantedSpec.isPlanted(data)) {
            return Usage.of(() -> new PlantedDataset(PlantedSpec.parse(data, shape)));
        }
        final Path directory = Path.of(data);
        if (!Files.isDirectory(directory)) {
            throw new CommandException(directory + ": no such data directory; make one with dlrm preprocess, or give "
                    + PlantedSpec.PREFIX + "rows=N,.. for synthetic clicks");
        }
        return ClickDataset.open(directory);
    }

    /** Returns the rows of each sparse feature's table, of which a feature without values has one. */
    public static long[] tableRows(ClickDataset data) {
        return Arrays.stream(data.tableRows()).map(rows -> Math.max(1, rows)).toArray();
    }

    /** Returns what gives row numbers to raw values, or null if there are no raw values. */
    static Vocabulary vocabulary(ClickDataset dataset, UnseenPolicy policy) throws IOException {
        return switch (dataset) {
            case SchemaDataset data -> Vocabulary.of(data.encoder());
            case CriteoDataset data -> vocabulary(data, policy);
            case PlantedDataset _ -> null;
        };
    }

    private static Vocabulary vocabulary(CriteoDataset data, UnseenPolicy policy) throws IOException {
        final List<FeatureDictionary> dictionaries = new ArrayList<>();
        for (int f = 0; f < ClickLog.SPARSE_FEATURES; f++) {
            dictionaries.add(data.dictionary(f));
        }
        return new Vocabulary(dictionaries, Collections.nCopies(dictionaries.size(), policy));
    }

    /** Returns the name of the part to evaluate on while training, or null if nothing was held out. */
    public static String heldOutPart(ClickDataset data) {
        return data.validation().samples() > 0 ? "validation" : data.test().samples() > 0 ? "test" : null;
    }

    public static SampleSource part(ClickDataset data, String name) {
        return switch (name) {
            case "train" -> data.train();
            case "validation" -> data.validation();
            case "test" -> data.test();
            default -> throw new IllegalArgumentException("no part " + name);
        };
    }

    /** Names what must be the same when a run is resumed. */
    static Map<String, Object> identity(ClickDataset data, String unseen) {
        final Map<String, Object> identity = new LinkedHashMap<>();
        identity.put("data", switch (data) {
            case SchemaDataset schema -> schema.encoder().schema().toJson();
            case CriteoDataset _ -> "criteo";
            case PlantedDataset planted -> planted.spec().toString();
        });
        identity.put("training samples", String.valueOf(data.train().samples()));
        identity.put("unseen", unseen);
        return identity;
    }

    /** Row numbers mean something only to the preprocessing that gave them. */
    static void requireSameVocabulary(String name, ClickDataset data, Path modelDirectory, ModelFiles.Loaded model)
            throws IOException {
        final Vocabulary vocabulary = model.vocabulary();
        if (data instanceof PlantedDataset planted) {
            requireSameShape(name, planted.spec().shape(), modelDirectory, model);
            return;
        }
        if (vocabulary == null) {
            throw new CommandException(modelDirectory
                    + ": the model was trained on synthetic data, there is no file to evaluate it on");
        }
        final String difference = switch (data) {
            case SchemaDataset schema when vocabulary.encoder() != null ->
                schema.encoder().difference(vocabulary.encoder());
            case CriteoDataset criteo when vocabulary.encoder() == null ->
                difference(criteo, vocabulary.dictionaries());
            case SchemaDataset schema -> "schema " + schema.encoder().schema().name() + " is not what";
            case CriteoDataset _ -> "Criteo's format is not what";
            case PlantedDataset _ -> throw new AssertionError();
        };
        if (difference != null) {
            throw new CommandException(name + ": " + difference + " " + modelDirectory
                    + " was trained with; preprocess training and test text in one run, or score the text with dlrm"
                    + " score");
        }
    }

    private static void requireSameShape(String name, PlantedShape shape, Path modelDirectory,
            ModelFiles.Loaded model) {
        final ModelConfig config = model.network().config();
        if (model.vocabulary() != null || config.denseFeatures() != shape.denseFeatures()
                || !Arrays.equals(config.rows(), shape.tableRows())) {
            throw new CommandException(name + ": has " + shape.denseFeatures() + " dense features and tables of "
                    + Arrays.toString(shape.tableRows()) + " rows, but " + modelDirectory + " was trained "
                    + (model.vocabulary() != null
                            ? "on values of preprocessed data"
                            : "with " + config.denseFeatures() + " and " + Arrays.toString(config.rows()))
                    + "; give the data that it was trained on");
        }
    }

    /** Says which feature is the first to number its values otherwise, or returns null. */
    private static String difference(CriteoDataset data, List<FeatureDictionary> dictionaries) throws IOException {
        for (int f = 0; f < ClickLog.SPARSE_FEATURES; f++) {
            if (!sameRows(data.dictionary(f), dictionaries.get(f))) {
                return "feature C" + (f + 1) + " numbers its values otherwise than";
            }
        }
        return null;
    }

    private static boolean sameRows(FeatureDictionary a, FeatureDictionary b) {
        boolean same = a.size() == b.size() && a.maxIndexRange() == b.maxIndexRange();
        for (int row = 0; same && row < a.size(); row++) {
            same = a.value(row) == b.value(row);
        }
        return same;
    }

    /** Names of the policies for unseen values. */
    static final class UnseenConverter implements ITypeConverter<UnseenPolicy> {
        @Override
        public UnseenPolicy convert(String name) {
            return switch (name) {
                case "error" -> UnseenPolicy.ERROR;
                case "zero" -> UnseenPolicy.ZERO;
                case "empty" -> UnseenPolicy.EMPTY_BAG;
                case "hash" -> UnseenPolicy.HASH;
                default -> throw new TypeConversionException("'" + name + "' is none of error, zero, empty, hash");
            };
        }
    }
}
