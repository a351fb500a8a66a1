package org.dlrm4j.cli.bench;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The reference's flags that cannot be had here, each with the reason and what to do instead. */
final class RefusedFlags {
    private static final Map<String, String> REASONS = new LinkedHashMap<>();

    static {
        refuse("dlrm preprocess prepares the data; then give --data-generation dataset --data DIR", "--data-set",
                "--raw-data-file", "--processed-data-file");
        refuse("it is an option of dlrm preprocess; prepare the data with it", "--data-sub-sample-rate",
                "--max-ind-range");
        refuse("dlrm preprocess works with several --threads; leave it out", "--dataset-multiprocessing");
        refuse("a benchmark reads its data in order; dlrm train --shuffle does not", "--data-randomize",
                "--mlperf-bin-shuffle");
        refuse("data is always a binary click log; leave it out", "--mlperf-bin-loader");
        refuse("there is one copy of the layers, which all threads share; leave it out", "--sync-dense-params");
        refuse("take dlrm train --accumulate", "--mlperf-grad-accum-iter");
        refuse("gradients of tables are never made dense; leave it out", "--mlperf-coalesce-sparse-grads");
        refuse("models run on CPUs; leave it out and choose --threads", "--use-gpu");
        refuse("a model runs in one process; leave it out and choose --threads", "--local_rank", "--dist-backend");
        refuse("batches and parameters are not printed; dlrm inspect describes a model that dlrm train saved",
                "--debug-mode", "--print-precision", "--plot-compute-graph");
        refuse("take --json or --csv", "--tensor-board-filename");
        refuse("a benchmark's model is not kept; take dlrm train --model", "--save-model");
        refuse("take dlrm evaluate or dlrm score", "--load-model");
        refuse("there is no ONNX export; a model that dlrm train saved has its layers as safetensors", "--save-onnx");
        refuse("dlrm evaluate prints these metrics", "--mlperf-logging");
        refuse("take dlrm train --target-auc", "--mlperf-acc-threshold", "--mlperf-auc-threshold");
        refuse("there is no Caffe2; leave it out", "--caffe2-net-type");
    }

    private RefusedFlags() {}

    private static void refuse(String reason, String... flags) {
        for (String flag : flags) {
            REASONS.put(flag, reason);
        }
    }

    /** Looks for the first argument that is one of these flags, with or without a value, and says why it is refused. */
    static Optional<String> explain(List<String> arguments) {
        for (String argument : arguments) {
            final String flag = argument.split("=", 2)[0];
            if (REASONS.containsKey(flag)) {
                return Optional.of(flag + ": " + REASONS.get(flag));
            }
        }
        return Optional.empty();
    }
}
