package org.dlrm4j.model;

import java.util.ArrayList;
import java.util.List;
import org.dlrm4j.data.NumpyRandom;
import org.dlrm4j.kernels.Activation;

/** A stack of fully connected layers: ReLU after each, another activation after the last where the model says so. */
public final class Mlp implements AutoCloseable {
    private final List<Linear> layers = new ArrayList<>();

    /**
     * Creates a stack of zeros.
     *
     * @param widths input width, then each layer's output width
     * @param last activation of the last layer
     * @param trainable whether gradients will be computed
     */
    public Mlp(int[] widths, Activation last, boolean trainable) {
        try {
            for (int i = 1; i < widths.length; i++) {
                layers.add(new Linear(widths[i - 1], widths[i], i == widths.length - 1 ? last : Activation.RELU,
                        trainable));
            }
        } catch (RuntimeException | OutOfMemoryError e) {
            close();
            throw e;
        }
    }

    /**
     * Draws the parameters layer by layer, weights before bias.
     *
     * @param random the stream to draw from
     */
    void initialize(NumpyRandom random) {
        layers.forEach(layer -> layer.initialize(random));
    }

    /**
     * Returns the layers.
     *
     * @return first to last, unmodifiable
     */
    public List<Linear> layers() {
        return List.copyOf(layers);
    }

    @Override
    public void close() {
        layers.forEach(Linear::close);
    }
}
