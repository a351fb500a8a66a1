/** Data, models, training and scoring. */
module org.dlrm4j.engine {
    requires transitive org.dlrm4j.store;
    requires org.agrona;

    exports org.dlrm4j.data;
    exports org.dlrm4j.data.trace;
    exports org.dlrm4j.model;
    exports org.dlrm4j.preset;
    exports org.dlrm4j.serve;
    exports org.dlrm4j.train;
}
