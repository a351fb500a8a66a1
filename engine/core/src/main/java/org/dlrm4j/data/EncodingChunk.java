package org.dlrm4j.data;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Rows of text as records of a sample log. */
final class EncodingChunk extends RowChunk {
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle FLOAT = MethodHandles.byteArrayViewVarHandle(float[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final SampleEncoder encoder;
    private final SampleLogLayout layout;
    private final int recordBytes;
    private final boolean hasBags;
    private byte[] records;
    private int[] bags = new int[1024];
    private int bagRows;
    private int at;

    EncodingChunk(int bytes, SampleEncoder encoder, SampleLogLayout layout) {
        super(bytes, encoder.parser());
        this.encoder = encoder;
        this.layout = layout;
        recordBytes = layout.recordBytes();
        hasBags = layout.hasBags();
        records = new byte[64 * recordBytes];
    }

    @Override
    void clear() {
        bagRows = 0;
        at = 0;
    }

    @Override
    void accept(RowParser row) {
        if (at + recordBytes > records.length) {
            records = Arrays.copyOf(records, Math.multiplyExact(2, records.length));
        }
        if (hasBags) {
            LONG.set(records, at, (long) bagRows);
        }
        FLOAT.set(records, at + layout.targetOffset(), row.label());
        int dense = at + layout.denseOffset();
        for (int i = 0; i < layout.denseFeatures(); i++) {
            FLOAT.set(records, dense + (i << 2), encoder.dense(row, i));
        }
        int sparse = at + layout.sparseOffset();
        for (int f = 0; f < layout.sparseFeatures(); f++) {
            INT.set(records, sparse + (f << 2), layout.multiValued()[f] ? addBag(row, f) : singleRow(row, f));
        }
        at += recordBytes;
    }

    private int singleRow(RowParser row, int feature) {
        int position = row.bagStart(feature);
        return position == row.bagEnd(feature)
                ? SampleLogLayout.NO_ROW
                : encoder.row(feature, row.value(position));
    }

    private int addBag(RowParser row, int feature) {
        int before = bagRows;
        for (int p = row.bagStart(feature); p < row.bagEnd(feature); p++) {
            int tableRow = encoder.row(feature, row.value(p));
            if (tableRow >= 0) {
                if (bagRows == bags.length) {
                    bags = Arrays.copyOf(bags, 2 * bagRows);
                }
                bags[bagRows++] = tableRow;
            }
        }
        return bagRows - before;
    }

    /** Appends the samples {@code [from, to)} to a part. */
    void appendTo(SampleLogPart part, int from, int to) throws IOException {
        int firstBagRow = 0;
        int endBagRow = 0;
        if (hasBags && from < to) {
            firstBagRow = bagStart(from);
            endBagRow = to == samples ? bagRows : bagStart(to);
            for (int s = from; s < to; s++) {
                // Parsers do not know what other chunks contribute.
                LONG.set(records, s * recordBytes, part.bagRows + bagStart(s) - firstBagRow);
            }
        }
        part.append(records, from * recordBytes, to - from, bags, firstBagRow, endBagRow - firstBagRow);
    }

    private int bagStart(int sample) {
        return (int) (long) LONG.get(records, sample * recordBytes);
    }
}
