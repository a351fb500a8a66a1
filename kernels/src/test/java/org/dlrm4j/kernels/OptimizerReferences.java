package org.dlrm4j.kernels;

/**
 * Optimizers of one parameter as their papers and PyTorch write them, in double precision. The judges of formulas: kernels
 * may round and group differently.
 */
final class OptimizerReferences {
    private OptimizerReferences() {}

    /** The hyperparameters of all of them. */
    record Settings(double learningRate, double momentum, boolean nesterov, double beta1, double beta2, double epsilon,
            double weightDecay, WeightDecay kind, double beta, double l1, double l2) {}

    /** A parameter and its state. */
    static final class Parameter {
        double p;
        double first;
        double second;

        Parameter(double p, double first, double second) {
            this.p = p;
            this.first = first;
            this.second = second;
        }
    }

    static void sgd(Parameter x, double g, Settings s) {
        x.p -= s.learningRate * (g + s.weightDecay * x.p);
    }

    static void momentum(Parameter x, double g, Settings s) {
        final double gradient = g + s.weightDecay * x.p;
        x.first = s.momentum * x.first + gradient;
        x.p -= s.learningRate * (s.nesterov ? gradient + s.momentum * x.first : x.first);
    }

    static void adagrad(Parameter x, double g, Settings s) {
        final double gradient = g + s.weightDecay * x.p;
        x.first += gradient * gradient;
        x.p -= s.learningRate * gradient / (Math.sqrt(x.first) + s.epsilon);
    }

    /** {@code torch.optim.Adam} and {@code AdamW}. */
    static void adam(Parameter x, double g, Settings s, int step) {
        moments(x, g, s);
        final double correction1 = 1 - Math.pow(s.beta1, step);
        final double correction2 = 1 - Math.pow(s.beta2, step);
        x.p -= s.learningRate / correction1 * x.first / (Math.sqrt(x.second) / Math.sqrt(correction2) + s.epsilon);
    }

    /** {@code torch.optim.SparseAdam}. */
    static void sparseAdam(Parameter x, double g, Settings s, int step) {
        moments(x, g, s);
        final double stepSize = s.learningRate * Math.sqrt(1 - Math.pow(s.beta2, step)) / (1 - Math.pow(s.beta1, step));
        x.p -= stepSize * x.first / (Math.sqrt(x.second) + s.epsilon);
    }

    private static void moments(Parameter x, double g, Settings s) {
        double gradient = g;
        if (s.kind == WeightDecay.L2) {
            gradient += s.weightDecay * x.p;
        } else {
            x.p *= 1 - s.learningRate * s.weightDecay;
        }
        x.first = s.beta1 * x.first + (1 - s.beta1) * gradient;
        x.second = s.beta2 * x.second + (1 - s.beta2) * gradient * gradient;
    }

    /** McMahan et al., with TensorFlow's factor 2 of l2; {@code first} is n, {@code second} is z. */
    static void ftrl(Parameter x, double g, Settings s) {
        final double before = x.first;
        x.first += g * g;
        x.second += g - (Math.sqrt(x.first) - Math.sqrt(before)) / s.learningRate * x.p;
        x.p = Math.abs(x.second) <= s.l1
                ? 0
                : (Math.signum(x.second) * s.l1 - x.second)
                        / ((s.beta + Math.sqrt(x.first)) / s.learningRate + 2 * s.l2);
    }
}
