package org.dlrm4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.dlrm4j.data.ClickDataset;
import org.dlrm4j.data.PlantedDataset;
import org.dlrm4j.data.SampleSource;
import org.dlrm4j.model.ModelFiles;
import org.dlrm4j.model.Network;
import org.dlrm4j.model.TablePlacement;
import org.dlrm4j.os.ThreadPin;
import org.dlrm4j.store.Json;
import org.dlrm4j.train.Evaluator;
import org.dlrm4j.train.Metrics;
import org.dlrm4j.train.WorkerPool;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dlrm evaluate}. */
// @formatter:off
@Command(name = "evaluate", customSynopsis = "dlrm evaluate --model DIR --data DIR [OPTION...]", sortOptions = false,
        description = {
            "Measures a model on data it was not trained on.", "",
            "Prints log loss, normalized entropy, AUC, calibration and accuracy beside those of the predictor that "
            + "always answers the base rate. A model that is no better has learned nothing.",
            ""},
        footer = {"", "Examples:", "  dlrm evaluate --model model --data data",
            "  dlrm evaluate --model model --data data --split train --json"})
// @formatter:on
final class EvaluateCommand implements Callable<Integer> {
    /** A part of the data. */
    enum Part {
        TEST, VALIDATION, TRAIN
    }

    @Spec
    private CommandSpec spec;

    @Option(names = "--model", paramLabel = "DIR", required = true, description = "Model directory of dlrm train.")
    private Path model;

    // @formatter:off
    @Option(names = "--data", paramLabel = "DIR", required = true,
            description = "Output directory of dlrm preprocess, or planted:rows=N,.. as for dlrm train.")
    private String data;

    @Option(names = "--split", paramLabel = "test|validation|train", defaultValue = "test",
            description = "The part to measure on (${DEFAULT-VALUE}).")
    private Part part;
    // @formatter:on

    @Mixin
    private final ThreadOptions threads = ThreadOptions.allProcessors();

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        threads.check();
        final PrintWriter out = spec.commandLine().getOut();
        final String name = part.name().toLowerCase(java.util.Locale.ROOT);
        final ModelFiles.Loaded loaded = ModelFiles.open(model);
        try (Network network = loaded.network(); ClickDataset dataset = ClickData.open(data)) {
            ClickData.requireSameVocabulary(data, dataset, model, loaded);
            final SampleSource samples = ClickData.part(dataset, name);
            if (samples.samples() == 0) {
                throw new CommandException(data + ": the " + name + " part is empty; choose another --split");
            }
            final TablePlacement placement = threads.placement(network.config());
            if (!placement.isDefault()) {
                placement.prefault(network.tables());
            }
            try (WorkerPool pool = threads.start();
                    ThreadPin _ = pool.pinCaller();
                    Evaluator evaluator = new Evaluator(network, pool, Evaluator.DEFAULT_BATCH)) {
                final Metrics.Summary summary = evaluator.evaluate(samples, Long.MAX_VALUE);
                if (json) {
                    out.print(Json.writeIndented(MetricsText.json(summary)));
                } else {
                    ThreadOptions.describe(placement, network.tables()).ifPresent(out::println);
                    out.println(name + ", " + Sizes.count(summary.samples()) + " samples");
                    MetricsText.table(summary).print(out, "");
                    if (part == Part.TEST && dataset instanceof PlantedDataset planted) {
                        out.println(MetricsText.besideOptimum(summary, planted.optimum()));
                    }
                }
            }
        }
        return Main.OK;
    }
}
