package org.dlrm4j.kernels;

import java.util.Locale;

/**
 * How a row of an embedding table is stored. All numbers are little-endian; element {@code j} of a row means:
 *
 * <table>
 * <caption>Rows of {@code dim} elements</caption>
 * <tr><th>format</th><th>bytes of a row</th><th>value of element {@code j}</th></tr>
 * <tr><td>{@link #F32}</td><td>{@code 4·dim}</td><td>binary32 {@code j}</td></tr>
 * <tr><td>{@link #F16}</td><td>{@code 2·dim}</td><td>binary16 {@code j}</td></tr>
 * <tr><td>{@link #BF16}</td><td>{@code 2·dim}</td><td>bfloat16 {@code j}: the upper half of a binary32</td></tr>
 * <tr><td>{@link #I8}</td><td>{@code dim + 8}</td><td>{@code fma(scale, u[j], bias)}: {@code dim} unsigned bytes {@code u}, then
 * {@code scale} and {@code bias} in binary32</td></tr>
 * <tr><td>{@link #I4}</td><td>{@code dim/2 + 4}</td><td>{@code fma(scale, u[j], bias)}: {@code dim} unsigned nibbles {@code u}, the
 * lower of a byte first, then {@code scale} and {@code bias} in binary16</td></tr>
 * </table>
 *
 * <p>{@code I8} and {@code I4} are byte for byte the fused row-wise formats of FBGEMM, which PyTorch calls the packed weights of
 * {@code embedding_bag_byte} and {@code embedding_bag_4bit}.
 */
public enum RowFormat {
    /** IEEE 754 binary32: what training needs. */
    F32,
    /** IEEE 754 binary16: 11 bits of precision, up to 65504. */
    F16,
    /** bfloat16: 8 bits of precision, the range of binary32. */
    BF16,
    /** 8 bits an element, each row with its own scale and bias. */
    I8,
    /** 4 bits an element, each row with its own scale and bias; {@code dim} is even. */
    I4;

    /**
     * Returns the name as people write it.
     *
     * @return for example {@code bf16}
     */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Returns the length of a row.
     *
     * @param dim elements in a row, 1 to 2^20
     * @return bytes
     * @throws IllegalArgumentException if the format has no rows of {@code dim} elements
     */
    public int rowBytes(int dim) {
        if (dim < 1 || dim > 1 << 20) {
            throw new IllegalArgumentException("dim is " + dim + ", expected 1 to " + (1 << 20));
        }
        if (this == I4 && dim % 2 != 0) {
            throw new IllegalArgumentException(
                    "dim is " + dim + ", expected an even number: rows in format i4 have two elements a byte; use i8");
        }
        return switch (this) {
            case F32 -> 4 * dim;
            case F16, BF16 -> 2 * dim;
            case I8 -> dim + 2 * Float.BYTES;
            case I4 -> dim / 2 + 2 * Short.BYTES;
        };
    }
}
