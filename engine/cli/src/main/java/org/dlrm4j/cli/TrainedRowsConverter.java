package org.dlrm4j.cli;

import java.util.Arrays;
import org.dlrm4j.kernels.RowFormat;
import org.dlrm4j.model.ParameterGroup;
import org.dlrm4j.model.TableRows;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Finds the format in which rows of embeddings are trained by its name. */
public final class TrainedRowsConverter implements ITypeConverter<RowFormat> {
    /** Makes the converter; the parser does. */
    public TrainedRowsConverter() {}

    @Override
    public RowFormat convert(String name) {
        return Arrays.stream(RowFormat.values())
                .filter(format -> format.toString().equalsIgnoreCase(name)
                        && TableRows.trainable(format, ParameterGroup.EMBEDDING))
                .findFirst()
                .orElseThrow(() -> new TypeConversionException("'" + name + "' is none of f32, bf16: others have no "
                        + "room for small updates; dlrm quantize makes them of a trained model"));
    }
}
