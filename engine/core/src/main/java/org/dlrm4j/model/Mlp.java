package org.dlrm4j.model;

import java.util.List;

/**
 * A stack of fully connected layers in a network: ReLU after each, another activation after the last where the model says so.
 *
 * @param layers first to last; owned by the network
 */
public record Mlp(List<Linear> layers) {
    /** Copies the list. */
    public Mlp {
        layers = List.copyOf(layers);
    }
}
