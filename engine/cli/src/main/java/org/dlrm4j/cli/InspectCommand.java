package org.dlrm4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.dlrm4j.model.ModelConfig;
import org.dlrm4j.model.ModelFiles;
import org.dlrm4j.model.Network;
import org.dlrm4j.model.ParameterGroup;
import org.dlrm4j.model.TableSpec;
import org.dlrm4j.model.Vocabulary;
import org.dlrm4j.os.Affinity;
import org.dlrm4j.store.EmbeddingTable;
import org.dlrm4j.store.Json;
import org.dlrm4j.train.Checkpoint;
import org.dlrm4j.train.OptimizerKind;
import org.dlrm4j.train.OptimizerSettings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dlrm inspect}. */
// @formatter:off
@Command(name = "inspect", customSynopsis = "dlrm inspect --model DIR [OPTION...]", sortOptions = false,
        description = {
            "Shows what a model directory holds.", "",
            "Prints architecture, sizes, training state and files. Opening a model checks lengths and headers; "
            + "--verify reads every byte and compares checksums.",
            ""},
        footer = {"", "Examples:", "  dlrm inspect --model model --verify", "  dlrm inspect --model model --json"})
// @formatter:on
final class InspectCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(names = "--model", paramLabel = "DIR", required = true, description = "Model directory of dlrm train.")
    private Path directory;

    @Option(names = "--verify", description = "Check the contents of all files.")
    private boolean verify;

    @Option(names = "--json", description = "Print the manifest as JSON.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        final PrintWriter out = spec.commandLine().getOut();
        final ModelFiles.Loaded loaded = ModelFiles.open(directory);
        try (Network network = loaded.network()) {
            final Map<String, Object> manifest = Json.parseObject(
                    Files.readAllBytes(loaded.directory().manifestFile()),
                    loaded.directory().manifestFile().toString());
            if (json) {
                out.print(Json.writeIndented(manifest));
            } else {
                describe(out, network.config(), loaded, manifest);
            }
            if (verify) {
                final PrintWriter report = json ? spec.commandLine().getErr() : out;
                report.println();
                VerifyCommand.verify(report, loaded.directory(), Affinity.system().allowed().size());
            }
        }
        return Main.OK;
    }

    private void describe(PrintWriter out, ModelConfig config, ModelFiles.Loaded loaded, Map<String, Object> manifest) {
        final TextTable table = new TextTable().left().row("model", directory.toString())
                .row("generation", loaded.directory().generation() + (loaded.directory().deltas() == 0
                        ? ""
                        : ", deltas up to " + loaded.directory().deltas()))
                .row("tables", config.tables().size() + " ("
                        + Sizes.count(config.tables().stream().mapToLong(TableSpec::rows).sum()) + " rows, "
                        + tables(loaded.network().tables()) + "), " + lowerCase(config.pooling()) + " pooling");
        ArchitectureText.describe(config, table);
        table.row("parameters", Sizes.count(config.sparseParameters()) + " in tables, "
                + Sizes.count(config.denseParameters()) + " in layers")
                .row("layers", "score with " + loaded.network().denseWeights() + " weights")
                .row("loss", lowerCase(config.loss()))
                .row("raw values", rawValues(loaded.vocabulary()));
        if (loaded.directory().manifest().get("training") instanceof Map<?, ?> training) {
            table.row("optimizer", optimizers(config, Checkpoint.optimizers(loaded.directory()))).row("training",
                    "epoch " + training.get("epoch") + ", batch " + training.get("batch") + ", step "
                            + training.get("step")
                            + (training.get("bestAuc") instanceof Number auc && auc.doubleValue() > 0
                                    ? ", best AUC " + Sizes.decimal(auc.doubleValue(), 6)
                                    : ""));
        }
        table.print(out, "");
        out.println();
        final TextTable files = new TextTable().row("file", "bytes", "CRC32C");
        if (manifest.get("files") instanceof List<?> list) {
            for (Object file : list) {
                final Map<?, ?> fields = (Map<?, ?>) file;
                files.row(String.valueOf(fields.get("name")), Sizes.count((Long) fields.get("bytes")),
                        String.valueOf(fields.get("crc32c")));
            }
        }
        files.print(out, "");
    }

    private static String rawValues(Vocabulary vocabulary) {
        if (vocabulary == null) {
            return "no dictionaries";
        }
        return vocabulary.encoder() != null
                ? "rows of schema " + vocabulary.encoder().schema().name()
                : "dictionaries, unseen values: " + lowerCase(vocabulary.policies().getFirst());
    }

    /** Returns size and row formats of tables. */
    private static String tables(List<EmbeddingTable> tables) {
        return Sizes.bytes(tables.stream().mapToLong(table -> table.rows() * table.rowStrideBytes()).sum()) + ", "
                + tables.stream().map(table -> lowerCase(table.rowFormat())).distinct()
                        .collect(Collectors.joining(", "));
    }

    private static String optimizers(ModelConfig config, OptimizerSettings settings) {
        final StringBuilder text = new StringBuilder(lowerCase(settings.dense().kind()));
        for (ParameterGroup group : List.of(ParameterGroup.EMBEDDING, ParameterGroup.WIDE)) {
            final OptimizerKind kind = settings.of(group).kind();
            if (kind != settings.dense().kind() && config.tables().stream().anyMatch(t -> t.group() == group)) {
                text.append(", ").append(lowerCase(group)).append(" tables ").append(lowerCase(kind));
            }
        }
        return text.toString();
    }

    private static String lowerCase(Object constant) {
        return constant.toString().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
