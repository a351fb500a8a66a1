package org.dlrm4j.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Turns text that follows a {@link Schema} into sample logs and the encoder that models keep, in two streaming passes: the
 * first, over the training text, learns the encoding; the second encodes all text. Memory is bounded by the dictionaries and
 * a few chunks. The output does not depend on the number of threads.
 *
 * <p>Output is a directory that {@link SchemaDataset} opens. A run that was killed goes on when it is started again with the
 * same schema, options and input, and gives the same bytes as an uninterrupted one: the first pass is repeated unless it was
 * finished, the second goes on where the journal says. A finished directory is opened without work.
 *
 * <p>Instances are immutable and may be shared. A lock file keeps a second run out of the directory.
 */
public final class SchemaPreprocessor {
    private final Schema schema;
    private final PreprocessOptions options;

    /**
     * Makes a preprocessor.
     *
     * @param schema  what the text is like
     * @param options what to do; index range and sub-sampling have no meaning here, and {@link Split.Kind#LAST_DAY} none
     * @throws IllegalArgumentException if an option is set that has no meaning
     */
    public SchemaPreprocessor(Schema schema, PreprocessOptions options) {
        if (options.maxIndexRange() != 0 || options.negativeDropRate() != 0
                || options.split().kind() == Split.Kind.LAST_DAY) {
            throw new IllegalArgumentException("maxIndexRange " + options.maxIndexRange() + ", negativeDropRate "
                    + options.negativeDropRate() + ", split " + options.split().kind()
                    + ": expected 0, 0 and another split with a schema; use hashRows in the schema, and test files or a"
                    + " number of training rows");
        }
        this.schema = schema;
        this.options = options;
    }

    /**
     * Converts, or goes on converting, or finds that all is done.
     *
     * @param inputs    the text files
     * @param directory where the output goes; made if it does not exist
     * @param listener  hears of progress a few times a second
     * @return the data set, to be closed by the caller
     * @throws IOException              if reading or writing fails; the run can be resumed
     * @throws MalformedRowException    if a row cannot be read and bad rows are not to be skipped
     * @throws DatasetException         if the directory belongs to another schema, input, other options, something else or a
     *                                  run in progress, a header lacks a column, or a file is damaged
     * @throws IllegalArgumentException if there are test files and a number of training rows as well
     * @throws InterruptedException     if the thread is interrupted; the run can be resumed
     */
    public SchemaDataset run(SchemaInputs inputs, Path directory, PreprocessProgress.Listener listener)
            throws IOException, InterruptedException {
        if (options.split().kind() == Split.Kind.TRAIN_ROWS && !inputs.test().isEmpty()) {
            throw new IllegalArgumentException("test files " + inputs.test() + " and a split after "
                    + options.split().trainRows() + " training rows: expected one of the two");
        }
        PreprocessOutput output = new PreprocessOutput(directory);
        output.runLocked(() -> runLocked(inputs, output, listener));
        return SchemaDataset.open(directory);
    }

    private void runLocked(SchemaInputs inputs, PreprocessOutput output, PreprocessProgress.Listener listener)
            throws IOException, InterruptedException {
        Map<String, String> identity = identity(inputs);
        SchemaOutput files = new SchemaOutput(output);
        if (files.isFinished(identity)) {
            return;
        }
        RowLayout[] layouts = layouts(inputs.all());
        SchemaJournal journal = SchemaJournal.resumeOrBegin(output.journal(), identity);
        if (!journal.learned) {
            learn(inputs.train(), layouts, listener).save(files.encoder());
            journal.learned = true;
            journal.commit();
        }
        SampleEncoder encoder = SampleEncoder.load(files.encoder());
        if (!journal.encoded) {
            encode(inputs, layouts, files, journal, encoder, listener);
        }
        files.publish(journal, identity, SampleLogLayout.of(encoder));
    }

    private Map<String, String> identity(SchemaInputs inputs) throws IOException {
        Map<String, String> identity = new LinkedHashMap<>();
        identity.put("schema", schema.toJson());
        identity.put("option.split", options.split().kind().name());
        identity.put("option.trainRows", String.valueOf(options.split().trainRows()));
        identity.put("option.skipBadRows", String.valueOf(options.skipBadRows()));
        identity.putAll(inputs.identity());
        return identity;
    }

    private RowLayout[] layouts(List<Path> files) throws IOException {
        RowLayout[] layouts = new RowLayout[files.size()];
        for (int i = 0; i < layouts.length; i++) {
            layouts[i] = RowLayout.ofFile(schema, files.get(i));
        }
        return layouts;
    }

    /** Rows of the training text from here on are held out. */
    private long firstHeldOutRow() {
        return options.split().kind() == Split.Kind.TRAIN_ROWS ? options.split().trainRows() : Long.MAX_VALUE;
    }

    private SampleEncoder learn(List<Path> files, RowLayout[] layouts, PreprocessProgress.Listener listener)
            throws IOException, InterruptedException {
        TrainingStatistics statistics = new TrainingStatistics(schema);
        ProgressMeter meter = new ProgressMeter(listener, InputFiles.totalBytes(files));
        Position at = new Position();
        try (ChunkReader reader = new ChunkReader(files, options.chunkBytes(), 0, 0)) {
            new ChunkPipeline<>(options.threads(), () -> new LearningChunk(options.chunkBytes(), schema),
                    chunk -> chunk.parse(schema, layouts, options.skipBadRows())).run(reader, chunk -> {
                        chunk.requireWhole(files.get(chunk.file).toString(), at.linesBefore(chunk));
                        chunk.addTo(statistics, chunk.samplesBefore(firstHeldOutRow() - at.rows));
                        at.advance(chunk);
                        meter.reportSometimes(PreprocessProgress.Phase.LEARN, chunk.inputBytesDone, at.rows);
                    });
        }
        return statistics.encoder();
    }

    /** Where the first pass stands. */
    private static final class Position {
        private int file;
        private long lines;
        private long rows;

        long linesBefore(RowChunk chunk) {
            return chunk.file == file ? lines : 0;
        }

        void advance(RowChunk chunk) {
            lines = linesBefore(chunk) + chunk.lines;
            file = chunk.file;
            rows += chunk.rows;
        }
    }

    private void encode(SchemaInputs inputs, RowLayout[] layouts, SchemaOutput files, SchemaJournal journal,
            SampleEncoder encoder, PreprocessProgress.Listener listener) throws IOException, InterruptedException {
        List<Path> all = inputs.all();
        ProgressMeter meter = new ProgressMeter(listener, InputFiles.totalBytes(all));
        meter.begin(journal.rows);
        SampleLogLayout layout = SampleLogLayout.of(encoder);
        CommitTimer timer = new CommitTimer(options.journalIntervalMillis());
        try (SchemaMerger merger = new SchemaMerger(inputs, files, journal, layout, firstHeldOutRow());
                ChunkReader reader = new ChunkReader(all, options.chunkBytes(), journal.file, journal.position)) {
            new ChunkPipeline<>(options.threads(), () -> new EncodingChunk(options.chunkBytes(), encoder, layout),
                    chunk -> chunk.parse(schema, layouts, options.skipBadRows())).run(reader, chunk -> {
                        merger.merge(chunk);
                        meter.reportSometimes(PreprocessProgress.Phase.CONVERT, chunk.inputBytesDone, journal.rows);
                        if (timer.isDue()) {
                            merger.commit();
                            timer.restart();
                        }
                    });
            journal.encoded = true;
            merger.commit();
        }
        meter.report(PreprocessProgress.Phase.PUBLISH, meter.bytesTotal(), journal.rows);
    }
}
