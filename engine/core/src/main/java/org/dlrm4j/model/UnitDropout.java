package org.dlrm4j.model;

/** Which units a training step leaves out; shared by all threads' {@link Slots} of a forward and a backward pass. */
final class UnitDropout {
    private float share;
    private long seed;
    private long step;

    /** Sets what the next step leaves out; a share of 0 leaves out nothing. */
    void set(float newShare, long newSeed, long newStep) {
        share = newShare;
        seed = newSeed;
        step = newStep;
    }

    float share() {
        return share;
    }

    long seed() {
        return seed;
    }

    long step() {
        return step;
    }
}
