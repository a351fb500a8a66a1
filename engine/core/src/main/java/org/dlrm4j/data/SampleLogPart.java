package org.dlrm4j.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A sample log that is being written: records in one file, the rows of multi-valued features in another, until both end. */
final class SampleLogPart implements AutoCloseable {
    private final SampleLogLayout layout;
    private final AppendFile records;
    private final AppendFile bags;
    long samples;
    long bagRows;

    /** Goes on after what is durable. */
    SampleLogPart(Path log, SampleLogLayout layout, long samples, long bagRows) throws IOException {
        this.layout = layout;
        this.samples = samples;
        this.bagRows = bagRows;
        records = AppendFile.resume(recordsFile(log),
                samples == 0 ? 0 : layout.headerBytes() + samples * layout.recordBytes());
        try {
            if (samples == 0) {
                records.putBytes(new byte[layout.headerBytes()], 0, layout.headerBytes());
            }
            bags = AppendFile.resume(bagsFile(log), bagRows * Integer.BYTES);
        } catch (Throwable failure) {
            records.close();
            throw failure;
        }
    }

    private static Path recordsFile(Path log) {
        return log.resolveSibling(log.getFileName() + ".records.part");
    }

    private static Path bagsFile(Path log) {
        return log.resolveSibling(log.getFileName() + ".bags.part");
    }

    void append(byte[] bytes, int from, int count, int[] rows, int firstRow, int rowCount) throws IOException {
        records.putBytes(bytes, from, count * layout.recordBytes());
        for (int i = firstRow; i < firstRow + rowCount; i++) {
            bags.putInt(rows[i]);
        }
        samples += count;
        bagRows += rowCount;
    }

    void sync() throws IOException {
        records.sync();
        bags.sync();
    }

    /** Joins the files of a part that is complete and durable. May be repeated after a kill. */
    static void publish(Path log, SampleLogLayout layout, long samples, long bagRows) throws IOException {
        Path recordsFile = recordsFile(log);
        if (Files.exists(recordsFile)) {
            try (FileChannel out = FileChannel.open(recordsFile, StandardOpenOption.WRITE);
                    FileChannel in = FileChannel.open(bagsFile(log), StandardOpenOption.READ)) {
                out.position(layout.headerBytes() + samples * layout.recordBytes());
                long bytes = bagRows * Integer.BYTES;
                for (long done = 0; done < bytes;) {
                    done += in.transferTo(done, bytes - done, out);
                }
                ByteBuffer header = ByteBuffer.wrap(layout.header(new SampleLogLayout.Counts(samples, bagRows)));
                for (long at = 0; header.hasRemaining();) {
                    at += out.write(header, at);
                }
                out.truncate(layout.fileBytes(new SampleLogLayout.Counts(samples, bagRows)));
                out.force(false);
            }
            DurableFiles.publish(recordsFile, log);
        }
        Files.deleteIfExists(bagsFile(log));
    }

    /** Deletes what a run left that is not to be resumed. */
    static void discard(Path log) throws IOException {
        Files.deleteIfExists(recordsFile(log));
        Files.deleteIfExists(bagsFile(log));
    }

    @Override
    public void close() throws IOException {
        try (records) {
            bags.close();
        }
    }
}
