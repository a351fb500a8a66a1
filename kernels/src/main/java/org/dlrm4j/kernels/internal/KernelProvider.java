package org.dlrm4j.kernels.internal;

import java.lang.System.Logger.Level;
import java.util.Optional;
import org.dlrm4j.kernels.internal.scalar.ScalarProvider;

/** The set of kernels that this JVM runs, chosen once on first use. */
public interface KernelProvider {
    /** System property that caps the vector width in bits: 128, 256 or 512. */
    String VECTOR_BITS_PROPERTY = "dlrm4j.vectorBits";
    /** System property that forces the scalar kernels: {@code scalar}. */
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
            final Optional<Module> vectorModule = ModuleLayer.boot().findModule("jdk.incubator.vector");
            final String whyScalar = whyScalar(System.getProperty(KERNELS_PROPERTY, ""), vectorModule.isPresent(),
                    System.getProperty("java.vm.info", ""));
            if (whyScalar == null) {
                Holder.class.getModule().addReads(vectorModule.get());
                PROVIDER = VectorProviderLoader.load();
                DESCRIPTION = "vector kernels, " + PROVIDER.vectorBits() + " bits ("
                        + (System.getProperty(VECTOR_BITS_PROPERTY) == null
                                ? "preferred width of this JVM"
                                : "-D" + VECTOR_BITS_PROPERTY)
                        + ")";
            } else {
                PROVIDER = new ScalarProvider();
                DESCRIPTION = "scalar kernels (" + whyScalar + ")";
                System.getLogger("org.dlrm4j.kernels").log(Level.WARNING, "Running slow scalar kernels: {0}.",
                        whyScalar);
            }
        }

        /**
         * Returns why the scalar kernels should run, or null if the vector kernels should. A pure function of what the JVM
         * says of itself, so that it can be tested.
         */
        static String whyScalar(String forced, boolean vectorModule, String vmInfo) {
            if (forced.equals("scalar")) {
                return "-D" + KERNELS_PROPERTY + "=scalar";
            }
            if (!vectorModule) {
                return "add --add-modules=jdk.incubator.vector to the JVM's flags";
            }
            // Only C2 keeps vectors in registers; without it each is an object, and scalar code is many times faster.
            if (vmInfo.contains("interpreted mode") || vmInfo.contains("emulated-client")) {
                return "this JVM runs without its C2 compiler: remove -Xint, -client or -XX:TieredStopAtLevel";
            }
            return null;
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
