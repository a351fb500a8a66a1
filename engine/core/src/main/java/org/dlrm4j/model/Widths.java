package org.dlrm4j.model;

import java.util.Arrays;
import java.util.List;

/** Widths of the layers of MLPs. */
final class Widths {
    private Widths() {}

    /** Checks that all widths are positive. */
    static void check(String mlp, int[] widths) {
        for (int width : widths) {
            Requirement.that(width > 0, "%s %s has a width below 1", mlp, Arrays.toString(widths));
        }
    }

    /** Checks the widths, without input, of an MLP that ends in the probability. */
    static void checkTop(String mlp, int[] widths) {
        Requirement.that(widths.length >= 1, "%s has no layer", mlp);
        check(mlp, widths);
        Requirement.that(widths[widths.length - 1] == 1, "%s %s must end with 1, the click probability", mlp,
                Arrays.toString(widths));
    }

    static int[] prepend(int first, int... rest) {
        final int[] widths = new int[rest.length + 1];
        widths[0] = first;
        System.arraycopy(rest, 0, widths, 1, rest.length);
        return widths;
    }

    /** Returns the number of weights and biases of an MLP, given its input width first. */
    static long parameters(int... widths) {
        long sum = 0;
        for (int i = 1; i < widths.length; i++) {
            sum += (widths[i - 1] + 1L) * widths[i];
        }
        return sum;
    }

    static List<Long> toJson(int[] widths) {
        return Arrays.stream(widths).mapToObj(w -> (long) w).toList();
    }

    static int[] fromJson(JsonFields fields, String name) {
        return toInts(fields.wholes(name));
    }

    static int[] toInts(long[] values) {
        return Arrays.stream(values).mapToInt(Math::toIntExact).toArray();
    }
}
