package org.dlrm4j.model;

/** A layer as reports see it: what it is, and what it costs. */
public final class Operator {
    private final Layer layer;

    Operator(Layer layer) {
        this.layer = layer;
    }

    /**
     * Returns what it is called.
     *
     * @return for example {@code top MLP layer 0}
     */
    public String name() {
        return layer.name();
    }

    /**
     * Returns what kind of layer it is.
     *
     * @return the kind
     */
    public OperatorKind kind() {
        return layer.kind();
    }

    /**
     * Returns how many of {@link Network#lookups} it does: those that follow the ones of the operators before it.
     *
     * @return tables; 0 for a layer that looks nothing up
     */
    public int lookups() {
        return layer.lookups();
    }

    /**
     * Returns what it costs in one of the phases of layers.
     *
     * @param phase {@link PassPhase#FORWARD}, {@link PassPhase#BACKWARD} or {@link PassPhase#WEIGHTS}
     * @param shape the samples of one call; weights are read once a call
     * @return the cost; {@link Cost#NONE} if it has nothing to do then
     * @throws IllegalArgumentException if layers have no part in the phase
     */
    public Cost cost(PassPhase phase, BatchShape shape) {
        return switch (phase) {
            case FORWARD -> layer.forwardCost(shape);
            case BACKWARD -> layer.backwardCost(shape);
            case WEIGHTS -> layer.weightsCost(shape);
            default -> throw new IllegalArgumentException(
                    "phase is " + phase + ", expected one of layers: FORWARD, BACKWARD or WEIGHTS");
        };
    }
}
