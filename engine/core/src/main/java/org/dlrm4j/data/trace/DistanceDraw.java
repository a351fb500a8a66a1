package org.dlrm4j.data.trace;

import org.dlrm4j.data.NumpyRandom;

/** How {@link TraceGenerator} chooses stack distances. */
public enum DistanceDraw {
    /**
     * From the profile's counts without replacement, only distances that exist at the time. After
     * {@link TraceProfile#accesses()} accesses every count is used up, so the trace's profile is the profile again, exactly;
     * then all counts are there anew.
     */
    EXHAUSTIVE,
    /**
     * Each for itself, by the reference's rule and random numbers. As large distances cannot occur early and nothing makes up
     * for it, a trace of the profile's length has too many small ones.
     */
    INDEPENDENT,
    /** As {@link #INDEPENDENT}, but without first accesses once every distance can occur: the reference's padding switch. */
    INDEPENDENT_PADDED;

    /** Draws distances for one trace. */
    interface Source {
        /** Draws a distance when so many rows were accessed. */
        int next(long seenRows);
    }

    Source source(TraceProfile profile, NumpyRandom random) {
        return this == EXHAUSTIVE
                ? new DistanceUrn(profile, random)
                : seenRows -> independent(profile, random, seenRows);
    }

    private int independent(TraceProfile profile, NumpyRandom random, long seenRows) {
        double u = random.nextDouble();
        if (seenRows < profile.maxDistance()) {
            u *= profile.cumulativeAt(profile.lastAtMost(seenRows));
        } else if (this == INDEPENDENT_PADDED) {
            double share = profile.uniqueRatio();
            u = (1 - share) * u + share;
        }
        return profile.quantile(u);
    }
}
