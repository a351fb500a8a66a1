package org.dlrm4j.bench.report;

import java.util.List;
import java.util.Map;

/**
 * What the report shows.
 *
 * @param title what was run
 * @param environment machine and software, in order
 * @param limits this machine's
 * @param base the scenario all others vary
 * @param operators the base's operators by the model, in the order of its work
 * @param sweeps scenarios around it
 * @param formats scoring from tables in each row format; empty for a model without embeddings
 * @param model the fitted operators
 * @param errors how far the model is off
 * @param whatIfs described machines
 */
record Findings(String title, Map<String, String> environment, ThisMachine limits, Measurement base,
        List<Prediction> operators, List<SweepResult> sweeps, List<FormatRunner.FormatTime> formats,
        OperatorModel model, PredictionErrors errors,
        List<WhatIf> whatIfs) {
    Findings {
        operators = List.copyOf(operators);
        sweeps = List.copyOf(sweeps);
        formats = List.copyOf(formats);
        whatIfs = List.copyOf(whatIfs);
    }

    /** Returns the part of the limit that an operator reaches: the least time over its time. */
    double ofLimit(int operator) {
        return operators.get(operator).bound().nanos() / base.nanos()[operator];
    }
}
