package org.dlrm4j.cli;

import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Which options a command line has, for those that have no meaning beside others. */
public record GivenOptions(CommandSpec spec) {
    /** Returns the names of a group's options. */
    public List<String> of(String heading) {
        return spec.argGroups().stream().filter(group -> heading.equals(group.heading()))
                .flatMap(group -> group.allOptionsNested().stream()).map(OptionSpec::longestName).toList();
    }

    /** Returns those of some names that were given. */
    public List<String> among(List<String> names) {
        return spec.commandLine().getParseResult().matchedOptions().stream().map(OptionSpec::longestName)
                .filter(names::contains).toList();
    }

    /** Refuses options beside another. */
    public void refuseWith(String what, List<String> names) {
        among(names).forEach(name -> Usage.refuse(name + " has no meaning with " + what + "; drop one"));
    }
}
