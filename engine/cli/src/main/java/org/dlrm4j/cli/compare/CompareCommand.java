package org.dlrm4j.cli.compare;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.dlrm4j.cli.Interruption;
import org.dlrm4j.cli.Main;
import org.dlrm4j.cli.Sizes;
import org.dlrm4j.cli.ThreadOptions;
import org.dlrm4j.cli.Usage;
import org.dlrm4j.data.PlantedSpec;
import org.dlrm4j.store.Json;
import org.dlrm4j.train.WorkerPool;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dlrm compare}. */
// @formatter:off
@Command(name = "compare", customSynopsis = "dlrm compare --output DIR --data DIR|planted:.. [OPTION...]",
        sortOptions = false,
        description = {
            "Trains several models on the same data under equal budgets and compares them.", "",
            "All models see the same batches in the same order. The parameters with the lowest log loss on the "
            + "validation part are judged on the test part, beside the constant predictor and, for planted data, "
            + "beside the truth. Writes journal.jsonl, report.json and report.html. A comparison that was interrupted "
            + "goes on when the same command is given again; models, seeds and trials may be added then.",
            ""},
        footer = {"", "Examples:",
            "  dlrm compare --output cmp --data planted:rows=400000",
            "  dlrm compare --output cmp --data data --models lr,fm,dcnv2 --seeds 5 --nepochs 4",
            "  dlrm compare --output cmp --data data --tune 8 --settings wdl:crosses=0x3,1x2,l2=1e-5"})
// @formatter:on
public final class CompareCommand implements Callable<Integer> {
    private static final int MIN_PLANTED_ROWS = 1000;

    @Spec
    private CommandSpec spec;

    @Option(names = "--output", paramLabel = "DIR", required = true, description = "Where journal and reports go.")
    private Path output;

    // @formatter:off
    @Option(names = "--data", paramLabel = "DIR|planted:..", required = true,
            description = "Output directory of dlrm preprocess, or synthetic clicks with a known truth, as for dlrm train, where a "
                    + "tenth of the rows to validate and a fifth to test follow those to train on.")
    private String data;

    @Option(names = "--models", paramLabel = "NAME", split = ",",
            description = "The models, as dlrm train --arch names them (all).")
    private List<String> models;

    @Option(names = "--settings", paramLabel = "NAME:KEY=X,KEY=X,..",
            description = "Settings of a model instead of its defaults: lr=X (learning rate), opt=NAME (an "
                    + "--optimizer of dlrm train, or wide-deep: FTRL for single weights and Adagrad for the rest), passes=N (not "
                    + "more than --nepochs), l2=X (weight decay), elr=X and el2=X (factor of lr, and l2, of embeddings), "
                    + "wlr=X and wl2=X (the same of single weights), dim=N (embedding width), rows=f32|bf16 (their format), mlp=N-N (hidden widths), "
                    + "dropout=X, for wdl crosses=FxF,.. (as --wide-crosses of dlrm train). May be repeated for other models.")
    private List<String> settings = List.of();

    @Option(names = "--seeds", paramLabel = "N", defaultValue = "3",
            description = "Runs of each model, with seeds 1 to N: initial parameters, order of batches and, of "
                    + "synthetic data, truth and rows, those of run n being of seed + n - 1 (${DEFAULT-VALUE}).")
    private int seeds;

    @Option(names = "--tune", paramLabel = "N", defaultValue = "0",
            description = "Try N settings of each model first, judged on the validation part: " + SettingsSearch.RANGES
                    + "; 0 for none (${DEFAULT-VALUE}).")
    private int tune;

    @Option(names = "--min-count", paramLabel = "N", defaultValue = "5",
            description = "Values that training sees less than N times share a row a feature; 0 for not "
                    + "(${DEFAULT-VALUE}).")
    private int minCount;

    @Option(names = "--nepochs", paramLabel = "N", defaultValue = "10",
            description = "Most passes over the training part; settings may have fewer (${DEFAULT-VALUE}).")
    private int epochs;

    @Option(names = "--mini-batch-size", paramLabel = "N", defaultValue = "128",
            description = "Samples of a step (${DEFAULT-VALUE}).")
    private int batchSize;

    @Option(names = "--evaluations", paramLabel = "N", defaultValue = "30",
            description = "Evaluations on the validation part in a run (${DEFAULT-VALUE}).")
    private int evaluations;

    @Option(names = "--patience", paramLabel = "N", defaultValue = "5",
            description = "End a run when N evaluations in a row did not improve; 0 for never (${DEFAULT-VALUE}).")
    private int patience;

    // @formatter:on

    @Mixin
    private final ThreadOptions threads = ThreadOptions.allProcessors();

    /** Makes the command with its defaults; its options are set by the parser. */
    public CompareCommand() {
        // All fields have their values already.
    }

