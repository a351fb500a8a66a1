package org.dlrm4j.kernels.internal.vector;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;
import org.dlrm4j.kernels.internal.KernelProvider;

/** Species, layouts and byte order of all vector kernels, fixed once so that C2 sees constants. */
final class VectorConstants {
    static final VectorSpecies<Float> FLOATS = species();
    static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, FLOATS.vectorShape());
    static final VectorSpecies<Double> DOUBLES = VectorSpecies.of(double.class, FLOATS.vectorShape());
    static final VectorSpecies<Long> LONGS = VectorSpecies.of(long.class, FLOATS.vectorShape());
    static final int LANES = FLOATS.length();
    static final int VECTOR_BYTES = FLOATS.vectorByteSize();
    static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;
    static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(LE);
    static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(LE);
    static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(LE);
    static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(LE);

    private VectorConstants() {}

    private static VectorSpecies<Float> species() {
        final String bits = System.getProperty(KernelProvider.VECTOR_BITS_PROPERTY);
        if (bits == null) {
            return FloatVector.SPECIES_PREFERRED;
        }
        return switch (bits) {
            case "128" -> VectorSpecies.of(float.class, VectorShape.S_128_BIT);
            case "256" -> VectorSpecies.of(float.class, VectorShape.S_256_BIT);
            case "512" -> VectorSpecies.of(float.class, VectorShape.S_512_BIT);
            default -> throw new IllegalArgumentException(
                    "-D" + KernelProvider.VECTOR_BITS_PROPERTY + "=" + bits + ": expected 128, 256 or 512");
        };
    }
}
