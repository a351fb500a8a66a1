package org.dlrm4j.cli.compare;

import org.dlrm4j.data.PlantedClickLog;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Synthetic data on the fly, as {@code order=2,noise=0.1,rows=400000,seed=42} says.
 *
 * @param truth what there is to be learned
 * @param rows training rows; a tenth of it validates and a fifth tests, beside them
 * @param seed chooses the truth and the rows
 */
record PlantedSpec(PlantedClickLog.Truth truth, long rows, long seed) {
    private static final int MIN_ROWS = 1000;

    /** Returns the data of a run: those of the first have {@link #seed}, those of the next the next one. */
    PlantedSpec forRun(int run) {
        return new PlantedSpec(truth, rows, seed + run - 1);
    }

    long validationRows() {
        return rows / 10;
    }

    long testRows() {
        return rows / 5;
    }

    /** Reads the option. */
    static final class Converter implements ITypeConverter<PlantedSpec> {
        @Override
        public PlantedSpec convert(String text) {
            int order = 2;
            double noise = 0;
            long rows = 200_000;
            long seed = 42;
            for (String assignment : text.split(",", -1)) {
                final String value = assignment.substring(assignment.indexOf('=') + 1);
                try {
                    switch (assignment.replaceFirst("=.*", "=")) {
                        case "order=" -> order = Integer.parseInt(value);
                        case "noise=" -> noise = Double.parseDouble(value);
                        case "rows=" -> rows = Long.parseLong(value);
                        case "seed=" -> seed = Long.parseLong(value);
                        default -> throw new TypeConversionException(
                                "'" + assignment + "' is none of order=1|2, noise=X, rows=N, seed=N");
                    }
                } catch (NumberFormatException e) {
                    throw new TypeConversionException("'" + assignment + "' has no number such as rows=400000");
                }
            }
            if (rows < MIN_ROWS || rows > Integer.MAX_VALUE) {
                throw new TypeConversionException(
                        "rows=" + rows + ", expected " + MIN_ROWS + " to " + Integer.MAX_VALUE);
            }
            try {
                return new PlantedSpec(new PlantedClickLog.Truth(order, noise), rows, seed);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }
}
