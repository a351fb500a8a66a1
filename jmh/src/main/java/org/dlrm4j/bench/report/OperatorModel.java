package org.dlrm4j.bench.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Times of operators from their work and a machine's limits. A family of operators, such as the forward products of fully
 * connected layers, takes {@code t = c₀·calls + c₁·units + c₂·max(flops / peak, bytes / bandwidth) + c₃·rows}, the third term
 * being the roofline (Williams et al., CACM 52(4), 2009) at the level that holds the working set, the fourth the time of random
 * rows where {@link Residence} puts them. {@code 1/c₂} and {@code 1/c₃} are the family's efficiencies. The four are fitted to
 * measured steps by {@link TimeRegression}, and belong to the software: another machine changes only the limits. Overheads stay
 * what they are on the machine of the fit.
 */
final class OperatorModel {
    private final Map<String, double[]> coefficients;

    private OperatorModel(Map<String, double[]> coefficients) {
        this.coefficients = coefficients;
    }

    /** Fits the families of measured steps on the machine that measured them. */
    static OperatorModel fit(List<Measurement> measurements, Machine machine) {
        final Map<String, List<double[]>> rows = new LinkedHashMap<>();
        final Map<String, List<Double>> times = new LinkedHashMap<>();
        for (Measurement measurement : measurements) {
            final StepWork work = measurement.work();
            final Residence residence = Residence.of(work.tableBytes(), work.tableRows(), machine);
            for (int i = 0; i < work.items().size(); i++) {
                final WorkItem item = work.items().get(i);
                if (measurement.nanos()[i] > 0) {
                    final Bound bound = Bound.of(item, machine, residence, work.threads());
                    rows.computeIfAbsent(item.family(), f -> new ArrayList<>()).add(terms(item, bound));
                    times.computeIfAbsent(item.family(), f -> new ArrayList<>()).add(measurement.nanos()[i]);
                }
            }
        }
        final Map<String, double[]> fitted = new LinkedHashMap<>();
        rows.forEach((family, terms) -> fitted.put(family,
                TimeRegression.fit(terms, times.get(family).stream().mapToDouble(Double::doubleValue).toArray())));
        return new OperatorModel(fitted);
    }

    private static double[] terms(WorkItem item, Bound bound) {
        return new double[]{item.calls(), item.units(), bound.rooflineNanos(), bound.rowNanos()};
    }

    /**
     * Predicts the operators of a step.
     *
     * @return one an item, in order; 0 for families that were not measured
     */
    List<Prediction> predict(StepWork work, Machine machine) {
        final Residence residence = Residence.of(work.tableBytes(), work.tableRows(), machine);
        final List<Prediction> predictions = new ArrayList<>();
        for (WorkItem item : work.items()) {
            final Bound bound = Bound.of(item, machine, residence, work.threads());
            final double[] terms = terms(item, bound);
            final double[] c = coefficients.getOrDefault(item.family(), new double[terms.length]);
            predictions.add(new Prediction(item, c[0] * terms[0] + c[1] * terms[1], c[2] * terms[2], c[3] * terms[3],
                    bound));
        }
        return predictions;
    }

    /** Returns the time of a step, without making the batch. */
    static double stepNanos(List<Prediction> predictions) {
        return predictions.stream().filter(p -> p.item().stage() != WorkItem.Stage.DATA)
                .mapToDouble(Prediction::nanos).sum();
    }

    /** Coefficients by family. */
    Map<String, double[]> coefficients() {
        return Map.copyOf(coefficients);
    }
}
