package org.dlrm4j.cli;

import org.dlrm4j.cli.compare.CompareCommand;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.dlrm4j.cli.bench.BenchCommand;
import org.dlrm4j.cli.bench.EstimateCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The {@code dlrm} command. Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted. */
// @formatter:off
@Command(name = "dlrm", mixinStandardHelpOptions = true, versionProvider = Version.class,
        scope = CommandLine.ScopeType.INHERIT, synopsisSubcommandLabel = "COMMAND",
        description = {"Trains and serves deep-learning recommendation models (DLRM) on the JVM.", ""},
        footer = {"", "Begin with:",
            "  dlrm demo                                  everything once, on data it makes itself",
            "  dlrm preprocess --output data train.txt    your own click text becomes training data",
            "  dlrm train --data data --model model       which becomes a model",
            "  dlrm score --model model test.txt          which gives click probabilities", "",
            "dlrm COMMAND --help explains a command."},
        subcommands = {DemoCommand.class, SynthCommand.class, PreprocessCommand.class, TrainCommand.class,
                EvaluateCommand.class, ScoreCommand.class, InspectCommand.class, VerifyCommand.class, CompactCommand.class,
                QuantizeCommand.class, EstimateCommand.class, CompareCommand.class, BenchCommand.class})
// @formatter:on
public final class Main implements Runnable {
    /** A command did what it was told. */
    public static final int OK = 0;
    /** A command failed; one line on standard error says why. */
    static final int FAILURE = 1;

    private static final int HELP_COLUMNS = 100;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    // @formatter:off
    @Option(names = "--stacktrace", scope = CommandLine.ScopeType.INHERIT,
            description = "After an error, print where in the program it arose.")
    private boolean stackTrace;
    // @formatter:on

    private Main() {}

    /**
     * Runs one command and ends the JVM with its exit code.
     *
     * @param args the command line
     */
    public static void main(String[] args) {
        final PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
        final PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        System.exit(run(out, err, args));
    }

    /** Runs one command. */
    static int run(PrintWriter out, PrintWriter err, String... args) {
        final Main main = new Main();
        final CommandLine line = new CommandLine(main).setOut(out).setErr(err)
                .setCaseInsensitiveEnumValuesAllowed(true).setUsageHelpWidth(HELP_COLUMNS)
                .setOverwrittenOptionsAllowed(false).setAbbreviatedOptionsAllowed(false);
        line.setParameterExceptionHandler((e, rejected) -> refuse(err, e.getCommandLine(), e));
        line.setExecutionExceptionHandler((e, at, parsed) -> {
            if (e instanceof Usage.UsageException) {
                return refuse(err, at, e);
            }
            main.report(err, e);
            return FAILURE;
        });
        line.setExecutionStrategy(parsed -> {
            refuseRepeatedOptions(parsed);
            return new CommandLine.RunLast().execute(parsed);
        });
        try {
            return line.execute(args);
        } catch (OutOfMemoryError e) {
            main.report(err, e);
            return FAILURE;
        } finally {
            out.flush();
            err.flush();
        }
    }

    private static int refuse(PrintWriter err, CommandLine at, Exception reason) {
        err.println("error: " + oneLine(reason.getMessage()) + "; see " + at.getCommandSpec().qualifiedName()
                + " --help");
        return at.getCommandSpec().exitCodeOnInvalidInput();
    }

    /** The parser does so itself but for options of a group: those it sets in a new group, and the first one's are lost. */
    private static void refuseRepeatedOptions(CommandLine.ParseResult parsed) {
        final CommandLine command = parsed.asCommandLineList().getLast();
        final List<String> arguments = command.getParseResult().originalArgs();
        for (CommandLine.Model.OptionSpec option : command.getCommandSpec().options()) {
            final String name = option.longestName();
            if (!option.isMultiValue() && arguments.stream()
                    .filter(argument -> argument.equals(name) || argument.startsWith(name + "=")).count() > 1) {
                throw new CommandLine.ParameterException(command,
                        "option '" + name + "' should be specified only once");
            }
        }
    }

    private void report(PrintWriter err, Throwable failure) {
        err.println("error: " + Failures.describe(failure));
        if (stackTrace) {
            failure.printStackTrace(err);
        }
    }

    /** Joins the lines of a message. */
    static String oneLine(String message) {
        return message.strip().replaceAll("\\s*\\R\\s*", "; ");
    }

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }
}
