package org.dlrm4j.cli;

import java.util.Arrays;
import java.util.List;
import org.dlrm4j.model.FeatureCross;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Crosses of sparse features as they are declared: {@code 0x3,1x2x5}. */
public record Crosses(List<int[]> features) {
    public List<FeatureCross> toFeatureCrosses(long rows) {
        return features.stream().map(cross -> new FeatureCross(cross, rows)).toList();
    }

    /** Parses the list. */
    public static final class Converter implements ITypeConverter<Crosses> {
        @Override
        public Crosses convert(String text) {
            try {
                return new Crosses(Arrays.stream(text.split(",", -1)).map(
                        cross -> Arrays.stream(cross.split("x", -1)).mapToInt(Integer::parseInt).toArray()).toList());
            } catch (NumberFormatException e) {
                throw new TypeConversionException("'" + text
                        + "' is not a list of crosses with commas between, such as 0x3,1x2x5");
            }
        }
    }
}
