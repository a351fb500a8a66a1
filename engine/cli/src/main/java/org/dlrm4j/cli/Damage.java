package org.dlrm4j.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.dlrm4j.store.ModelFormatException;

/** Collects what is damaged in a model directory, to say what is used instead. */
final class Damage implements Consumer<ModelFormatException> {
    private final List<ModelFormatException> found = new ArrayList<>();

    @Override
    public void accept(ModelFormatException damage) {
        found.add(damage);
    }

    /** Prints a line for each damage and one about what is done; nothing if there is none. */
    void report(PrintWriter err, String doing, long generation) {
        if (!found.isEmpty()) {
            found.forEach(damage -> err.println("warning: " + Main.oneLine(damage.getMessage())));
            err.println("warning: " + doing + " with generation " + generation
                    + ", the newest that is not damaged");
        }
    }
}
