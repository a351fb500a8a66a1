package org.dlrm4j.bench.peers;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** Builds an ONNX model (onnx.proto, operator set {@value #OPERATOR_SET}) node by node; each node's output is its name. */
final class OnnxGraph {
    private static final int IR_VERSION = 8;
    private static final int OPERATOR_SET = 17;
    private static final int FLOAT = 1;
    private static final int INT64 = 7;
    private static final int INTEGER_ATTRIBUTE = 2;
    private static final int INTEGERS_ATTRIBUTE = 7;
    private static final int EXTERNAL = 1;

    private final ProtoWriter graph = new ProtoWriter().text(2, "dlrm");
    private int nodes;

    /**
     * An integer attribute, or a list of them.
     *
     * @param name its name
     * @param values the values
     * @param list whether it is a list even if it has one value
     */
    record Attribute(String name, List<Long> values, boolean list) {
        static Attribute of(String name, long value) {
            return new Attribute(name, List.of(value), false);
        }

        static Attribute list(String name, Long... values) {
            return new Attribute(name, List.of(values), true);
        }

        private ProtoWriter proto() {
            final ProtoWriter proto = new ProtoWriter().text(1, name);
            values.forEach(value -> proto.number(list ? 8 : 3, value));
            return proto.number(20, list ? INTEGERS_ATTRIBUTE : INTEGER_ATTRIBUTE);
        }
    }

    /** Declares an input of floats whose first size is the batch. */
    String floatInput(String name, long... sizesAfterBatch) {
        graph.message(11, value(name, FLOAT, sizesAfterBatch));
        return name;
    }

    /** Declares an input of 64-bit integers whose first size is the batch. */
    String indexInput(String name, long... sizesAfterBatch) {
        graph.message(11, value(name, INT64, sizesAfterBatch));
        return name;
    }

    /** Declares the output, floats whose first size is the batch. */
    void output(String name, long... sizesAfterBatch) {
        graph.message(12, value(name, FLOAT, sizesAfterBatch));
    }

    private static ProtoWriter value(String name, int elementType, long... sizesAfterBatch) {
        final ProtoWriter shape = new ProtoWriter().message(1, new ProtoWriter().text(2, "batch"));
        for (long size : sizesAfterBatch) {
            shape.message(1, new ProtoWriter().number(1, size));
        }
        final ProtoWriter tensor = new ProtoWriter().number(1, elementType).message(2, shape);
        return new ProtoWriter().text(1, name).message(2, new ProtoWriter().message(1, tensor));
    }

    /** Adds a constant of floats, copied into the model. */
    String floats(String name, MemorySegment values, long... sizes) {
        graph.message(5, tensor(name, FLOAT, sizes).bytes(9, values.toArray(ValueLayout.JAVA_BYTE)));
        return name;
    }

    /** Adds a constant vector of 64-bit integers, copied into the model. */
    String longs(String name, long... values) {
        final ByteBuffer raw = ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        raw.asLongBuffer().put(values);
        graph.message(5, tensor(name, INT64, values.length).bytes(9, raw.array()));
        return name;
    }

    /** Adds a constant of floats that the session's options will supply under this name, without a copy. */
    String external(String name, long... sizes) {
        final ProtoWriter location = new ProtoWriter().text(1, "location").text(2, name);
        graph.message(5, tensor(name, FLOAT, sizes).message(13, location).number(14, EXTERNAL));
        return name;
    }

    private static ProtoWriter tensor(String name, int elementType, long... sizes) {
        final ProtoWriter tensor = new ProtoWriter();
        for (long size : sizes) {
            tensor.number(1, size);
        }
        return tensor.number(2, elementType).text(8, name);
    }

    /** Adds a node and returns its output. */
    String node(String operator, List<String> inputs, Attribute... attributes) {
        final String output = operator + nodes++;
        node(operator, inputs, output, attributes);
        return output;
    }

    /** Adds a node whose output has a given name. */
    void node(String operator, List<String> inputs, String output, Attribute... attributes) {
        final ProtoWriter node = new ProtoWriter();
        inputs.forEach(input -> node.text(1, input));
        node.text(2, output).text(3, output).text(4, operator);
        for (Attribute attribute : attributes) {
            node.message(5, attribute.proto());
        }
        graph.message(1, node);
    }

    /** Returns the model as an ONNX file holds it. */
    byte[] toBytes() {
        return new ProtoWriter().number(1, IR_VERSION).text(2, "dlrm4j")
                .message(8, new ProtoWriter().text(1, "").number(2, OPERATOR_SET)).message(7, graph).toBytes();
    }
}
