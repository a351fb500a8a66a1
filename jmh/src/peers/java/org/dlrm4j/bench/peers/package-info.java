/**
 * Other engines beside ours, on the same inputs in the same process: libtorch and ONNX Runtime for the operators and whole
 * models that dlrm4j has. Built with the Maven profile {@code peers} only. Nothing here is part of the library; each peer is
 * used the way its own users would for speed, with one thread.
 */
package org.dlrm4j.bench.peers;
