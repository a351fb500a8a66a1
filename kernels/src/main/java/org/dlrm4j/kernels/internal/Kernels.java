package org.dlrm4j.kernels.internal;

import java.lang.System.Logger.Level;
import java.util.Optional;
import org.dlrm4j.kernels.internal.scalar.ScalarProvider;
import org.dlrm4j.kernels.internal.vector.VectorProvider;

/** The kernels of this JVM, chosen once on first use. */
public final class Kernels {
    /** System property that forces the scalar kernels: {@code scalar}. */
    public static final String KERNELS_PROPERTY = "dlrm4j.kernels";

    private static final KernelProvider PROVIDER;
    private static final String DESCRIPTION;

    static {
        final Optional<Module> vectorModule = ModuleLayer.boot().findModule("jdk.incubator.vector");
        final String whyScalar = whyScalar(System.getProperty(KERNELS_PROPERTY, ""), vectorModule.isPresent(),
                System.getProperty("java.vm.info", ""));
        if (whyScalar == null) {
            Kernels.class.getModule().addReads(vectorModule.get());
            PROVIDER = VectorProviderLoader.load();
            DESCRIPTION = "vector kernels, " + PROVIDER.vectorBits() + " bits ("
                    + (System.getProperty(KernelProvider.VECTOR_BITS_PROPERTY) == null
                            ? "preferred width of this JVM"
                            : "-D" + KernelProvider.VECTOR_BITS_PROPERTY)
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

    private Kernels() {}

    /** Returns the kernels that run. */
    public static KernelProvider provider() {
        return PROVIDER;
    }

    /** Returns one line for people: what runs and why. */
    public static String description() {
        return DESCRIPTION;
    }

    /** A class of its own, because loading it needs the vector module. */
    private static final class VectorProviderLoader {
        static KernelProvider load() {
            return new VectorProvider();
        }
    }
}
