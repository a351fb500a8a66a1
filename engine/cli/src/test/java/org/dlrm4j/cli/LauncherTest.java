package org.dlrm4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The launcher, in a tree and on a path of stand-ins. */
class LauncherTest {
    private static final List<String> TOOLS = List.of("bash", "sed", "dirname", "readlink", "head", "tail", "find",
            "mkdir", "rm", "touch", "cat");

    @TempDir
    private Path directory;
    private Path bin;
    private Path root;
    private Path launcher;

    @BeforeEach
    void makeTree() throws IOException {
        bin = Files.createDirectory(directory.resolve("bin"));
        for (String tool : TOOLS) {
            Files.createSymbolicLink(bin.resolve(tool), locate(tool));
        }
        root = Files.createDirectory(directory.resolve("a tree"));
        launcher = root.resolve("dlrm");
        Files.copy(Path.of("../../dlrm"), launcher, StandardCopyOption.COPY_ATTRIBUTES);
        Files.createDirectories(root.resolve("engine/cli/src/main/dist"));
        Files.writeString(root.resolve("engine/cli/src/main/dist/dlrm4j.args"), "");
        Files.writeString(root.resolve("pom.xml"), "");
    }

    private static Path locate(String tool) {
        for (String place : System.getenv("PATH").split(":")) {
            if (Files.isExecutable(Path.of(place, tool))) {
                return Path.of(place, tool);
            }
        }
        throw new AssertionError("no " + tool + " on the path");
    }

