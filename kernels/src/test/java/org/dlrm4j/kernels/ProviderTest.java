package org.dlrm4j.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Fails a test run that checks another implementation than it says. */
class ProviderTest {
    @Test
    @EnabledIfSystemProperty(named = "dlrm4j.test.expect", matches = ".+")
    void theExpectedImplementationRuns() {
        final String expected = System.getProperty("dlrm4j.test.expect");
        switch (expected) {
            case "scalar" -> {
                assertFalse(KernelInfo.isVector(), KernelInfo.description());
                assertEquals(0, KernelInfo.vectorBits());
            }
            case "vector" -> assertTrue(KernelInfo.isVector(), KernelInfo.description());
            case "vector-128" -> assertEquals(128, KernelInfo.vectorBits(), KernelInfo.description());
            case "vector-256" -> assertEquals(256, KernelInfo.vectorBits(), KernelInfo.description());
            case "vector-512" -> assertEquals(512, KernelInfo.vectorBits(), KernelInfo.description());
            default -> fail("-Ddlrm4j.test.expect=" + expected + ": expected scalar, vector or vector-<bits>");
        }
    }

    @Test
    void theDescriptionNamesTheImplementation() {
        final String expected = KernelInfo.isVector()
                ? "vector kernels, " + KernelInfo.vectorBits() + " bits"
                : "scalar";
        assertTrue(KernelInfo.description().startsWith(expected), KernelInfo.description());
    }
}
