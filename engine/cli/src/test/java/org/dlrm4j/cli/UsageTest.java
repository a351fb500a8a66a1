package org.dlrm4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Help, refusals, and the reference's default run. */
class UsageTest {
    @Test
    void theReferencesDefaultRunPrintsItsLoss() {
        assertTrue(Cli.run("train", "--data-generation", "random").ok().out().contains("loss 0.083850"));
    }

    @Test
    void randomDataTakesTheReferencesFlags() {
        final String out = Cli.run("train", "--data-generation", "random", "--arch-sparse-feature-size", 4,
                "--arch-embedding-size", "10-20", "--arch-mlp-bot", "5-4", "--arch-mlp-top", "3-1", "--num-batches", 3,
                "--mini-batch-size", 7, "--num-indices-per-lookup", 4, "--num-indices-per-lookup-fixed",
                "--round-targets", "--rand-data-dist", "gaussian", "--rand-data-max", 9, "--loss-function", "wbce",
                "--loss-weights", "1.0-2.5", "--loss-threshold", "0.001", "--print-freq", 1).ok().out();
        assertTrue(out.contains("21 of 21 samples, step 3, loss "), out);
    }

    @Test
    void aRunIsResumedWithTheEmbeddingsOfItsCheckpoint(@TempDir Path directory) {
        final Path model = directory.resolve("model");
        final List<Object> run = List.of("train", "--data-generation", "random", "--model", model, "--num-batches", 3);
        Cli.run(run, "--qr-flag", "--qr-threshold", 2).ok();
        final String error = Cli.run(run, "--resume").failure(1);
        assertTrue(error.contains("the checkpoint's embeddings is {scheme=quotient-remainder, operation=MULT, "
                + "threshold=2, collisions=4}, but the run that resumes has none"), error);
        final String other = Cli.run(run, "--resume", "--qr-flag", "--qr-threshold", 1).failure(1);
        assertTrue(other.contains("but the run that resumes has {scheme=quotient-remainder, operation=MULT, "
                + "threshold=1, collisions=4}"), other);
    }

    @Test
    void optimizersAndRegularizationOfAllGroupsTrain() {
        final String out = Cli.run("train", "--data-generation", "random", "--arch", "wdl", "--num-batches", 3,
                "--mini-batch-size", 7, "--optimizer-recipe", "wide-deep", "--l1", "0.01", "--initial-accumulator",
                "0.1", "--wide-learning-rate-factor", 2, "--weight-decay", "1e-4", "--clip-norm", 1, "--dropout",
                "0.2", "--print-freq", 1).ok().out();
        assertTrue(out.contains("21 of 21 samples, step 3, loss "), out);
        assertTrue(Cli.run("train", "--data-generation", "random", "--num-batches", 3, "--optimizer", "sgd",
                "--momentum", "0.9", "--nesterov", "--embedding-optimizer", "adamw", "--adam-betas", "0.8-0.99",
                "--print-freq", 1).ok().out().contains("step 3, loss "));
    }

