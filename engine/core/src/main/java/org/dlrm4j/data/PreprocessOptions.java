package org.dlrm4j.data;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Options of {@link CriteoPreprocessor}. The first six decide the output and must not change when a run is resumed; the
 * others only its course.
 *
 * @param maxIndexRange         hashes are reduced to their unsigned remainder by this before they enter the
 *                              dictionaries; 0 for none
 * @param negativeDropRate      probability in [0, 1] that a row with label 0 is dropped
 * @param seed                  seed of the {@link NumpyRandom} stream that decides on dropping, one uniform a row
 * @param days                  contiguous parts that a single input file is divided into; several files are a day each
 * @param split                 how rows are dealt
 * @param skipBadRows           whether malformed rows are counted and skipped instead of ending the run
 * @param threads               parser threads; reading and merging take one more each
 * @param chunkBytes            text that a parser thread takes at a time
 * @param journalIntervalMillis time between two durable states, at most so much work is lost by a kill
 */
public record PreprocessOptions(int maxIndexRange, double negativeDropRate, int seed, int days, Split split,
        boolean skipBadRows, int threads, int chunkBytes, long journalIntervalMillis) {

    /**
     * Checks the options.
     *
     * @throws IllegalArgumentException naming the option that is out of range
     */
    public PreprocessOptions {
        check(maxIndexRange >= 0, "maxIndexRange", maxIndexRange, "0 or more");
        check(negativeDropRate >= 0 && negativeDropRate <= 1, "negativeDropRate", negativeDropRate, "0 to 1");
        check(days >= 1, "days", days, "1 or more");
        check(threads >= 1, "threads", threads, "1 or more");
        check(chunkBytes >= 1 && chunkBytes <= 1 << 28, "chunkBytes", chunkBytes, "1 to 2^28");
        check(journalIntervalMillis >= 0, "journalIntervalMillis", journalIntervalMillis, "0 or more");
    }

    private static void check(boolean valid, String option, Object found, String expected) {
        if (!valid) {
            throw new IllegalArgumentException(option + " is " + found + ", expected " + expected);
        }
    }

    /**
     * Gives the reference's defaults: no index range, nothing dropped, seven days of which the last is held out,
     * malformed rows end the run; one parser thread less than there are processors, chunks of 2 MiB, a journal every
     * three seconds.
     *
     * @return the options
     */
    public static PreprocessOptions defaults() {
        int threads = Math.max(1, Runtime.getRuntime().availableProcessors() - 1);
        return new PreprocessOptions(0, 0.0, 123, 7, Split.lastDay(), false, threads, 1 << 21, 3000);
    }

    /**
     * Changes the index range.
     *
     * @param range what hashes are reduced by, 0 for none
     * @return changed options
     */
    public PreprocessOptions withMaxIndexRange(int range) {
        return new PreprocessOptions(range, negativeDropRate, seed, days, split, skipBadRows, threads, chunkBytes,
                journalIntervalMillis);
    }

    /**
     * Changes the sub-sampling of rows with label 0.
     *
     * @param dropRate   probability that such a row is dropped
     * @param randomSeed seed of the decisions
     * @return changed options
     */
    public PreprocessOptions withNegativeDropRate(double dropRate, int randomSeed) {
        return new PreprocessOptions(maxIndexRange, dropRate, randomSeed, days, split, skipBadRows, threads,
                chunkBytes, journalIntervalMillis);
    }

    /**
     * Changes the number of days in a single input file.
     *
     * @param number number of days
     * @return changed options
     */
    public PreprocessOptions withDays(int number) {
        return new PreprocessOptions(maxIndexRange, negativeDropRate, seed, number, split, skipBadRows, threads,
                chunkBytes, journalIntervalMillis);
    }

    /**
     * Changes the split.
     *
     * @param rule how rows are dealt
     * @return changed options
     */
    public PreprocessOptions withSplit(Split rule) {
        return new PreprocessOptions(maxIndexRange, negativeDropRate, seed, days, rule, skipBadRows, threads,
                chunkBytes, journalIntervalMillis);
    }

    /**
     * Changes what happens to malformed rows.
     *
     * @param skip whether they are counted and skipped
     * @return changed options
     */
    public PreprocessOptions withSkipBadRows(boolean skip) {
        return new PreprocessOptions(maxIndexRange, negativeDropRate, seed, days, split, skip, threads, chunkBytes,
                journalIntervalMillis);
    }

    /**
     * Changes the number of parser threads.
     *
     * @param number number of threads
     * @return changed options
     */
    public PreprocessOptions withThreads(int number) {
        return new PreprocessOptions(maxIndexRange, negativeDropRate, seed, days, split, skipBadRows, number,
                chunkBytes, journalIntervalMillis);
    }

    /**
     * Changes the unit of work.
     *
     * @param bytes text that a parser thread takes at a time; a longer line makes its chunk grow
     * @return changed options
     */
    public PreprocessOptions withChunkBytes(int bytes) {
        return new PreprocessOptions(maxIndexRange, negativeDropRate, seed, days, split, skipBadRows, threads, bytes,
                journalIntervalMillis);
    }

    /**
     * Changes how often the state is made durable.
     *
     * @param millis time between two durable states; 0 for one a chunk
     * @return changed options
     */
    public PreprocessOptions withJournalIntervalMillis(long millis) {
        return new PreprocessOptions(maxIndexRange, negativeDropRate, seed, days, split, skipBadRows, threads,
                chunkBytes, millis);
    }

    /** Gives the options that decide the output, as the summary and the journal record them. */
    Map<String, String> identity() {
        Map<String, String> entries = new LinkedHashMap<>();
        entries.put("option.maxIndexRange", String.valueOf(maxIndexRange));
        entries.put("option.negativeDropRate", String.valueOf(negativeDropRate));
        entries.put("option.seed", String.valueOf(seed));
        entries.put("option.days", String.valueOf(days));
        entries.put("option.split", split.kind().name());
        entries.put("option.trainRows", String.valueOf(split.trainRows()));
        entries.put("option.skipBadRows", String.valueOf(skipBadRows));
        return entries;
    }
}
