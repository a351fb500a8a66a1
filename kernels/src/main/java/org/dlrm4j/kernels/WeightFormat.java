package org.dlrm4j.kernels;

import java.util.Locale;

/**
 * How the weights of a matrix product are stored for scoring. Everything else is float32 in all formats: inputs, sums, bias and
 * results.
 */
public enum WeightFormat {
    /** IEEE 754 binary32: as trained. */
    F32(Float.BYTES),
    /** bfloat16, rounded to the nearest: 8 bits of precision, the range of binary32. */
    BF16(Short.BYTES),
    /** Signed bytes {@code -127} to {@code 127}, each output with a scale of its own: {@code w = scale · q}. */
    I8(Byte.BYTES);

    private final int elementBytes;

    WeightFormat(int elementBytes) {
        this.elementBytes = elementBytes;
    }

    /**
     * Returns the size of a weight.
     *
     * @return bytes
     */
    public int elementBytes() {
        return elementBytes;
    }

    /**
     * Returns the name as people write it.
     *
     * @return for example {@code bf16}
     */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
