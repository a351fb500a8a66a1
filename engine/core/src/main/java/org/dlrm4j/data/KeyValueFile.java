package org.dlrm4j.data;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * A small text file of {@code key=value} lines in a fixed order, the last of which is the CRC32C of the lines before.
 * It appears whole or not at all. Same entries, same bytes.
 */
final class KeyValueFile {
    private static final String CHECKSUM = "crc32c=";

    private KeyValueFile() {}

    static void write(Path file, Map<String, String> entries) throws IOException {
        StringBuilder text = new StringBuilder();
        entries.forEach((key, value) -> text.append(key).append('=').append(value).append('\n'));
        String checksum = checksum(text.toString());
        text.append(CHECKSUM).append(checksum).append('\n');
        DurableFiles.write(file, text.toString().getBytes(StandardCharsets.UTF_8));
    }

    static Map<String, String> read(Path file) throws IOException {
        // Damage may be bytes that are no text: they are for the checksum to find, not for the decoder.
        String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        int last = text.lastIndexOf(CHECKSUM);
        if (last < 0 || !text.substring(last).equals(CHECKSUM + checksum(text.substring(0, last)) + '\n')) {
            throw new DatasetException(file + ", crc32c: found "
                    + (last < 0 ? "none" : text.substring(last + CHECKSUM.length()).strip()) + ", expected "
                    + checksum(text.substring(0, Math.max(last, 0)))
                    + "; the file is damaged or was edited, preprocess again into an empty directory");
        }
        Map<String, String> entries = new LinkedHashMap<>();
        for (String line : text.substring(0, last).split("\n")) {
            int equals = line.indexOf('=');
            entries.put(line.substring(0, Math.max(equals, 0)), line.substring(equals + 1));
        }
        return entries;
    }

    /** Gives a number that a file must have. */
    static long number(Path file, Map<String, String> entries, String key) {
        String value = entries.get(key);
        try {
            return Long.parseLong(value);
        } catch (NumberFormatException e) {
            throw new DatasetException(file + ", " + key + ": found " + value
                    + ", expected an integer; the file was written by another version, preprocess again");
        }
    }

    private static String checksum(String text) {
        CRC32C crc = new CRC32C();
        crc.update(text.getBytes(StandardCharsets.UTF_8));
        return FeatureDictionary.hex((int) crc.getValue());
    }
}
