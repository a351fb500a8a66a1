package org.dlrm4j.cli;

import java.util.Arrays;
import java.util.stream.Collectors;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A list of whole numbers as the reference writes them: {@code 512-256-1}. */
public record Widths(long[] values) {
    public static Widths of(long... values) {
        return new Widths(values);
    }

    public int[] toInts() {
        return Arrays.stream(values).mapToInt(Math::toIntExact).toArray();
    }

    @Override
    public String toString() {
        return Arrays.stream(values).mapToObj(String::valueOf).collect(Collectors.joining("-"));
    }

    /** Parses the list. */
    public static final class Converter implements ITypeConverter<Widths> {
        @Override
        public Widths convert(String text) {
            try {
                return new Widths(Arrays.stream(text.split("-", -1)).mapToLong(Long::parseLong).toArray());
            } catch (NumberFormatException e) {
                throw new TypeConversionException(
                        "'" + text + "' is not a list of whole numbers with dashes between, such as 512-256-1");
            }
        }
    }
}
