package org.dlrm4j.kernels.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class KernelsTest {
    private static final String C2 = "mixed mode, sharing";

    @Test
    void theVectorKernelsRunWhereTheyCan() {
        assertNull(Kernels.whyScalar("", true, C2));
        assertNull(Kernels.whyScalar("", true, "compiled mode"));
    }

    @Test
    void everyReasonAgainstThemNamesItsRemedy() {
        assertEquals("-Ddlrm4j.kernels=scalar", Kernels.whyScalar("scalar", true, C2));
        assertTrue(Kernels.whyScalar("", false, C2).contains("--add-modules=jdk.incubator.vector"));
        assertTrue(Kernels.whyScalar("", true, "interpreted mode, sharing").contains("-Xint"));
        assertTrue(Kernels.whyScalar("", true, "mixed mode, emulated-client, sharing")
                .contains("TieredStopAtLevel"));
    }
}
