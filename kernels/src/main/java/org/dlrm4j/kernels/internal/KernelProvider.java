package org.dlrm4j.kernels.internal;

import java.lang.System.Logger.Level;
import org.dlrm4j.kernels.internal.scalar.ScalarProvider;

/** The set of kernels that this JVM runs, chosen once on first use. */
public interface KernelProvider {
    /** System property that caps the vector width in bits: 128, 256 or 512. */
    String VECTOR_BITS_PROPERTY = "dlrm4j.vectorBits";
    /** System property that forces an implementation: {@code vector} or {@code scalar}. */
    String KERNELS_PROPERTY = "dlrm4j.kernels";

    /** Returns the width in bits, 0 for scalar. */
    int vectorBits();

    GemmKernel gemm();

    SlsKernel sls();

    SparseUpdateKernel sparseUpdate();

    InteractionKernel interaction();

    ElementwiseKernel elementwise();

    static KernelProvider get() {
        return Holder.PROVIDER;
    }

    static String description() {
        return Holder.DESCRIPTION;
    }

    /** Separate class so that a missing vector module is met inside {@code choose} and nowhere else. */
    final class Holder {
        static final KernelProvider PROVIDER;
        static final String DESCRIPTION;

        static {
            final String forced = System.getProperty(KERNELS_PROPERTY, "");
            KernelProvider provider;
            String description;
            if (forced.equals("scalar")) {
                provider = new ScalarProvider();
                description = "scalar kernels (-D" + KERNELS_PROPERTY + "=scalar)";
            } else if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
                provider = new ScalarProvider();
                description = "scalar kernels (the JVM was started without --add-modules=jdk.incubator.vector)";
                System.getLogger("org.dlrm4j.kernels").log(Level.WARNING,
                        "Running slow scalar kernels: add --add-modules=jdk.incubator.vector to the JVM's flags.");
            } else {
                Holder.class.getModule().addReads(ModuleLayer.boot().findModule("jdk.incubator.vector").get());
                provider = VectorProviderLoader.load();
                description = "vector kernels, " + provider.vectorBits() + " bits ("
                        + (System.getProperty(VECTOR_BITS_PROPERTY) == null
                                ? "preferred width of this JVM"
                                : "-D" + VECTOR_BITS_PROPERTY)
                        + ")";
            }
            PROVIDER = provider;
            DESCRIPTION = description;
        }

        private Holder() {}
    }

    /** Keeps the reference to the vector package out of {@link Holder}'s verification. */
    final class VectorProviderLoader {
        private VectorProviderLoader() {}

        static KernelProvider load() {
            return new org.dlrm4j.kernels.internal.vector.VectorProvider();
        }
    }
}
