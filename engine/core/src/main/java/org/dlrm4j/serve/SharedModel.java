package org.dlrm4j.serve;

import org.dlrm4j.model.ModelFiles;

/** A loaded model that several owners hold: its memory goes when the last of them lets go. */
final class SharedModel {
    private final ModelFiles.Loaded loaded;
    private int leases = 1;

    /** The creator holds the first lease. */
    SharedModel(ModelFiles.Loaded loaded) {
        this.loaded = loaded;
    }

    ModelFiles.Loaded loaded() {
        return loaded;
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
            loaded.network().close();
        }
    }
}
