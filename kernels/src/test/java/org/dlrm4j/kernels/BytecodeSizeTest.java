package org.dlrm4j.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.MethodModel;
import java.lang.classfile.attribute.CodeAttribute;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** C2 inlines a hot method of up to 325 bytecodes (FreqInlineSize): methods named {@code ...Body} rely on that. */
class BytecodeSizeTest {
    private static final int FREQ_INLINE_SIZE = 325;
    private static final Path CLASSES = Path.of("target/classes/org/dlrm4j/kernels/internal/vector");

    @Test
    void bodiesAreSmallEnoughToInline() throws IOException {
        final List<String> tooLong = new ArrayList<>();
        int bodies = 0;
        for (final Path file : classes()) {
            for (final MethodModel method : ClassFile.of().parse(file).methods()) {
                if (!method.methodName().stringValue().endsWith("Body")) {
                    continue;
                }
                bodies++;
                final int length = method.findAttribute(java.lang.classfile.Attributes.code())
                        .map(CodeAttribute::codeLength).orElseThrow();
                if (length > FREQ_INLINE_SIZE) {
                    tooLong.add(file.getFileName() + " " + method.methodName() + ": " + length + " bytecodes");
                }
            }
        }
        assertEquals(List.of(), tooLong);
        assertTrue(bodies >= 10, "only " + bodies + " bodies in " + CLASSES.toAbsolutePath());
    }

    private static List<Path> classes() throws IOException {
        try (Stream<Path> files = Files.list(CLASSES)) {
            return files.filter(file -> file.toString().endsWith(".class")).toList();
        }
    }
}
