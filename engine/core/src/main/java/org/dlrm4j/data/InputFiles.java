package org.dlrm4j.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.CRC32C;

/** What a run notes about its input files, to recognise them when it is resumed. */
final class InputFiles {
    private static final int FINGERPRINT_BYTES = 1 << 16;

    private InputFiles() {}

    static long totalBytes(List<Path> inputs) throws IOException {
        long bytes = 0;
        for (Path input : inputs) {
            bytes += Files.size(input);
        }
        return bytes;
    }

    /** Name, length and checksum of the beginning: reading terabytes only to recognise them would take hours. */
    static String fingerprint(Path input) throws IOException {
        CRC32C crc = new CRC32C();
        try (var in = Files.newInputStream(input)) {
            crc.update(in.readNBytes(FINGERPRINT_BYTES));
        }
        return input.getFileName() + " " + Files.size(input) + " bytes, head "
                + FeatureDictionary.hex((int) crc.getValue());
    }
}
