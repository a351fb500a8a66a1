package org.dlrm4j.train;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.dlrm4j.kernels.DenseOptimizer;
import org.dlrm4j.kernels.WeightDecay;
import org.dlrm4j.model.Parameter;
import org.dlrm4j.os.NativeMemory;

/** Updates one parameter outside the tables; owns its state. Disjoint blocks of rows may be updated at once. */
final class ParameterUpdate implements AutoCloseable {
    private final Parameter parameter;
    private final GroupSettings settings;
    private final List<NativeMemory> states = new ArrayList<>();

    ParameterUpdate(Parameter parameter, GroupSettings settings) {
        this.parameter = parameter;
        this.settings = settings;
        try {
            for (int i = 0; i < settings.states().size(); i++) {
                states.add(NativeMemory.allocate(parameter.count() * Float.BYTES));
            }
        } catch (RuntimeException | OutOfMemoryError e) {
            close();
            throw e;
        }
        for (long i = 0; settings.initialAccumulator() > 0 && i < parameter.count(); i++) {
            state(0).setAtIndex(ValueLayout.JAVA_FLOAT, i, settings.initialAccumulator());
        }
    }

    Parameter parameter() {
        return parameter;
    }

    GroupSettings settings() {
        return settings;
    }

    /** State values in the parameter's layout, in the order of {@link GroupSettings#states}. */
    MemorySegment state(int number) {
        return states.get(number).segment();
    }

    /** Lets FTRL, whose parameters are a function of its state, begin at the values that the parameter has. */
    void begin(float scheduledRate) {
        if (settings.kind() == OptimizerKind.FTRL) {
            final FtrlOrigin origin = new FtrlOrigin(settings, scheduledRate);
            for (long i = 0; i < parameter.count(); i++) {
                state(1).setAtIndex(ValueLayout.JAVA_FLOAT, i,
                        origin.z(parameter.values().getAtIndex(ValueLayout.JAVA_FLOAT, i)));
            }
        }
    }

    /** Updates the rows {@code [from, to)}. */
    void run(int from, int to, MemorySegment gradient, float scheduledRate, long step) {
        final float rate = scheduledRate * settings.learningRateFactor();
        final MemorySegment values = parameter.values();
        final long offset = (long) from * parameter.rowFloats() * Float.BYTES;
        final long count = (long) (to - from) * parameter.rowFloats();
        switch (settings.kind()) {
            case SGD -> {
                if (settings.momentum() > 0) {
                    DenseOptimizer.momentum(values, offset, gradient, offset, state(0), offset, count, rate,
                            settings.momentum(), settings.nesterov(), settings.weightDecay());
                } else {
                    DenseOptimizer.sgd(values, offset, gradient, offset, count, rate, settings.weightDecay());
                }
            }
            case ADAGRAD -> DenseOptimizer.adagrad(values, offset, gradient, offset, state(0), offset, count, rate,
                    settings.epsilon(), settings.weightDecay());
            case ADAM, ADAMW -> DenseOptimizer.adam(values, offset, gradient, offset, state(0), offset, state(1),
                    offset, count, rate, settings.beta1(), settings.beta2(), settings.epsilon(),
                    settings.weightDecay(), decay(settings), step);
            case FTRL -> DenseOptimizer.ftrl(values, offset, gradient, offset, state(0), offset, state(1), offset,
                    count, rate, settings.epsilon(), settings.l1(), settings.l2());
            case ROW_WISE_ADAGRAD -> throw new IllegalStateException(
                    parameter.name() + " is no table, but is to be updated by " + settings.kind());
        }
        parameter.changed(from, to);
    }

    static WeightDecay decay(GroupSettings settings) {
        return settings.kind() == OptimizerKind.ADAMW ? WeightDecay.DECOUPLED : WeightDecay.L2;
    }

    @Override
    public void close() {
        states.forEach(NativeMemory::close);
    }
}
