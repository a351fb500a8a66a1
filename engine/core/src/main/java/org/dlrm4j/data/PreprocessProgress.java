package org.dlrm4j.data;

/**
 * How far a preprocessing run has come.
 *
 * @param phase            what it does
 * @param bytesDone        bytes of the input files consumed in this phase, compressed ones where files are compressed
 * @param bytesTotal       bytes of all input files
 * @param rows             rows handled in this phase, those before a resumption included
 * @param rowsPerSecond    mean speed since the run began or was resumed
 */
public record PreprocessProgress(Phase phase, long bytesDone, long bytesTotal, long rows, double rowsPerSecond) {
    /** What a run does, in order. */
    public enum Phase {
        /** Counts rows to find where the last day of a single file begins. */
        COUNT,
        /** Learns from the training text how text that follows a schema is encoded. */
        LEARN,
        /** Parses text and appends to the click logs. */
        CONVERT,
        /** Gives the finished files their names. */
        PUBLISH
    }

    /** Receives progress, on the thread that runs the preprocessor; must return soon. */
    @FunctionalInterface
    public interface Listener {
        /**
         * Takes note.
         *
         * @param progress the present state
         */
        void onProgress(PreprocessProgress progress);
    }
}
