package org.dlrm4j.model;

import org.dlrm4j.kernels.CrossLayer;

/**
 * What a layer of a cross network reads: {@code x_0}, and its own input {@code x}, which in the first layer is {@code x_0} too.
 * The kernels want two separate gradients; so the first layer's {@code x} is a shadow, whose gradient {@link #endBackward} adds
 * to that of {@code x_0}.
 *
 * @param x0 the cross network's input
 * @param x the layer's input; in the first layer a shadow of {@code x0}
 * @param first whether it is the first layer
 * @param x0Mode what the layer does with the gradient of {@code x0}
 */
record CrossInput(Signal x0, Signal x, boolean first, InputGradient x0Mode) {
    /** Makes the gradient of {@code x_0} ready to be added to. */
    void beginBackward(Slots slots) {
        if (x0Mode == InputGradient.OVERWRITE) {
            slots.clearGradient(x0);
        }
    }

    /** In the first layer both gradients are of one vector. */
    void endBackward(Slots slots) {
        if (first) {
            CrossLayer.add(slots.gradient(x), slots.gradientOffset(x), slots.gradientStrideBytes(x),
                    slots.gradient(x0), slots.gradientOffset(x0), slots.gradientStrideBytes(x0), slots.count(),
                    x0.width());
        }
    }
}
