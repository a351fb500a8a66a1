package org.dlrm4j.cli;

import java.io.PrintWriter;
import org.dlrm4j.train.Metrics;
import org.dlrm4j.train.TrainerOptions;
import org.dlrm4j.train.TrainingListener;
import org.dlrm4j.train.TrainingPosition;

/** Tells people how a training run goes. */
final class TrainingReport implements TrainingListener, AutoCloseable {
    private final PrintWriter out;
    private final boolean asBar;
    private final long printEvery;
    private final TrainerOptions options;
    private final long samplesPerEpoch;
    private final String evaluatedPart;
    private ProgressReporter progress;
    private TrainingPosition position;
    private Metrics.Summary lastEvaluation;
    private double lossSum;
    private long lossSamples;
    private double windowLoss = Double.NaN;
    private long samplesTrained;
    private long trainingNanos;
    private long markNanos = System.nanoTime();

    /**
     * Prepares a report.
     *
     * @param out where it goes
     * @param asBar whether to draw a bar
     * @param printEvery print a line each so many steps; 0 for a bar, or a line each few seconds
     * @param options of the run
     * @param samplesPerEpoch training samples
     * @param evaluatedPart name of the evaluated part, or null if evaluations are not to be printed
     */
    TrainingReport(PrintWriter out, boolean asBar, long printEvery, TrainerOptions options, long samplesPerEpoch,
            String evaluatedPart) {
        this.out = out;
        this.asBar = asBar && printEvery == 0;
        this.printEvery = printEvery;
        this.options = options;
        this.samplesPerEpoch = samplesPerEpoch;
        this.evaluatedPart = evaluatedPart;
    }

    @Override
    public void stepped(TrainingPosition now, double loss, int samples) {
        final long nanos = System.nanoTime();
        trainingNanos += nanos - markNanos;
        markNanos = nanos;
        position = now;
        samplesTrained += samples;
        lossSum += loss * samples;
        lossSamples += samples;
        final long done = now.epoch() * samplesPerEpoch
                + Math.min(now.batch() * options.stepSamples(), samplesPerEpoch);
        final long total = options.epochs() * samplesPerEpoch;
        if (progress == null) {
            progress = new ProgressReporter(out, asBar, "training", ProgressReporter.Unit.SAMPLES, total,
                    done - samples);
        }
        if (!asBar && (done == total || printEvery > 0 && now.step() % printEvery == 0)) {
            progress.line(done, status());
        } else {
            progress.update(done, this::status);
        }
    }

    /** Ends the window of the mean loss. */
    private String status() {
        windowLoss = lossSum / lossSamples;
        lossSum = 0;
        lossSamples = 0;
        return "step " + Sizes.count(position.step()) + ", loss " + Sizes.decimal(windowLoss, 6);
    }

    @Override
    public void evaluated(TrainingPosition now, Metrics.Summary summary) {
        position = now;
        lastEvaluation = summary;
        if (evaluatedPart != null) {
            say("step " + Sizes.count(now.step()) + ", " + evaluatedPart + ": " + MetricsText.line(summary));
        }
        markNanos = System.nanoTime();
    }

    @Override
    public void checkpointed(TrainingPosition now) {
        position = now;
        markNanos = System.nanoTime();
    }

    private void say(String line) {
        if (progress == null) {
            out.println(line);
        } else {
            progress.message(line);
        }
    }

    /** Returns where the run stands, or null if there was no step. */
    TrainingPosition position() {
        return position;
    }

    /** Returns the last evaluation, or null. */
    Metrics.Summary lastEvaluation() {
        return lastEvaluation;
    }

    /** Returns the number of samples trained a second, evaluations and checkpoints apart. */
    double samplesPerSecond() {
        return samplesTrained / Math.max(1e-9, trainingNanos * 1e-9);
    }

    /** Sums the run up in a line. */
    String summary() {
        if (samplesTrained == 0) {
            return "nothing left to train; raise --nepochs to go on";
        }
        if (lossSamples > 0) {
            status();
        }
        return "trained " + Sizes.count(samplesTrained) + " samples in " + Sizes.seconds(trainingNanos * 1e-9) + ", "
                + Sizes.count(Math.round(samplesPerSecond())) + " samples/s, last loss "
                + Sizes.decimal(windowLoss, 6);
    }

    /** Ends the display, so that other output can follow. */
    void end() {
        if (progress != null) {
            progress.close();
        }
    }

    @Override
    public void close() {
        end();
    }
}
