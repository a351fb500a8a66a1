package org.dlrm4j.bench;

import java.util.SplittableRandom;

/**
 * Draws ranks {@code k} in [1, n] with probability proportional to {@code k^-EXPONENT} by rejection-inversion (Hörmann and
 * Derflinger, ACM TOMACS 6(3), 1996): constant memory and about one draw a sample, whatever {@code n}.
 */
final class ZipfSampler {
    static final double EXPONENT = 1.05;

    private final long n;
    private final double integralOfFirst;
    private final double integralOfAll;
    private final double acceptWidth;

    ZipfSampler(long n) {
        this.n = n;
        integralOfFirst = integral(1.5) - 1;
        integralOfAll = integral(n + 0.5);
        acceptWidth = 2 - inverseIntegral(integral(2.5) - Math.pow(2, -EXPONENT));
    }

    long next(SplittableRandom random) {
        while (true) {
            final double u = integralOfAll + random.nextDouble() * (integralOfFirst - integralOfAll);
            final double x = inverseIntegral(u);
            final long k = Math.clamp(Math.round(x), 1, n);
            if (k - x <= acceptWidth || u >= integral(k + 0.5) - Math.pow(k, -EXPONENT)) {
                return k;
            }
        }
    }

    private static double integral(double x) {
        return (Math.pow(x, 1 - EXPONENT) - 1) / (1 - EXPONENT);
    }

    private static double inverseIntegral(double y) {
        return Math.pow(1 + y * (1 - EXPONENT), 1 / (1 - EXPONENT));
    }
}