    private static void script(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, "#!/usr/bin/env bash\n" + text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** A JDK that tells its version only when asked, and otherwise prints its arguments. */
    private Path jdk(String version) throws IOException {
        final Path jdk = directory.resolve("jdk-" + version);
        script(jdk.resolve("bin/java"), """
                if [[ "$1" == -version ]]; then
                    echo 'openjdk version "%s" 2026-01-20' >&2
                else
                    printf '%%s\\n' "$@"
                    exit 7
                fi
                """.formatted(version));
        return jdk;
    }

    private void build() throws IOException {
        Files.createDirectories(root.resolve("engine/cli/target/lib"));
        Files.writeString(root.resolve("engine/cli/target/dlrm4j-cli-1.jar"), "");
    }

    private Cli.Result launch(Path program, Path javaHome, String... arguments) throws Exception {
        final Path out = directory.resolve("out");
        final Path err = directory.resolve("err");
        final ProcessBuilder builder = new ProcessBuilder(program.toString()).directory(directory.toFile())
                .redirectOutput(out.toFile()).redirectError(err.toFile());
        builder.command().addAll(List.of(arguments));
        builder.environment().clear();
        builder.environment().put("PATH", bin.toString());
        builder.environment().put("HOME", directory.toString());
        builder.environment().put("DLRM_JDK_PLACES", "");
        if (javaHome != null) {
            builder.environment().put("JAVA_HOME", javaHome.toString());
        }
        final int code = Cli.exitCode(builder.start());
        return new Cli.Result(code, Files.readString(out), Files.readString(err));
    }

    @ParameterizedTest
    @ValueSource(strings = {"17.0.15", "21", "24.0.2", "1.8.0_402"})
    void anOldJdkIsRefusedInOneSentence(String version) throws Exception {
        Files.createSymbolicLink(bin.resolve("java"), jdk(version).resolve("bin/java"));
        final String error = launch(launcher, null, "--version").failure(1);
        assertEquals("dlrm: found JDK " + version + " in " + directory.resolve("jdk-" + version)
                + ", but JDK 25.0.3 or later is needed: install JDK 25.0.3 or later (https://adoptium.net) "
                + "and let JAVA_HOME point to it.\n", error);
    }

    @ParameterizedTest
    @ValueSource(strings = {"25", "25.0.1", "25.0.2"})
    void aFlawedJdkIsRefusedWithItsBug(String version) throws Exception {
        final String error = launch(launcher, jdk(version), "--version").failure(1);
        assertTrue(error.startsWith("dlrm: found JDK " + version) && error.contains("JDK-8377811"), error);
    }

    @Test
    void noJdkIsRefused() throws Exception {
        assertTrue(launch(launcher, null).failure(1).startsWith("dlrm: found no JDK, but JDK 25.0.3"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"25.0.3", "25.0.10", "25.1", "26", "26-ea"})
    void argumentsAndExitCodePassThrough(String version) throws Exception {
        build();
        // JAVA_HOME holds an old one, the path a good one.
        Files.createSymbolicLink(bin.resolve("java"), jdk(version).resolve("bin/java"));
        final Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("a tree", "dlrm"));
        final Cli.Result result = launch(link, jdk("17.0.1"), "score", "two words", "");
        assertEquals(7, result.code());
        assertEquals("", result.err());
        assertEquals(List.of("@" + root + "/engine/cli/src/main/dist/dlrm4j.args", "-cp",
                root + "/engine/cli/target/dlrm4j-cli-1.jar:" + root + "/engine/cli/target/lib/*",
                Main.class.getName(), "score", "two words", ""), result.out().lines().toList());
    }

    @Test
    void changedSourcesAreBuiltAndOthersAreNot() throws Exception {
        final Path jdk = jdk("25.0.3");
        build();
        script(bin.resolve("mvn"), "echo \"$JAVA_HOME\"; echo '[ERROR] no luck' >&2; exit 1\n");
        assertEquals(7, launch(launcher, jdk).code());
        final Path source = root.resolve("kernels/src/main/java/Kernel.java");
        Files.createDirectories(source.getParent());
        Files.writeString(source, "");
        Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(60)));
        final Cli.Result result = launch(launcher, jdk);
        assertEquals(1, result.code());
        final List<String> lines = result.err().lines().toList();
        final Path log = root.resolve("engine/cli/target/build.log");
        assertEquals(List.of("building dlrm4j (first use, about half a minute) ...", jdk.toString(),
                "[ERROR] no luck", "dlrm: the build failed; the whole log is " + log + "."), lines);
        assertFalse(Files.exists(root.resolve("engine/cli/target/dlrm4j-cli-1.jar")));
    }

    @Test
    void theFirstUseBuilds() throws Exception {
        script(bin.resolve("mvn"), "mkdir -p engine/cli/target/lib; touch engine/cli/target/dlrm4j-cli-2.jar\n");
        final Cli.Result result = launch(launcher, jdk("25.0.3"), "demo");
        assertEquals(7, result.code());
        assertEquals("building dlrm4j (first use, about half a minute) ...\n", result.err());
        assertTrue(result.out().contains("dlrm4j-cli-2.jar"), result.out());
    }

    @Test
    void benchmarksOfKernelsAndOfModelsAreTwoPrograms() throws Exception {
        build();
        final Path jar = root.resolve("jmh/target/benchmarks.jar");
        Files.createDirectories(jar.getParent());
        Files.createDirectories(root.resolve("jmh/src"));
        Files.writeString(jar, "");
        final Path jdk = jdk("25.0.3");
        assertEquals(List.of("-cp", jar.toString(), "org.dlrm4j.bench.KernelReport", "--all"),
                launch(launcher, jdk, "bench", "kernels", "--all").out().lines().skip(1).toList());
        assertEquals(
                List.of("-cp", jar.toString(), "org.dlrm4j.bench.report.HardwareReport", "--machines",
                        root.resolve("docs/machines").toString(), "--threads", "1"),
                launch(launcher, jdk, "bench", "--report", "--threads", "1").out().lines().skip(1).toList());
        assertEquals(List.of(Main.class.getName(), "bench", "--num-batches=3"),
                launch(launcher, jdk, "bench", "--num-batches=3").out().lines().skip(3).toList());
        assertEquals(List.of(Main.class.getName(), "bench"),
                launch(launcher, jdk, "bench").out().lines().skip(3).toList());
    }

    @Test
    void missingMavenIsNamed() throws Exception {
        assertTrue(launch(launcher, jdk("25.0.3")).failure(1).startsWith("dlrm: found no mvn, but Maven is needed"));
    }
}
