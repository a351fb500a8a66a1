package org.dlrm4j.model;

/**
 * What a layer does with the gradient of its input. Layers run backward in reverse order: of several layers that read a
 * signal, the last one writes the gradient and the others add to it.
 */
enum InputGradient {
    /** There is none: the input is data. */
    NONE,
    /** It is the first to write it. */
    OVERWRITE,
    /** Another layer has written it before. */
    ADD
}
