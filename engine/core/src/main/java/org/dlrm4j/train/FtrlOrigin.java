package org.dlrm4j.train;

/**
 * Where FTRL begins. Its parameters are a function of {@code n} and {@code z}; with the {@code z = 0} of the literature, which
 * begins with weights of 0, the first step would all but erase initial embeddings and layers. The {@code z} here is the one
 * of which the initial weight is the function: {@code z = −w·((β + sqrt(n)) / α + 2·l2) − sign(w)·l1}.
 */
final class FtrlOrigin {
    private final double curvature;
    private final double l1;

    FtrlOrigin(GroupSettings settings, float scheduledRate) {
        curvature = (settings.epsilon() + Math.sqrt(settings.initialAccumulator()))
                / (scheduledRate * settings.learningRateFactor()) + 2.0 * settings.l2();
        l1 = settings.l1();
    }

    float z(float weight) {
        return weight == 0 ? 0f : (float) (-weight * curvature - Math.signum(weight) * l1);
    }
}
