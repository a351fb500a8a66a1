package org.dlrm4j.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import org.dlrm4j.kernels.KernelInfo;
import picocli.CommandLine.IVersionProvider;

/** What {@code --version} prints. */
final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() throws IOException {
        return new String[]{"dlrm4j " + number(),
                "JDK " + Runtime.version() + ", " + System.getProperty("java.vm.vendor") + ", "
                        + System.getProperty("os.name") + " " + System.getProperty("os.arch"),
                KernelInfo.description()};
    }

    private static String number() throws IOException {
        final Properties properties = new Properties();
        try (InputStream in = Version.class.getResourceAsStream("version.properties")) {
            properties.load(in);
        }
        return properties.getProperty("version");
    }
}
