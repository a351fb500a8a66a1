package org.dlrm4j.kernels;

import org.dlrm4j.kernels.internal.Kernels;

/** Tells which kernel implementation this JVM runs, and why. */
public final class KernelInfo {
    private KernelInfo() {}

    /**
     * Returns whether the Vector API kernels run.
     *
     * @return {@code false} if the scalar kernels run
     */
    public static boolean isVector() {
        return Kernels.provider().vectorBits() > 0;
    }

    /**
     * Returns the vector width in bits.
     *
     * @return 128, 256 or 512, or 0 if the scalar kernels run
     */
    public static int vectorBits() {
        return Kernels.provider().vectorBits();
    }

    /**
     * Returns one line for people: the implementation, its width, and why it was chosen.
     *
     * @return for example {@code vector kernels, 512 bits (preferred width of this JVM)}
     */
    public static String description() {
        return Kernels.description();
    }
}
