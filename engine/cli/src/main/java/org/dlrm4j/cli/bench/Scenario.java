package org.dlrm4j.cli.bench;

/** Ways to ask for predictions, after MLPerf Inference. */
enum Scenario {
    /** One query after the other; what counts is the latency. */
    SINGLE_STREAM("single-stream"),
    /** Queries arrive at random times; what counts is the rate at which nearly all meet a latency. */
    SERVER("server"),
    /** All samples are there from the start; what counts is the throughput. */
    OFFLINE("offline");

    private final String text;

    Scenario(String text) {
        this.text = text;
    }

    @Override
    public String toString() {
        return text;
    }
}
