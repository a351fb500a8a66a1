package org.dlrm4j.cli;

import java.util.List;
import org.dlrm4j.train.GroupSettings;
import org.dlrm4j.train.OptimizerKind;
import org.dlrm4j.train.OptimizerSettings;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** How gradients become updates, for dense parameters, embedding tables and wide tables. */
public final class OptimizerOptions {
    private static final String NAMES = "sgd, adagrad, rwsadagrad, adam, adamw, ftrl";

    // @formatter:off
    @Option(names = "--optimizer", paramLabel = "NAME", converter = OptimizerConverter.class,
            description = "sgd, adagrad, rwsadagrad (one state value an embedding row), adam, adamw or ftrl, for all that "
                    + "--embedding-optimizer and --wide-optimizer leave (sgd).")
    private OptimizerKind optimizer;

    @Option(names = "--embedding-optimizer", paramLabel = "NAME", converter = OptimizerConverter.class,
            description = "For embedding tables (as --optimizer).")
    private OptimizerKind embedding;

    @Option(names = "--wide-optimizer", paramLabel = "NAME", converter = OptimizerConverter.class,
            description = "For the tables of single weights of lr, fm and the like (as --optimizer).")
    private OptimizerKind wide;

    @Option(names = "--optimizer-recipe", paramLabel = "wide-deep", converter = RecipeConverter.class,
            description = "Instead of the three: ftrl for wide tables, to be given --l1, and adagrad for the rest, as Wide & "
                    + "Deep's authors.")
    private OptimizerSettings recipe;

    @Option(names = "--embedding-learning-rate-factor", paramLabel = "F", defaultValue = "1",
            description = "What the learning rate is multiplied by for embedding tables (${DEFAULT-VALUE}).")
    private float embeddingFactor;

    @Option(names = "--wide-learning-rate-factor", paramLabel = "F", defaultValue = "1",
            description = "What the learning rate is multiplied by for wide tables (${DEFAULT-VALUE}).")
    private float wideFactor;

    @Option(names = "--momentum", paramLabel = "M", description = "sgd: momentum (0).")
    private Float momentum;

    @Option(names = "--nesterov", description = "sgd: look ahead along the momentum.")
    private boolean nesterov;

    @Option(names = "--weight-decay", paramLabel = "W",
            description = "All but ftrl: weight decay; of tables only in the rows that a batch uses (0; adamw: 0.01).")
    private Float weightDecay;

    @Option(names = "--adam-betas", paramLabel = "B1-B2",
            description = "adam, adamw: shares of the moments that stay (0.9-0.999).")
    private String betas;

    @Option(names = "--epsilon", paramLabel = "E",
            description = "All but sgd: added to the root of the squares; ftrl's beta (adagrad, rwsadagrad: 1e-10; adam, "
                    + "adamw: 1e-8; ftrl: 1).")
    private Float epsilon;

    @Option(names = "--initial-accumulator", paramLabel = "A",
            description = "adagrad, rwsadagrad, ftrl: what the sums of squares begin with (0).")
    private Float initialAccumulator;

    @Option(names = "--l1", paramLabel = "L", description = "ftrl: weight of absolute values; makes weights 0 (0).")
    private Float l1;

    @Option(names = "--l2", paramLabel = "L", description = "ftrl: weight of squares (0).")
    private Float l2;

    @Option(names = "--clip-norm", paramLabel = "N", defaultValue = "0",
            description = "Scale gradients down to this norm over all parameters; 0 for never (${DEFAULT-VALUE}).")
    private float clipNorm;
    // @formatter:on

