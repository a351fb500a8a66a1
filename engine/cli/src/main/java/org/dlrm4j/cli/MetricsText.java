package org.dlrm4j.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import org.dlrm4j.data.PlantedOptimum;
import org.dlrm4j.train.Metrics;

/** Metrics as a line, a table or JSON, always beside the predictor that knows nothing but the base rate. */
public final class MetricsText {
    private MetricsText() {}

    static String line(Metrics.Summary m) {
        return "log loss " + Sizes.decimal(m.logLoss(), 6) + " (constant predictor "
                + Sizes.decimal(m.constantLogLoss(), 6) + "), AUC " + Sizes.decimal(m.auc(), 6) + ", NE "
                + Sizes.decimal(m.normalizedEntropy(), 4) + ", calibration " + Sizes.decimal(m.calibration(), 4)
                + ", accuracy " + Sizes.decimal(100 * m.accuracy(), 2) + " %";
    }

    static TextTable table(Metrics.Summary m) {
        return new TextTable().row("", "model", "constant predictor")
                .row("log loss", Sizes.decimal(m.logLoss(), 6), Sizes.decimal(m.constantLogLoss(), 6))
                .row("normalized entropy", Sizes.decimal(m.normalizedEntropy(), 4), "1.0000")
                .row("AUC", Sizes.decimal(m.auc(), 6), "0.500000")
                .row("calibration", Sizes.decimal(m.calibration(), 4), "1.0000")
                .row("accuracy", Sizes.decimal(100 * m.accuracy(), 2) + " %",
                        Sizes.decimal(100 * Math.max(m.baseRate(), 1 - m.baseRate()), 2) + " %");
    }

    /** Says how close a model comes to the truth that its test data were made with. */
    static String besideOptimum(Metrics.Summary m, PlantedOptimum best) {
        return "best possible: log loss " + Sizes.decimal(best.logLoss(), 6) + ", AUC " + Sizes.decimal(best.auc(), 6)
                + "; the model's log loss is " + Sizes.decimal(100 * (m.logLoss() / best.logLoss() - 1), 2)
                + " % above";
    }

    public static Map<String, Object> json(Metrics.Summary m) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("samples", m.samples());
        json.put("logLoss", m.logLoss());
        json.put("constantLogLoss", m.constantLogLoss());
        json.put("normalizedEntropy", finiteOrNull(m.normalizedEntropy()));
        json.put("auc", finiteOrNull(m.auc()));
        json.put("calibration", finiteOrNull(m.calibration()));
        json.put("accuracy", m.accuracy());
        json.put("baseRate", m.baseRate());
        return json;
    }

    /** JSON has no NaN. */
    private static Double finiteOrNull(double value) {
        return Double.isFinite(value) ? value : null;
    }
}
