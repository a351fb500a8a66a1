package org.dlrm4j.kernels.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class KernelProviderTest {
    private static final String C2 = "mixed mode, sharing";

    @Test
    void theVectorKernelsRunWhereTheyCan() {
        assertNull(KernelProvider.Holder.whyScalar("", true, C2));
        assertNull(KernelProvider.Holder.whyScalar("", true, "compiled mode"));
    }

    @Test
    void everyReasonAgainstThemNamesItsRemedy() {
        assertEquals("-Ddlrm4j.kernels=scalar", KernelProvider.Holder.whyScalar("scalar", true, C2));
        assertTrue(KernelProvider.Holder.whyScalar("", false, C2).contains("--add-modules=jdk.incubator.vector"));
        assertTrue(KernelProvider.Holder.whyScalar("", true, "interpreted mode, sharing").contains("-Xint"));
        assertTrue(KernelProvider.Holder.whyScalar("", true, "mixed mode, emulated-client, sharing")
                .contains("TieredStopAtLevel"));
    }
}
