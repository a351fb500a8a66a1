package org.dlrm4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.dlrm4j.data.ClickDataset;
import org.dlrm4j.data.SampleSource;
import org.dlrm4j.kernels.RowFormat;
import org.dlrm4j.kernels.WeightFormat;
import org.dlrm4j.model.ModelFiles;
import org.dlrm4j.model.ModelQuantizer;
import org.dlrm4j.model.Network;
import org.dlrm4j.model.ParameterGroup;
import org.dlrm4j.os.ThreadPin;
import org.dlrm4j.train.Evaluator;
import org.dlrm4j.train.Metrics;
import org.dlrm4j.train.WorkerPool;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code dlrm quantize}. */
// @formatter:off
@Command(name = "quantize", customSynopsis = "dlrm quantize MODEL [--format bf16|f16|i8|i4] [--dense-weights bf16|i8] --out DIR [OPTION...]",
        sortOptions = false,
        description = {
            "Makes a smaller copy of a model for scoring.", "",
            "The embedding tables of the copy take 2 bytes an element (bf16, f16), 1 (i8) or half of one (i4); i8 and i4 "
            + "rows have a scale and a bias each. Tables of single weights stay as they are. A copy with --dense-weights is scored with rounded "
            + "weights of its layers, which small batches read in less time. Prints by how much the numbers moved and, with --eval, what that does to "
            + "the predictions. Compact tables cannot be trained.",
            ""},
        footer = {"", "Examples:", "  dlrm quantize model --format i8 --out model-i8 --eval data",
            "  dlrm quantize model --dense-weights bf16 --out model-bf16 --eval data",
            "  dlrm score --model model-i8 test.txt"})
