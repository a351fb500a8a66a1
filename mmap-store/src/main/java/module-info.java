/** Embedding tables in anonymous or file-backed memory, model directories, and every native call. */
module org.dlrm4j.store {
    requires transitive org.dlrm4j.kernels;

    exports org.dlrm4j.os;
    exports org.dlrm4j.store;
}
