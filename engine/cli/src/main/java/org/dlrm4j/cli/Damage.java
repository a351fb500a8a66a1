package org.dlrm4j.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.dlrm4j.store.ModelDirectory;
import org.dlrm4j.store.ModelFormatException;

/** Collects what is damaged in a model directory, to say what is used instead. */
final class Damage implements Consumer<ModelFormatException> {
    private final List<ModelFormatException> found = new ArrayList<>();

    @Override
    public void accept(ModelFormatException damage) {
        found.add(damage);
    }

    /** Prints a line for each damage and one about what is done; nothing if there is none. */
    void report(PrintWriter err, String doing, ModelDirectory opened) {
        if (!found.isEmpty()) {
            found.forEach(damage -> err.println("warning: " + Main.oneLine(damage.getMessage())));
            err.println("warning: " + doing + " with generation " + opened.generation()
                    + (opened.deltas() == 0 ? "" : " and its deltas up to " + opened.deltas())
                    + ", the newest that is not damaged");
        }
    }
}
