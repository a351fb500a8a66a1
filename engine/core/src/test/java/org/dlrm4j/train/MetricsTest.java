package org.dlrm4j.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class MetricsTest {
    @Test
    void agreesWithTheDefinitions() {
        final Random random = new Random(Long.getLong("dlrm4j.test.seed", 7));
        final int n = 1500;
        final float[] p = new float[n];
        final int[] t = new int[n];
        final Metrics metrics = new Metrics();
        double loss = 0;
        double mean = 0;
        int clicks = 0;
        int correct = 0;
        for (int i = 0; i < n; i++) {
            p[i] = random.nextInt(1, 100) / 100f; // many ties
            t[i] = random.nextFloat() < p[i] ? 1 : 0;
            metrics.add(p[i], t[i]);
            loss -= Math.log(t[i] == 1 ? p[i] : 1 - (double) p[i]) / n;
            mean += p[i] / (double) n;
            clicks += t[i];
            correct += (p[i] > 0.5f ? 1 : 0) == t[i] ? 1 : 0;
        }
        double wins = 0;
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                if (t[i] == 1 && t[j] == 0) {
                    wins += p[i] > p[j] ? 1 : p[i] == p[j] ? 0.5 : 0;
                }
            }
        }
        final double rate = clicks / (double) n;
        final double entropy = -rate * Math.log(rate) - (1 - rate) * Math.log(1 - rate);
        final Metrics.Summary summary = metrics.summary();
        assertEquals(n, summary.samples());
        assertEquals(loss, summary.logLoss(), 1e-9);
        assertEquals(wins / clicks / (n - clicks), summary.auc(), 1e-12);
        assertEquals(loss / entropy, summary.normalizedEntropy(), 1e-9);
        assertEquals(mean / rate, summary.calibration(), 1e-6);
        assertEquals(correct / (double) n, summary.accuracy(), 1e-12);
        assertEquals(entropy, summary.constantLogLoss(), 1e-12);
    }

    @Test
    void extremesAndOneClass() {
        final Metrics metrics = new Metrics();
        metrics.add(0f, 1);
        metrics.add(1f, 1);
        metrics.add(-0f, 1);
        final Metrics.Summary summary = metrics.summary();
        assertEquals(200.0 / 3, summary.logLoss(), 1e-9);
        assertTrue(Double.isNaN(summary.auc()));
        assertTrue(Double.isNaN(summary.normalizedEntropy()));
    }

    @Test
    void refusesWhatIsNoProbabilityAndNothingAtAll() {
        final Metrics metrics = new Metrics();
        assertThrows(IllegalStateException.class, metrics::summary);
        assertTrue(assertThrows(NonFiniteException.class, () -> metrics.add(Float.NaN, 1)).getMessage()
                .contains("sample 0"));
        assertThrows(NonFiniteException.class, () -> metrics.add(1.01f, 1));
    }
}
