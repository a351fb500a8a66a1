package org.dlrm4j.data;

/** Whole lines of one input file on their way from reader to parser to merger; reused. */
class TextChunk {
    byte[] text;
    int length;
    int file;
    /** Position in the file's uncompressed text at which the next chunk begins. */
    long endPosition;
    /** Bytes of all input files consumed up to the end of this chunk. */
    long inputBytesDone;

    TextChunk(int bytes) {
        text = new byte[bytes];
    }
}
