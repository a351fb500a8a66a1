package org.dlrm4j.serve;

import org.dlrm4j.model.LookupPrefetch;
import org.dlrm4j.model.ModelFiles;

/** A loaded model that several owners hold: its memory goes when the last of them lets go. */
final class SharedModel {
    private final ModelFiles.Loaded loaded;
    private LookupPrefetch prefetch;
    private int leases = 1;

    /** The creator holds the first lease. */
    SharedModel(ModelFiles.Loaded loaded) {
        this.loaded = loaded;
    }

    ModelFiles.Loaded loaded() {
        return loaded;
    }

    /** Lets scorers that are taken from now on ask for rows ahead; a second call does nothing. The caller holds a lease. */
    synchronized void startPrefetch() {
        if (prefetch == null) {
            prefetch = new LookupPrefetch(loaded.network().lookups());
        }
    }

    /** Returns null before {@link #startPrefetch}. */
    synchronized LookupPrefetch prefetch() {
        return prefetch;
    }

    /** Takes another lease; the caller's own keeps the model alive meanwhile. */
    synchronized void retain() {
        if (leases == 0) {
            throw new IllegalStateException("the model is closed");
        }
        leases++;
    }

    synchronized void release() {
        leases--;
        if (leases == 0) {
            if (prefetch != null) {
                prefetch.close();
            }
            loaded.network().close();
        }
    }
}
