package org.dlrm4j.model;

import java.util.List;
import org.dlrm4j.data.NumpyRandom;

/**
 * One step of a network: reads and writes signals, and owns its parameters. Slots are independent, so threads may run a layer
 * on disjoint ranges at once; its tasks of the parameters' gradients are independent, too. Nothing allocates, and every sum has
 * one fixed order.
 */
interface Layer extends AutoCloseable {
    /** Returns what it is called in reports. */
    String name();

    /** Returns what kind of layer it is. */
    OperatorKind kind();

    /** Returns how many of the network's lookups it does; they follow those of the layers before it. */
    default int lookups() {
        return 0;
    }

    /** Returns what {@link #forward} costs. */
    Cost forwardCost(BatchShape shape);

    /** Returns what {@link #backward} costs. */
    Cost backwardCost(BatchShape shape);

    /** Returns what all tasks of {@link #weights} cost. */
    default Cost weightsCost(BatchShape shape) {
        return Cost.NONE;
    }

    /** Computes the outputs of some slots. */
    void forward(Slots slots);

    /** Carries the gradient of the outputs of some slots to the inputs. */
    void backward(Slots slots);

    /** Returns the trained tensors outside the tables; their numbers in the network follow each other. */
    default List<Parameter> parameters() {
        return List.of();
    }

    /** Returns how many tasks the gradients of the parameters are divided into. */
    default int weightTasks() {
        return 0;
    }

    /** Sums the gradients of part of the parameters over the slots, adding to what is there if asked to. */
    default void weights(int task, Slots slots, boolean accumulate) {
        throw new IllegalArgumentException("task " + task + " of a layer without parameters");
    }

    /** Draws the parameters. */
    default void initialize(NumpyRandom random) {}

    /** Returns the bytes of scratch that {@link #forward} and {@link #backward} need. */
    default long scratchBytes() {
        return 0;
    }

    /** Returns the bytes of scratch that {@link #weights} needs for so many slots. */
    default long weightScratchBytes(int slots) {
        return 0;
    }

    @Override
    default void close() {}
}
