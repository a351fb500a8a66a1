package org.dlrm4j.cli;

import java.util.Iterator;
import org.dlrm4j.preset.Preset;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Finds a published model by its name. */
public final class PresetConverter implements ITypeConverter<Preset> {
    /** Makes the converter; the parser does. */
    public PresetConverter() {}

    @Override
    public Preset convert(String name) {
        try {
            return Preset.named(name);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }

    /** The names, for {@code ${COMPLETION-CANDIDATES}} in an option's help. */
    public static final class Names implements Iterable<String> {
        /** Makes the list; the parser does. */
        public Names() {}

        @Override
        public Iterator<String> iterator() {
            return Preset.all().stream().map(Preset::name).iterator();
        }
    }
}
