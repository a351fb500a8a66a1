package org.dlrm4j.bench.peers;

/** Where the interaction's outputs stand in the square matrix of all dot products. */
final class Triangle {
    private Triangle() {}

    /** Returns the positions {@code i · vectors + j} for {@code j < i}, row by row. */
    static long[] positions(int vectors) {
        final long[] positions = new long[vectors * (vectors - 1) / 2];
        for (int i = 0, at = 0; i < vectors; i++) {
            for (int j = 0; j < i; j++) {
                positions[at++] = (long) i * vectors + j;
            }
        }
        return positions;
    }
}
