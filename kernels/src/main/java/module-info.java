/** Float kernels on native memory segments. */
module org.dlrm4j.kernels {
    requires static jdk.incubator.vector;

    exports org.dlrm4j.kernels;
}
