package org.dlrm4j.store;

/** Element types of tensors in {@link Safetensors} files; the constants' names are the format's own. */
public enum TensorType {
    /** IEEE 754 binary32. */
    F32(4),
    /** bfloat16, the upper half of a binary32. */
    BF16(2),
    /** Signed 64-bit integer. */
    I64(8),
    /** Signed 32-bit integer. */
    I32(4);

    private final int elementBytes;

    TensorType(int elementBytes) {
        this.elementBytes = elementBytes;
    }

    /**
     * Returns the size of an element.
     *
     * @return bytes an element
     */
    public int elementBytes() {
        return elementBytes;
    }
}