    @ParameterizedTest
    @ValueSource(strings = {"preprocess", "train", "evaluate", "score", "inspect", "verify", "quantize", "estimate",
            "compare",
            "demo",
            "synth", "bench"})
    void everyCommandHasHelpWithExamples(String command) {
        final String out = Cli.run(command, "--help").ok().out();
        assertTrue(out.startsWith("Usage: dlrm " + command) && out.contains("Example"), out);
        assertTrue(out.lines().noneMatch(line -> line.length() > 100), out);
        assertTrue(Cli.run().ok().out().contains("  " + command), "listed");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            train                                                       | --data is missing
            train --data d                                              | --model is missing
            train --data d --model m --resume --overwrite               | exclude each other
            train --data d --model m --keep 0                           | --keep is 0, expected 1 checkpoint or more
            train --data d --model m --delta-freq -1                    | --delta-freq is -1, expected 0 or more
            train --data-generation random --delta-freq 5               | --delta-freq needs --model
            compact --model m --keep 0                                  | --keep is 0, expected 1 checkpoint or more
            train --data d --model m --lerning-rate 1                   | '--lerning-rate'
            train --data d --model m --data e                           | '--data'
            train --data d --model m --threads 0                        | --threads is 0
            train --data d --model m --pin sideways                     | --pin
            train --data d --model m --idle doze                        | none of park, backoff, spin
            train --data d --model m --memory bind --work-dir w         | drop one
            evaluate --data d --model m --threads 0                     | --threads is 0
            score --model m --threads -1                                | --threads is -1
            score --model m --prefault-rate 5                           | --prefault-rate needs --prefault
            score --model m --prefault --prefault-rate 0                | --prefault-rate is 0
            score --model m --huge-pages 0                              | --huge-pages is 0
            score --model m --warm-up -1                                | --warm-up is -1
            score --model m --memory everywhere                         | --memory
            verify --model m --threads 0                                | --threads is 0
            verify                                                      | --model
            estimate                                                    | give --preset or --rows
            estimate --preset kaggle --rows 5                           | give --preset or --rows
            estimate --preset kaggle --dense-features 5                 | the preset's
            estimate --rows 5-0 --measure 0                             | 0
            estimate --rows 5 --mini-batch-size 0                       | --mini-batch-size is 0
            estimate --rows 5 --disk-rate 0                             | --disk-rate is 0
            estimate --rows 5 --samples -1                              | --samples is -1
            estimate --rows 5 --measure -1                              | --measure is -1
            demo --threads 0                                            | --threads is 0
            train --data d --model m --optimizer lamb                   | none of sgd, adagrad, rwsadagrad, adam, adamw, ftrl
            train --data d --model m --optimizer adam --l1 1            | --l1 has no meaning with [ADAM]
            train --data d --model m --wide-optimizer ftrl --adam-betas 0.5-0.9 | --adam-betas has no meaning with [SGD, FTRL]
            train --data d --model m --optimizer adam --adam-betas 0.9  | --adam-betas is 0.9, expected two numbers
            train --data d --model m --optimizer adam --adam-betas 0.9-1 | beta2 is 1.0, expected 0 or more and less than 1
            train --data d --model m --mini-batch-size 64 --mini-batch-size 64 | '--mini-batch-size' should be specified only once
            train --data d --model m --learning-rate=1 --learning-rate 2 | '--learning-rate' should be specified only once
            train --data-generation random --qr-flag --md-flag          | --qr-flag and --md-flag exclude each other
            train --data-generation random --qr-collisions 9            | --qr-collisions needs --qr-flag
            train --data-generation random --qr-threshold 9 --md-flag   | --qr-threshold needs --qr-flag
            train --data-generation random --qr-operation add           | --qr-operation needs --qr-flag
            train --data-generation random --md-threshold 9             | --md-threshold needs --md-flag
            train --data-generation random --md-temperature 1 --qr-flag | --md-temperature needs --md-flag
            train --data-generation random --md-round-dims              | --md-round-dims needs --md-flag
            train --data-generation random --arch fm --md-flag          | --md-flag has no meaning with --arch fm
            train --data-generation random --qr-flag --qr-operation concat | a feature's vector has 4 floats
            train --data-generation random --weighted-pooling learned --qr-flag | --qr-flag and --weighted-pooling exclude each other
            train --data-generation random --weighted-pooling fixed --md-flag | --md-flag and --weighted-pooling exclude each other
            train --data-generation random --weighted-pooling some      | expected one of [FIXED, LEARNED]
            train --data-generation random --arch lr --weighted-pooling fixed | --weighted-pooling has no meaning with --arch lr
            train --data-generation random --arch-interaction-branch1 4 | only interaction projection has branches
            train --data-generation random --arch-interaction-op projection --arch-interaction-branch1 4 | interaction branch 2 has no layer
            train --data-generation random --arch dcn --arch-interaction-branch2 4 | --arch-interaction-branch2 has no meaning with --arch dcn
            train --data d --model m --nesterov                         | Nesterov momentum needs a momentum above 0
            train --data d --model m --weight-decay -1                  | weight decay is -1.0
            train --data d --model m --clip-norm -1                     | the gradient norm's limit is -1.0
            train --data d --model m --accumulate 0                     | gradients of 0 batches of 128 samples
            train --data d --model m --optimizer-recipe deep            | 'deep' is no recipe, expected wide-deep
            train --data d --model m --optimizer-recipe wide-deep --optimizer adam | --optimizer-recipe names all optimizers
            train --data-generation random --accumulate 2               | --accumulate cannot be had with random data
            train --data d --model m --dropout 1                        | dropout is 1.0, expected 0 or more and less than 1
            train --data d --model m --wide-optimizer ftrl --lr-num-warmup-steps 9 | leave out warm-up and decay
            train --data d --model m --learning-rate 0                  | learning rate is 0.0
            train --data d --model m --mini-batch-size 100000           | batch size is 100000
            train --data d --model m --arch-mlp-bot 13,16               | '13,16' is not a list
            train --data d --model m --unseen whatever                  | none of error, zero, empty, hash
            train --data-generation random --shuffle                    | --shuffle cannot be had
            train --data-generation random --data d                     | has no meaning
            train --data-generation random --arch-sparse-feature-size 3 | the embedding dimension is 3; make them equal
            train --data-generation random --arch lr --arch-mlp-top 1   | --arch-mlp-top has no meaning with --arch lr
            train --data-generation random --arch wdl --wide-crosses 0x9 | cross 0x9 names sparse feature 9, but there are 3
            train --data-generation random --arch wdl --wide-crosses 1x1 | cross 1x1 names a feature twice
            train --data-generation random --arch wdl --wide-crosses 0,1 | cross 0 has 1 feature, expected 2 or more
            train --data-generation random --arch wdl --wide-crosses 0-1 | '0-1' is not a list of crosses
            train --data-generation random --arch wdl --wide-cross-rows 9 | --wide-cross-rows needs --wide-crosses
            train --data-generation random --wide-crosses 0x1           | --wide-crosses has no meaning with --arch dlrm
            train --data d --model m --arch gbdt                        | 'gbdt'
            train --data-generation random --loss-weights 1             | --loss-weights is 1, expected two numbers
            train --data-generation random --resume                     | --resume needs --model
            preprocess --output o                                       | FILE
            preprocess --output o --split first-day f                   | none of last-day, none, train-rows=N
            preprocess --output o --split train-rows=x f                | no row count
            preprocess --output o --days 0 f                            | days is 0
            evaluate --data d                                           | '--model=DIR'
            evaluate --data d --model m --split all                     | 'all'
            demo --data planted:rows=10                                 | expected 1,000 to 10,000,000 rows
            demo --data planted:table-rows=9-9                          | as Criteo's text
            synth --data planted:rows=10                                | --output is missing
            synth --output o --data planted:rows=0                      | expected 1, 0 and 0 or more
            synth --output o --data train.txt                           | expected planted:rows=N
            synth --output o --data planted:table-rows=9-9 --format binary | as a binary click log
            synth --output o --data planted:table-rows=4e9 --format samples | sample logs hold int32 rows
            synth --output o --threads 0                                | --threads is 0
            train --preset kagle --model m                              | 'kagle' is none of benchmark, kaggle
            train --preset kaggle --model m --arch dcn                  | --arch has no meaning with --preset
            train --preset kaggle --data-generation random              | --preset has no meaning with --data-generation
            train --data planted:seed=x --model m                       | seed is 'x', expected a whole number
            quantize m --out o                                          | nothing to do: give --format bf16|f16|i8|i4
            quantize m --dense-weights i4 --out o                       | i4
            quantize m --format i3 --out o                              | i3
            quantize m --format f32 --out o                             | than it was trained in, choose bf16
            quantize --format i8 --out o                                | MODEL
            frobnicate                                                  | 'frobnicate'
            """)
    void wrongUsageIsRefused(String command, String message) {
        final String error = Cli.run((Object[]) command.split(" ")).failure(2);
        assertTrue(error.contains(message), error);
        assertTrue(error.matches("error: .*; see dlrm( " + command.split(" ")[0] + ")? --help\n"), error);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            train --data /none --model m                     | /none: no such data directory
            preprocess --output {}/new /none/clicks.txt      | /none/clicks.txt: no such file
            score --model /none                              | /none: no model: directory does not exist
            inspect --model {}                               | {}: no model
            demo --keep {}                                   | {}: not empty
            """)
    void failuresAreOneLine(String command, String message, @TempDir Path directory) throws IOException {
        Files.writeString(directory.resolve("file"), "");
        final String error = Cli.run((Object[]) command.replace("{}", directory.toString()).split(" ")).failure(1);
        assertTrue(error.startsWith("error: " + message.replace("{}", directory.toString())), error);
        assertTrue(Cli.run((Object[]) (command.replace("{}", directory.toString()) + " --stacktrace").split(" "))
                .err().contains("\tat "));
    }

    @Test
    void versionNamesJdkAndKernels() {
        final String out = Cli.run("--version").ok().out();
        assertTrue(out.matches("dlrm4j [0-9][^\n]*\nJDK " + Pattern.quote(Runtime.version().toString())
                + ",[^\n]*\n[^\n]*kernels[^\n]*\n"), out);
    }

    @Test
    void argumentFileHasThePomsFlags() throws IOException {
        final String pom = Files.readString(Path.of("../../pom.xml"));
        final List<String> flags = new ArrayList<>();
        for (String property : List.of("jvm.vector", "jvm.access")) {
            final Matcher matcher = Pattern.compile("<" + property + ">([^<]*)</").matcher(pom);
            assertTrue(matcher.find(), property);
            flags.addAll(List.of(matcher.group(1).split(" ")));
        }
        assertEquals(flags, Files.readAllLines(Path.of("src/main/dist/dlrm4j.args")));
    }
}
