package org.dlrm4j.model;

/**
 * What an operator has to do at least, whoever does it: arithmetic, memory that is streamed through once, and rows at random
 * places of tables. Floating-point operations are additions, multiplications and divisions, a fused multiply-add being two;
 * functions such as {@code exp} are not counted. Bytes are those of operands read and results written, each once a call, as in
 * the roofline model (Williams et al., CACM 52(4), 2009): what a cache is too small for comes on top.
 *
 * @param flops floating-point operations
 * @param bytes bytes that are read or written in order
 * @param rows table rows reached at random places; a row that is read and written counts once
 * @param rowBytes bytes of these rows that are read or written
 */
public record Cost(double flops, double bytes, double rows, double rowBytes) {
    /** Of an operator that has nothing to do. */
    public static final Cost NONE = new Cost(0, 0, 0, 0);

    /** Returns the cost of arithmetic on floats that are streamed. */
    static Cost streamed(double flops, double floats) {
        return new Cost(flops, floats * Float.BYTES, 0, 0);
    }

    /**
     * Adds costs.
     *
     * @param other what is done besides
     * @return the sum
     */
    public Cost plus(Cost other) {
        return new Cost(flops + other.flops, bytes + other.bytes, rows + other.rows, rowBytes + other.rowBytes);
    }

    /**
     * Multiplies a cost.
     *
     * @param factor how often it is done
     * @return the product
     */
    public Cost times(double factor) {
        return new Cost(flops * factor, bytes * factor, rows * factor, rowBytes * factor);
    }

    /**
     * Returns all bytes.
     *
     * @return those in order and those of rows
     */
    public double allBytes() {
        return bytes + rowBytes;
    }

    /**
     * Returns the arithmetic intensity, the roofline's abscissa.
     *
     * @return floating-point operations a byte; 0 if no bytes are moved
     */
    public double intensity() {
        return allBytes() == 0 ? 0 : flops / allBytes();
    }
}