    @Override
    public Integer call() throws IOException {
        final Map<ComparedModel, List<String>> chosen = Usage.of(this::chosenModels);
        final ComparisonBudget budget = Usage
                .of(() -> new ComparisonBudget(batchSize, epochs, evaluations, patience));
        Usage.require(seeds >= 1 && tune >= 0 && minCount >= 0, "--seeds is " + seeds + ", --tune " + tune
                + " and --min-count " + minCount + ", expected 1 or more, 0 or more and 0 or more");
        final PrintWriter out = spec.commandLine().getOut();
        try (SeededData parts = PlantedSpec.isPlanted(data)
                ? SeededData.planted(planted(), minCount)
                : SeededData.open(data, minCount)) {
            final Map<String, Object> identity = new LinkedHashMap<>(parts.first().identity());
            identity.putAll(budget.describe());
            try (WorkerPool pool = threads.start();
                    ComparisonJournal journal = ComparisonJournal.open(output, identity)) {
                return compare(out, parts, budget, pool, journal,
                        settingsOf(chosen, parts.first().train().samples()), identity);
            }
        }
    }

    private int compare(PrintWriter out, SeededData seeded, ComparisonBudget budget, WorkerPool pool,
            ComparisonJournal journal,
            Map<ComparedModel, ModelSettings> chosen, Map<String, Object> identity) throws IOException {
        final ComparisonData parts = seeded.first();
        out.println(parts.description() + ": " + Sizes.count(parts.train().samples()) + " samples to train, "
                + Sizes.count(parts.validation().samples()) + " to validate, " + Sizes.count(parts.test().samples())
                + " to test");
        final Comparison comparison = new Comparison(seeded, budget, pool, journal, out, chosen,
                seeds, tune);
        final List<ComparisonEntry> entries;
        try (Interruption _ = Interruption.listen(comparison::requestStop)) {
            entries = comparison.run();
        } catch (ComparisonRun.InterruptedRunException e) {
            out.println("interrupted; finished runs are kept in " + output
                    + ", give the same command again to go on");
            return Interruption.EXIT_CODE;
        }
        final ComparisonTable table = new ComparisonTable(entries, seeded.optima(seeds));
        out.println();
        table.text().print(out, "");
        out.println();
        table.entries().forEach(e -> out.println(e.model().name() + ": " + e.settings().text(e.model())));
        final Map<String, Object> conditions = new LinkedHashMap<>(identity);
        conditions.put("seeds", String.valueOf(seeds));
        conditions.put("search", tune == 0
                ? "none"
                : "best of " + tune
                        + " by validation log loss of seed 1; the defaults or --settings, then random ones: "
                        + SettingsSearch.RANGES);
        Files.writeString(output.resolve("report.json"), Json.writeIndented(table.toJson(conditions)));
        Files.writeString(output.resolve("report.html"),
                ComparisonPage.of(table, parts.description(), conditions).html());
        out.println("written: " + output.resolve("report.html") + ", report.json");
        return Main.OK;
    }

    private Map<ComparedModel, List<String>> chosenModels() {
        final Map<ComparedModel, List<String>> chosen = new LinkedHashMap<>();
        for (String name : models != null ? models : List.of(ComparedModel.names().split(","))) {
            chosen.put(ComparedModel.named(name), new ArrayList<>());
        }
        for (String setting : settings) {
            final String[] parts = setting.split(":", 2);
            final List<String> assignments = chosen.get(ComparedModel.named(parts[0]));
            if (parts.length < 2 || assignments == null) {
                throw new IllegalArgumentException("--settings " + setting + ": expected MODEL:KEY=X,KEY=X,.. "
                        + "with a model of --models");
            }
            assignments.add(parts[1]);
        }
        // What is wrong with them is wrong for any number of samples.
        settingsOf(chosen, 0);
        return chosen;
    }

    private Map<ComparedModel, ModelSettings> settingsOf(Map<ComparedModel, List<String>> chosen,
            long trainingSamples) {
        final Map<ComparedModel, ModelSettings> complete = new LinkedHashMap<>();
        chosen.forEach((model, assignments) -> {
            ModelSettings modelSettings = model.defaults(trainingSamples);
            for (String assignment : assignments) {
                modelSettings = modelSettings.with(assignment);
            }
            complete.put(model, modelSettings);
        });
        return complete;
    }

    private PlantedSpec planted() {
        final PlantedSpec planted = Usage.of(() -> PlantedSpec.parse(data));
        Usage.require(planted.rows() >= MIN_PLANTED_ROWS && planted.rows() <= Integer.MAX_VALUE,
                data + ": rows=" + planted.rows() + ", expected " + MIN_PLANTED_ROWS + " to " + Integer.MAX_VALUE);
        return planted;
    }
}
