package org.dlrm4j.data;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Describes clicks with a known truth in one line, such as {@code planted:rows=1e9,tables=26,table-rows=4e7,seed=3}. After
 * {@value #PREFIX} come assignments with commas between, each of which may be left out:
 *
 * <table>
 * <caption>Assignments</caption>
 * <tr><td>{@code rows=N}</td><td>rows to train on (1,000,000)</td></tr>
 * <tr><td>{@code first=N}</td><td>number of the first of them (0)</td></tr>
 * <tr><td>{@code held-out=N}</td><td>rows behind them to evaluate on (a tenth, at most 1,000,000)</td></tr>
 * <tr><td>{@code seed=N}</td><td>chooses truth and rows (42)</td></tr>
 * <tr><td>{@code order=1|2}, {@code noise=X}</td><td>what there is to be learned, see {@link PlantedClickLog.Truth} (2, 0)</td></tr>
 * <tr><td>{@code dense=N}</td><td>counts of a row (13)</td></tr>
 * <tr><td>{@code table-rows=N} or {@code N-N-..}</td><td>categories of all, or of each sparse feature
 * ({@link PlantedShape#CRITEO})</td></tr>
 * <tr><td>{@code tables=N}</td><td>number of sparse features, if {@code table-rows} has one number</td></tr>
 * <tr><td>{@code bag=N} or {@code N-N-..}</td><td>categories that a row has of all, or of each sparse feature (1)</td></tr>
 * <tr><td>{@code zipf=X}</td><td>exponent of the law by which categories are drawn (1.1)</td></tr>
 * </table>
 *
 * Whole numbers may be written as {@code 4e7}.
 *
 * @param truth   what there is to be learned
 * @param shape   number and size of the features
 * @param seed    chooses truth and rows
 * @param first   number of the first row to train on, 0 or more
 * @param rows    rows to train on, 1 or more
 * @param heldOut rows behind them to evaluate on, 0 or more
 */
public record PlantedSpec(PlantedClickLog.Truth truth, PlantedShape shape, long seed, long first, long rows,
        long heldOut) {
    /** What every description begins with. */
    public static final String PREFIX = "planted:";

    private static final long DEFAULT_ROWS = 1_000_000;
    private static final long DEFAULT_SEED = 42;
    private static final int HELD_OUT_SHARE = 10;
    private static final long MAX_DEFAULT_HELD_OUT = 1_000_000;

    /**
     * Checks the numbers of rows.
     *
     * @throws IllegalArgumentException naming what is out of range
     */
    public PlantedSpec {
        if (first < 0 || rows < 1 || heldOut < 0 || rows > Long.MAX_VALUE - first
                || heldOut > Long.MAX_VALUE - first - rows) {
            throw new IllegalArgumentException(PREFIX + "rows=" + rows + ",first=" + first + ",held-out=" + heldOut
                    + ": expected 1, 0 and 0 or more, and numbers of rows below 2^63");
        }
    }

    /**
     * Tells whether a text is such a description, and not the name of a directory.
     *
     * @param text the text
     * @return whether it begins with {@value #PREFIX}
     */
    public static boolean isPlanted(String text) {
        return text.startsWith(PREFIX);
    }

    /**
     * Reads a description.
     *
     * @param text begins with {@value #PREFIX}
     * @return what it describes
     * @throws IllegalArgumentException naming the assignment and what was expected
     */
    public static PlantedSpec parse(String text) {
        return parse(text, PlantedShape.CRITEO);
    }

    /**
     * Reads a description whose features are others than Criteo's where it says nothing about them.
     *
     * @param text  begins with {@value #PREFIX}
     * @param shape number and size of the features that the text does not name
     * @return what it describes
     * @throws IllegalArgumentException naming the assignment and what was expected
     */
    public static PlantedSpec parse(String text, PlantedShape shape) {
        if (!isPlanted(text)) {
            throw new IllegalArgumentException("'" + text + "', expected " + PREFIX + "rows=N,..");
        }
        return new Assignments(text).spec(shape);
    }

    /** The assignments of a description, by their names. */
    private static final class Assignments {
        private static final String NAMES = "rows, first, held-out, seed, order, noise, dense, tables, table-rows, bag, zipf";

        private final String text;
        private final Map<String, String> values = new LinkedHashMap<>();

        Assignments(String text) {
            this.text = text;
            String list = text.substring(PREFIX.length());
            for (String assignment : list.isEmpty() ? new String[0] : list.split(",", -1)) {
                int equals = assignment.indexOf('=');
                String name = equals < 0 ? "" : assignment.substring(0, equals);
                if (!Arrays.asList(NAMES.split(", ")).contains(name)) {
                    throw new IllegalArgumentException(text + ": '" + assignment + "' assigns to none of " + NAMES);
                }
                if (values.put(name, assignment.substring(equals + 1)) != null) {
                    throw new IllegalArgumentException(text + ": '" + name + "' is assigned to twice");
                }
            }
        }

        PlantedSpec spec(PlantedShape defaults) {
            try {
                long rows = whole("rows", DEFAULT_ROWS);
                return new PlantedSpec(
                        new PlantedClickLog.Truth(Math.toIntExact(whole("order", 2)), decimal("noise", 0)),
                        shape(defaults),
                        whole("seed", DEFAULT_SEED), whole("first", 0), rows,
                        whole("held-out", Math.min(rows / HELD_OUT_SHARE, MAX_DEFAULT_HELD_OUT)));
            } catch (ArithmeticException e) {
                throw new IllegalArgumentException(text + ": a number is too large", e);
            }
        }

        private PlantedShape shape(PlantedShape defaults) {
            long[] tableRows = values.containsKey("table-rows") ? wholes("table-rows") : defaults.tableRows();
            if (values.containsKey("tables")) {
                int tables = Math.toIntExact(whole("tables", 0));
                if (values.containsKey("table-rows") && tableRows.length == 1 && tables >= 1 && tables <= 1 << 16) {
                    tableRows = repeated(tableRows[0], tables);
                } else if (tables != tableRows.length) {
                    throw new IllegalArgumentException(text + ": tables=" + tables + ", but "
                            + (values.containsKey("table-rows") ? "table-rows has " : "without table-rows there are ")
                            + tableRows.length + "; give table-rows one number, or one for each of the tables");
                }
            }
            int[] bagRows = defaults.bagRows();
            if (values.containsKey("bag") || bagRows.length != tableRows.length) {
                long[] bags = values.containsKey("bag") ? wholes("bag") : new long[]{1};
                bags = bags.length == 1 ? repeated(bags[0], tableRows.length) : bags;
                bagRows = Arrays.stream(bags).mapToInt(Math::toIntExact).toArray();
            }
            return new PlantedShape(Math.toIntExact(whole("dense", defaults.denseFeatures())), tableRows, bagRows,
                    decimal("zipf", defaults.exponent()));
        }

        private static long[] repeated(long value, int count) {
            long[] all = new long[count];
            Arrays.fill(all, value);
            return all;
        }

        private long whole(String name, long otherwise) {
            return values.containsKey(name) ? whole(name, values.get(name)) : otherwise;
        }

        private long[] wholes(String name) {
            return Arrays.stream(values.get(name).split("-", -1)).mapToLong(value -> whole(name, value)).toArray();
        }

        private long whole(String name, String value) {
            try {
                return new BigDecimal(value).longValueExact();
            } catch (NumberFormatException | ArithmeticException e) {
                throw new IllegalArgumentException(
                        text + ": " + name + " is '" + value + "', expected a whole number such as 400000 or 4e5", e);
            }
        }

        private double decimal(String name, double otherwise) {
            try {
                return values.containsKey(name) ? Double.parseDouble(values.get(name)) : otherwise;
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException(
                        text + ": " + name + " is '" + values.get(name) + "', expected a number such as 0.1", e);
            }
        }
    }

    /**
     * Makes the generator of the rows.
     *
     * @return a generator of {@link #truth} and {@link #shape}
     */
    public PlantedClickLog generator() {
        return new PlantedClickLog(seed, truth, shape);
    }

    /**
     * Gives the same description with another seed.
     *
     * @param other the seed
     * @return the description
     */
    public PlantedSpec withSeed(long other) {
        return new PlantedSpec(truth, shape, other, first, rows, heldOut);
    }

    /** Gives the description in full, as {@link #parse} reads it: two are equal if and only if their texts are. */
    @Override
    public String toString() {
        return PREFIX + "rows=" + rows + ",first=" + first + ",held-out=" + heldOut + ",seed=" + seed + ",order="
                + truth.order() + ",noise=" + truth.noise() + ",dense=" + shape.denseFeatures() + ",tables="
                + shape.sparseFeatures() + ",table-rows=" + joined(shape.tableRows()) + ",bag="
                + joined(Arrays.stream(shape.bagRows()).asLongStream().toArray()) + ",zipf=" + shape.exponent();
    }

    private static String joined(long[] numbers) {
        return Arrays.stream(numbers).allMatch(n -> n == numbers[0])
                ? String.valueOf(numbers[0])
                : Arrays.stream(numbers).mapToObj(String::valueOf).collect(Collectors.joining("-"));
    }
}
