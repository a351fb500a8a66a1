package org.dlrm4j.store;

import java.nio.file.Path;

/** Tells that a directory holds no committed model. */
public final class NoSuchModelException extends StoreException {
    private static final long serialVersionUID = 1L;

    NoSuchModelException(Path directory, String why) {
        super(directory + ": no model: " + why + "; a model directory contains " + ModelDirectory.MANIFEST_FILE);
    }
}
