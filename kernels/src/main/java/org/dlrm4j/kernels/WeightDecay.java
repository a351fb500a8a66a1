package org.dlrm4j.kernels;

/** Where a decay {@code λ} of parameters enters an optimizer that scales its gradients, such as Adam. */
public enum WeightDecay {
    /** In the gradient, {@code g += λ·p}, before moments and scaling see it: {@code torch.optim.Adam}. */
    L2,
    /** Beside the step, {@code p *= 1 - learningRate·λ}: {@code torch.optim.AdamW}. (Loshchilov, Hutter, ICLR 2019.) */
    DECOUPLED
}
