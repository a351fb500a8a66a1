package org.dlrm4j.cli.compare;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.dlrm4j.model.Network;
import org.dlrm4j.model.Parameter;
import org.dlrm4j.store.EmbeddingTable;

/** A copy of all parameters of a network in native memory, taken and given back between steps. */
final class ParameterSnapshot implements AutoCloseable {
    private final Arena arena = Arena.ofConfined();
    private final Network network;
    private final List<MemorySegment> live = new ArrayList<>();
    private final List<MemorySegment> copies = new ArrayList<>();

    /** Allocates room for the parameters of a network, which must outlive this. */
    ParameterSnapshot(Network network) {
        this.network = network;
        network.parameters().forEach(parameter -> live.add(parameter.values()));
        for (EmbeddingTable table : network.tables()) {
            live.add(table.segment().asSlice(table.dataOffset(), table.rows() * table.rowStrideBytes()));
        }
        try {
            live.forEach(segment -> copies.add(arena.allocate(segment.byteSize(), Float.BYTES)));
        } catch (RuntimeException | OutOfMemoryError e) {
            arena.close();
            throw e;
        }
    }

    /** Copies the parameters. */
    void take() {
        for (int i = 0; i < live.size(); i++) {
            copies.get(i).copyFrom(live.get(i));
        }
    }

    /** Gives the network the parameters that were taken last. */
    void restore() {
        for (int i = 0; i < live.size(); i++) {
            live.get(i).copyFrom(copies.get(i));
        }
        for (Parameter parameter : network.parameters()) {
            parameter.changed(0, parameter.rows());
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