// @formatter:on
final class QuantizeCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "MODEL", description = "Model directory of dlrm train.")
    private Path model;

    // @formatter:off
    @Option(names = "--format", paramLabel = "bf16|f16|i8|i4",
            description = "How the tables' rows are stored; without, they stay as they are. bf16 never overflows, f16 is more precise up to 65504.")
    private RowFormat format;

    @Option(names = "--dense-weights", paramLabel = "bf16|i8", defaultValue = "f32",
            description = "What the layers multiply with when they score; without, f32. i8 has a scale an output. Sums stay f32.")
    private WeightFormat denseWeights;

    @Option(names = "--out", paramLabel = "DIR", required = true,
            description = "Directory of the copy; a model that is there is replaced.")
    private Path target;

    @Option(names = "--eval", paramLabel = "DATA",
            description = "Output directory of dlrm preprocess: measures both models on its test part, or on the "
                + "validation part if that is empty.")
    private String data;
    // @formatter:on

    @Mixin
    private final ThreadOptions threads = ThreadOptions.allProcessors();

    @Override
    public Integer call() throws IOException {
        threads.check();
        Usage.require(format != null || denseWeights != WeightFormat.F32,
                "nothing to do: give --format bf16|f16|i8|i4 for smaller tables, --dense-weights bf16|i8 for smaller layers, "
                        + "or both");
        Usage.require(format != RowFormat.F32,
                "--format f32: there is no more in a table than it was trained in, choose bf16, f16, i8 or i4");
        final PrintWriter out = spec.commandLine().getOut();
        final ModelFiles.Loaded loaded = ModelFiles.open(model);
        try (Network parameters = loaded.network()) {
            if (data == null) {
                quantize(out, loaded);
                return Main.OK;
            }
            try (ClickDataset dataset = ClickData.open(data)) {
                ClickData.requireSameVocabulary(data, dataset, model, loaded);
                final String part = dataset.test().samples() > 0 ? "test" : ClickData.heldOutPart(dataset);
                if (part == null) {
                    throw new CommandException(
                            data + ": holds nothing to evaluate on; preprocess it with another --split");
                }
                quantize(out, loaded);
                final SampleSource samples = ClickData.part(dataset, part);
                final Metrics.Summary before = evaluate(parameters, samples);
                try (Network compact = ModelFiles.open(target).network()) {
                    out.println();
                    out.println(part + ", " + Sizes.count(samples.samples()) + " samples");
                    print(out, before, evaluate(compact, samples));
                }
            }
        }
        return Main.OK;
    }

    private void quantize(PrintWriter out, ModelFiles.Loaded loaded) {
        if (denseWeights != WeightFormat.F32) {
            printWeightErrors(out, ModelQuantizer.weightErrors(loaded.network(), denseWeights));
        }
        if (format == null) {
            ModelQuantizer.quantize(loaded, null, denseWeights, target, _ -> {});
            return;
        }
        final List<ModelQuantizer.TableError> errors;
        final long rows = Arrays.stream(loaded.network().config().rows()).sum();
        try (ProgressReporter progress = new ProgressReporter(out, ProgressReporter.isTerminal(), "quantize",
                ProgressReporter.Unit.ROWS, rows, 0)) {
            errors = ModelQuantizer.quantize(loaded, format, denseWeights, target,
                    done -> progress.update(done, format::toString));
        }
        printTableErrors(out, loaded.network(), rows, errors);
    }

    private void printTableErrors(PrintWriter out, Network network, long rows,
            List<ModelQuantizer.TableError> errors) {
        final TextTable table = new TextTable().row("table", "rows", trained(network), format.toString(), "max error",
                "RMS error");
        for (ModelQuantizer.TableError e : errors) {
            table.row(e.table(), Sizes.count(e.rows()), Sizes.bytes(e.sourceBytes()), Sizes.bytes(e.targetBytes()),
                    scientific(e.maxError()), scientific(e.rmsError()));
        }
        table.row("all", Sizes.count(rows),
                Sizes.bytes(errors.stream().mapToLong(ModelQuantizer.TableError::sourceBytes).sum()),
                Sizes.bytes(errors.stream().mapToLong(ModelQuantizer.TableError::targetBytes).sum()),
                scientific(errors.stream().mapToDouble(ModelQuantizer.TableError::maxError).max().orElse(0)), "");
        table.print(out, "");
    }

    private void printWeightErrors(PrintWriter out, List<ModelQuantizer.WeightError> errors) {
        final TextTable table = new TextTable().row("layer", "weights", "f32", denseWeights.toString(), "max error",
                "RMS error");
        for (ModelQuantizer.WeightError e : errors) {
            table.row(e.parameter(), Sizes.count(e.weights()), Sizes.bytes(e.weights() * Float.BYTES),
                    Sizes.bytes(e.targetBytes()), scientific(e.maxError()), scientific(e.rmsError()));
        }
        final long weights = errors.stream().mapToLong(ModelQuantizer.WeightError::weights).sum();
        table.row("all", Sizes.count(weights), Sizes.bytes(weights * Float.BYTES),
                Sizes.bytes(errors.stream().mapToLong(ModelQuantizer.WeightError::targetBytes).sum()),
                scientific(errors.stream().mapToDouble(ModelQuantizer.WeightError::maxError).max().orElse(0)), "");
        table.print(out, "");
        out.println();
    }

    /** Returns the format of the embeddings that are converted. */
    private static String trained(Network network) {
        return network.lookups().stream().filter(lookup -> lookup.group() == ParameterGroup.EMBEDDING).findFirst()
                .orElseThrow().table().rowFormat().toString();
    }

    private Metrics.Summary evaluate(Network parameters, SampleSource samples) {
        try (WorkerPool pool = threads.start();
                ThreadPin _ = pool.pinCaller();
                Evaluator evaluator = new Evaluator(parameters, pool, Evaluator.DEFAULT_BATCH)) {
            return evaluator.evaluate(samples, Long.MAX_VALUE);
        }
    }

    private void print(PrintWriter out, Metrics.Summary before, Metrics.Summary after) {
        new TextTable().row("", "model", "copy", "change")
                .row("log loss", Sizes.decimal(before.logLoss(), 6), Sizes.decimal(after.logLoss(), 6),
                        change(before.logLoss(), after.logLoss()))
                .row("AUC", Sizes.decimal(before.auc(), 6), Sizes.decimal(after.auc(), 6),
                        change(before.auc(), after.auc()))
                .print(out, "");
    }

    private static String change(double before, double after) {
        return String.format(Locale.ROOT, "%+.6f", after - before);
    }

    private static String scientific(double value) {
        return String.format(Locale.ROOT, "%.2e", value);
    }
}