    /**
     * Returns the settings of all groups.
     *
     * @throws IllegalArgumentException naming the option that none of the methods has
     */
    public OptimizerSettings settings() {
        if (recipe != null && (optimizer != null || embedding != null || wide != null)) {
            throw new IllegalArgumentException("--optimizer-recipe names all optimizers; drop --optimizer, "
                    + "--embedding-optimizer and --wide-optimizer, or the recipe");
        }
        final OptimizerSettings base = recipe != null
                ? recipe
                : OptimizerSettings.of(optimizer == null ? OptimizerKind.SGD : optimizer);
        final OptimizerKind embeddingKind = embedding == null ? base.embedding().kind() : embedding;
        final OptimizerKind wideKind = wide == null ? base.wide().kind() : wide;
        final List<OptimizerKind> kinds = List.of(base.dense().kind(), embeddingKind, wideKind);
        refuse("--momentum", momentum != null, kinds, OptimizerKind.SGD);
        refuse("--nesterov", nesterov, kinds, OptimizerKind.SGD);
        refuse("--adam-betas", betas != null, kinds, OptimizerKind.ADAM, OptimizerKind.ADAMW);
        refuse("--l1", l1 != null, kinds, OptimizerKind.FTRL);
        refuse("--l2", l2 != null, kinds, OptimizerKind.FTRL);
        refuse("--weight-decay", weightDecay != null, kinds, OptimizerKind.SGD, OptimizerKind.ADAGRAD,
                OptimizerKind.ROW_WISE_ADAGRAD, OptimizerKind.ADAM, OptimizerKind.ADAMW);
        refuse("--epsilon", epsilon != null, kinds, OptimizerKind.ADAGRAD, OptimizerKind.ROW_WISE_ADAGRAD,
                OptimizerKind.ADAM, OptimizerKind.ADAMW, OptimizerKind.FTRL);
        refuse("--initial-accumulator", initialAccumulator != null, kinds, OptimizerKind.ADAGRAD,
                OptimizerKind.ROW_WISE_ADAGRAD, OptimizerKind.FTRL);
        return new OptimizerSettings(group(base.dense().kind()),
                group(embeddingKind).withLearningRateFactor(embeddingFactor),
                group(wideKind).withLearningRateFactor(wideFactor), clipNorm);
    }

    /** What a method does not have goes to those that have it. */
    private GroupSettings group(OptimizerKind kind) {
        GroupSettings settings = GroupSettings.of(kind);
        if (kind == OptimizerKind.SGD) {
            settings = settings.withMomentum(momentum == null ? 0 : momentum, nesterov);
        } else if (epsilon != null) {
            settings = settings.withEpsilon(epsilon);
        }
        if (kind == OptimizerKind.FTRL) {
            settings = settings.withRegularization(l1 == null ? 0 : l1, l2 == null ? 0 : l2);
        } else if (weightDecay != null) {
            settings = settings.withWeightDecay(weightDecay);
        }
        if (betas != null && (kind == OptimizerKind.ADAM || kind == OptimizerKind.ADAMW)) {
            final double[] shares = betas();
            settings = settings.withBetas(shares[0], shares[1]);
        }
        final boolean sums = kind == OptimizerKind.ADAGRAD || kind == OptimizerKind.ROW_WISE_ADAGRAD
                || kind == OptimizerKind.FTRL;
        return sums && initialAccumulator != null ? settings.withInitialAccumulator(initialAccumulator) : settings;
    }

    private double[] betas() {
        final String[] parts = betas.split("-", -1);
        try {
            if (parts.length == 2) {
                return new double[]{Double.parseDouble(parts[0]), Double.parseDouble(parts[1])};
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(badBetas(), e);
        }
        throw new IllegalArgumentException(badBetas());
    }

    private String badBetas() {
        return "--adam-betas is " + betas + ", expected two numbers such as 0.9-0.999";
    }

    /** An option of another method would be ignored in silence. */
    private static void refuse(String option, boolean given, List<OptimizerKind> kinds, OptimizerKind... owners) {
        if (given && List.of(owners).stream().noneMatch(kinds::contains)) {
            throw new IllegalArgumentException(option + " has no meaning with "
                    + kinds.stream().distinct().map(Enum::name).toList() + "; drop it or choose one of "
                    + List.of(owners));
        }
    }

    /** Knows the reference's names. */
    public static final class OptimizerConverter implements ITypeConverter<OptimizerKind> {
        @Override
        public OptimizerKind convert(String name) {
            return switch (name) {
                case "sgd" -> OptimizerKind.SGD;
                case "adagrad" -> OptimizerKind.ADAGRAD;
                case "rwsadagrad" -> OptimizerKind.ROW_WISE_ADAGRAD;
                case "adam" -> OptimizerKind.ADAM;
                case "adamw" -> OptimizerKind.ADAMW;
                case "ftrl" -> OptimizerKind.FTRL;
                default -> throw new TypeConversionException("'" + name + "' is none of " + NAMES);
            };
        }
    }

    /** Knows the recipes. */
    public static final class RecipeConverter implements ITypeConverter<OptimizerSettings> {
        @Override
        public OptimizerSettings convert(String name) {
            if (name.equals("wide-deep")) {
                return OptimizerSettings.wideAndDeep(0f);
            }
            throw new TypeConversionException("'" + name + "' is no recipe, expected wide-deep");
        }
    }
}
