package org.dlrm4j.cli;

import me.tongfei.progressbar.ProgressBarRenderer;
import me.tongfei.progressbar.ProgressState;

/** Draws a task as {@code training   57 % [=====>    ]  91,494 samples/s, 0:00:04 left, step 1,787, loss 0.432100}. */
final class BarRenderer implements ProgressBarRenderer {
    private static final int MIN_BAR_COLUMNS = 6;
    private static final int MAX_BAR_COLUMNS = 40;

    private final ProgressReporter.Unit unit;

    BarRenderer(ProgressReporter.Unit unit) {
        this.unit = unit;
    }

    @Override
    public String render(ProgressState state, int columns) {
        final long left = state.getMax() - state.getCurrent();
        final double share = state.getMax() == 0 ? 1 : Math.min(1, (double) state.getCurrent() / state.getMax());
        final double seconds = Math.max(1e-3, state.getElapsedAfterStart().toMillis() * 1e-3);
        final double rate = (state.getCurrent() - state.getStart()) / seconds;
        final String before = String.format("%s %3d %% [", state.getTaskName(), (int) (100 * share));
        final StringBuilder after = new StringBuilder("] ");
        after.append(Sizes.count(Math.round(rate / unit.size()))).append(' ').append(unit.name()).append("/s");
        if (left <= 0) {
            after.append(", took ").append(Sizes.seconds(seconds));
        } else if (rate > 0) {
            after.append(", ").append(Sizes.seconds(left / rate)).append(" left");
        }
        if (!state.getExtraMessage().isEmpty()) {
            after.append(", ").append(state.getExtraMessage());
        }
        final int bar = Math.clamp(columns - before.length() - after.length() - 1L, MIN_BAR_COLUMNS, MAX_BAR_COLUMNS);
        final int filled = (int) (share * bar);
        final String line = before + "=".repeat(filled) + (filled < bar ? ">" + " ".repeat(bar - filled - 1) : "")
                + after;
        // Blanks cover what a longer line before it left.
        return line + " ".repeat(Math.max(0, columns - line.length()));
    }
}
