package org.dlrm4j.model;

/** The list of all architectures: how each is read from a file and becomes a network. */
final class Architectures {
    private static final String NAMES = String.join(", ", Dlrm.NAME, Dcn.NAME, DcnV2.NAME, WideDeep.NAME,
            LogisticRegression.NAME,
            FactorizationMachine.NAME);

    private Architectures() {}

    static Architecture fromJson(JsonFields fields) {
        final String name = fields.text("model");
        return switch (name) {
            case Dlrm.NAME -> Dlrm.fromJson(fields);
            case Dcn.NAME -> Dcn.fromJson(fields);
            case DcnV2.NAME -> DcnV2.fromJson(fields);
            case WideDeep.NAME -> WideDeep.fromJson(fields);
            case LogisticRegression.NAME -> new LogisticRegression();
            case FactorizationMachine.NAME -> new FactorizationMachine();
            default -> throw fields.wrong("model", name, "one of " + NAMES + "; a newer dlrm4j may know it");
        };
    }

    static void wire(Architecture architecture, NetworkBuilder network) {
        switch (architecture) {
            case Dlrm dlrm -> dlrm.wire(network);
            case Dcn dcn -> dcn.wire(network);
            case DcnV2 dcn -> dcn.wire(network);
            case WideDeep wideDeep -> wideDeep.wire(network);
            case LogisticRegression lr -> lr.wire(network);
            case FactorizationMachine fm -> fm.wire(network);
        }
    }
}
