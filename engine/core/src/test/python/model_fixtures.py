"""Writes small runs of PyTorch that PyTorchComparisonTest compares with ours.

Python 3.11, torch 2.8.0, numpy 2; the files depend on torch's random numbers, nothing else does. To write them again, from the
repository's top:

    python3 -m venv venv && venv/bin/pip install torch==2.8.0 numpy
    venv/bin/python engine/core/src/test/python/model_fixtures.py engine/core/src/test/resources/pytorch

A file holds the model as in model.json, initial parameters by name, four batches, and the parameters after three steps of SGD.
Batches 0 to 2 are trained on; their predictions and losses are those before the step. Batch 3 is only predicted.
"""

import json
import pathlib
import sys

import torch
from torch.nn import functional as F

DENSE = 3
ROWS = [5, 4, 9]
SAMPLES = 7
LEARNING_RATE = 0.1


class Model:
    """Creates parameters as they are first used, so that a model is its definition and nothing else."""

    def __init__(self, configuration, generator):
        self.configuration = configuration
        self.generator = generator
        self.parameters = {}

    def parameter(self, name, *shape):
        if name not in self.parameters:
            values = torch.rand(shape, generator=self.generator) - 0.5
            self.parameters[name] = values.requires_grad_()
        return self.parameters[name]

    def linear(self, name, x, out, bias=True):
        weight = self.parameter(name + ".weight", out, x.shape[1])
        return F.linear(x, weight, self.parameter(name + ".bias", out) if bias else None)

    def mlp(self, name, x, widths):
        for i, width in enumerate(widths):
            x = F.relu(self.linear(f"{name}.{2 * i}", x, width))
        return x

    def pooled(self, name, bags, rows, dim):
        indices, offsets = bags
        return F.embedding_bag(torch.tensor(indices), self.parameter(name, rows, dim), torch.tensor(offsets),
                               mode=self.configuration["pooling"].lower(), include_last_offset=True)

    def embeddings(self, batch):
        scheme = self.configuration.get("embeddings", {"scheme": "plain"})
        embed = getattr(self, scheme["scheme"].replace("-", "_"))
        return [embed(f, f"table-{f:02}", bags, self.configuration["dim"], **scheme)
                for f, bags in enumerate(batch["bags"])]

    def plain(self, f, table, bags, dim, **_):
        return self.pooled(table, bags, ROWS[f], dim)

    def quotient_remainder(self, f, table, bags, dim, operation, threshold, collisions, **_):
        if ROWS[f] <= threshold:
            return self.pooled(table, bags, ROWS[f], 2 * dim if operation == "CONCAT" else dim)
        indices, offsets = bags
        q = self.pooled(table + "-quotient", ([i // collisions for i in indices], offsets), -(-ROWS[f] // collisions),
                        dim)
        r = self.pooled(table + "-remainder", ([i % collisions for i in indices], offsets), collisions, dim)
        return {"MULT": q * r, "ADD": q + r, "CONCAT": torch.cat([q, r], dim=1)}[operation]

    def mixed_dimensions(self, f, table, bags, dim, threshold, temperature, roundDims, **_):
        if ROWS[f] <= threshold:
            return self.pooled(table, bags, ROWS[f], dim)
        width = torch.tensor(dim * (min(ROWS) / ROWS[f])**temperature).clamp(min=1).round()
        if roundDims:
            width = 2**width.log2().round()
        pooled = self.pooled(table, bags, ROWS[f], int(width))
        return self.linear(f"emb_l.{f}.proj", pooled, dim, bias=False) if width < dim else pooled

    def weighted_pooling(self, f, table, bags, dim, **_):
        indices, offsets = bags
        weights = self.parameter(table + "-weights", ROWS[f])[torch.tensor(indices)]
        return F.embedding_bag(torch.tensor(indices), self.parameter(table, ROWS[f], dim), torch.tensor(offsets),
                               mode="sum", per_sample_weights=weights, include_last_offset=True)

    def wide(self, batch):
        return sum(self.pooled(f"wide-{f:02}", bags, ROWS[f], 1) for f, bags in enumerate(batch["bags"]))

    def logit(self, batch):
        return getattr(self, self.configuration["model"])(batch, **self.configuration)

    def dlrm(self, batch, bottom, top, interaction, itself, branch1=None, branch2=None, **_):
        vectors = torch.stack([self.mlp("bot_l", batch["dense"], bottom[1:]), *self.embeddings(batch)], dim=1)
        if interaction == "CAT":
            x = vectors.flatten(1)
        elif interaction == "PROJECTION":
            dim = vectors.shape[2]
            y = self.mlp("branch1", vectors.flatten(1), branch1).reshape(SAMPLES, -1, dim)
            z = self.mlp("branch2", vectors.flatten(1), branch2).reshape(SAMPLES, dim, -1)
            x = torch.cat([vectors[:, 0], torch.bmm(y, z).flatten(1)], dim=1)
        else:
            products = torch.bmm(vectors, vectors.transpose(1, 2))
            i, j = torch.tril_indices(vectors.shape[1], vectors.shape[1], 0 if itself else -1)
            x = torch.cat([vectors[:, 0], products[:, i, j]], dim=1)
        x = self.mlp("top_l", x, top[:-1])
        return self.linear(f"top_l.{2 * (len(top) - 1)}", x, 1)

    def dcn(self, batch, crossLayers, deep, **_):
        x0 = torch.cat([batch["dense"], *self.embeddings(batch)], dim=1)
        x = x0
        for layer in range(crossLayers):
            weight = self.parameter(f"cross.{layer}.weight", x.shape[1])
            x = x0 * (x @ weight)[:, None] + self.parameter(f"cross.{layer}.bias", x.shape[1]) + x
        return self.linear("final", torch.cat([x, self.mlp("deep", x0, deep)], dim=1), 1)

    def dcnv2(self, batch, bottom, crossLayers, rank, structure, deep, **_):
        dense = self.mlp("bottom", batch["dense"], bottom[1:])
        x0 = torch.cat([dense, *self.embeddings(batch)], dim=1)
        x = x0
        for layer in range(crossLayers):
            if rank == 0:
                z = self.linear(f"cross.{layer}", x, x.shape[1])
            else:
                v = self.linear(f"cross.{layer}.v", x, rank, bias=False)
                z = self.linear(f"cross.{layer}.u", v, x.shape[1])
            x = x0 * z + x
        stacked = structure == "STACKED"
        deep_out = self.mlp("deep", x if stacked else x0, deep)
        return self.linear("final", deep_out if stacked else torch.cat([x, deep_out], dim=1), 1)

    def wdl(self, batch, deep, wideDense, crosses, crossRows, **_):
        logit = self.wide(batch)
        if wideDense:
            logit = logit + self.linear("linear", batch["dense"], 1)
        for c, (features, rows) in enumerate(zip(crosses, crossRows)):
            logit = logit + self.pooled(f"cross-{c:02}", cross([batch["bags"][f] for f in features], rows), rows, 1)
        x = torch.cat([batch["dense"], *self.embeddings(batch)], dim=1)
        return logit + self.linear("final", self.mlp("deep", x, deep), 1)

    def lr(self, batch, **_):
        return self.linear("linear", batch["dense"], 1) + self.wide(batch)

    def fm(self, batch, dim, **_):
        dense = self.linear("latent", batch["dense"], dim, bias=False)
        vectors = torch.stack([dense, *self.embeddings(batch)], dim=1)
        products = torch.bmm(vectors, vectors.transpose(1, 2))
        i, j = torch.tril_indices(vectors.shape[1], vectors.shape[1], -1)
        return self.lr(batch) + products[:, i, j].sum(dim=1, keepdim=True)


def cross(parts, rows):
    """Hashes all combinations of the parts' rows, sample by sample, as FeatureCross documents it."""
    word = 2**64 - 1
    indices, offsets = [], [0]
    for sample in range(SAMPLES):
        hashes = [0]
        for bag_indices, bag_offsets in parts:
            bag = bag_indices[bag_offsets[sample]:bag_offsets[sample + 1]]
            hashes = [mix(h + row + 0x9E3779B97F4A7C15 & word) for h in hashes for row in bag]
        indices += [h * rows >> 64 for h in hashes]
        offsets.append(len(indices))
    return indices, offsets


def mix(z):
    word = 2**64 - 1
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & word
    z = (z ^ z >> 27) * 0x94D049BB133111EB & word
    return z ^ z >> 31


def random_batch(generator):
    bags = []
    for rows in ROWS:
        lengths = torch.randint(0, 4, (SAMPLES,), generator=generator)
        offsets = [0, *torch.cumsum(lengths, 0).tolist()]
        bags.append((torch.randint(0, rows, (offsets[-1],), generator=generator).tolist(), offsets))
    return {"dense": torch.rand((SAMPLES, DENSE), generator=generator) * 2 - 0.5,
            "targets": torch.randint(0, 2, (SAMPLES,), generator=generator).float(), "bags": bags}


def floats(tensor):
    # Nine digits name a float32.
    return [float(f"{v:.9g}") for v in tensor.detach().flatten().tolist()]


def run(configuration):
    generator = torch.Generator().manual_seed(1)
    model = Model(configuration, generator)
    loss_function = {"BCE": F.binary_cross_entropy, "MSE": F.mse_loss}[configuration["loss"]]
    batches = [random_batch(generator) for _ in range(4)]
    model.logit(batches[0])
    initial = {name: floats(p) for name, p in model.parameters.items()}
    optimizer = torch.optim.SGD(model.parameters.values(), lr=LEARNING_RATE)
    written = []
    for number, batch in enumerate(batches):
        predictions = torch.sigmoid(model.logit(batch))[:, 0]
        loss = loss_function(predictions, batch["targets"])
        written.append({"dense": floats(batch["dense"]), "targets": floats(batch["targets"]),
                        "indices": [bags[0] for bags in batch["bags"]], "offsets": [bags[1] for bags in batch["bags"]],
                        "predictions": floats(predictions), "loss": floats(loss)[0]})
        if number < 3:
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return {"configuration": configuration, "learningRate": LEARNING_RATE, "initial": initial, "batches": written,
            "trained": {name: floats(p) for name, p in model.parameters.items()}}


def configuration(model, dim, pooling="SUM", loss="BCE", **fields):
    return {"model": model, "denseFeatures": DENSE, "dim": dim, "rows": ROWS, **fields, "pooling": pooling,
            "loss": loss, "lossThreshold": 0.0, "lossWeights": [1.0, 1.0]}


def dlrm(dim, width, interaction, scheme, **fields):
    return configuration("dlrm", dim, bottom=[3, 6, width], top=[5, 1], interaction=interaction, itself=False,
                         embeddings={"scheme": scheme, **fields})


MODELS = {
    "dlrm-dot": configuration("dlrm", 4, bottom=[3, 6, 4], top=[5, 1], interaction="DOT", itself=False),
    "dlrm-dot-itself": configuration("dlrm", 5, bottom=[3, 5], top=[4, 3, 1], interaction="DOT", itself=True,
                                     pooling="MEAN", loss="MSE"),
    "dlrm-cat": configuration("dlrm", 4, bottom=[3, 6, 4], top=[5, 1], interaction="CAT", itself=False),
    "dlrm-qr-mult": dlrm(4, 4, "DOT", "quotient-remainder", operation="MULT", threshold=4, collisions=2),
    "dlrm-qr-add": dlrm(5, 5, "DOT", "quotient-remainder", operation="ADD", threshold=0, collisions=3),
    "dlrm-qr-concat": dlrm(4, 8, "CAT", "quotient-remainder", operation="CONCAT", threshold=4, collisions=4),
    "dlrm-md": dlrm(8, 8, "DOT", "mixed-dimensions", threshold=4, temperature=0.9, roundDims=False),
    "dlrm-md-round": dlrm(8, 8, "CAT", "mixed-dimensions", threshold=0, temperature=1.0, roundDims=True),
    "dlrm-weighted": dlrm(4, 4, "DOT", "weighted-pooling"),
    "dlrm-projection": configuration("dlrm", 4, bottom=[3, 6, 4], top=[5, 1], interaction="PROJECTION", itself=False,
                                     branch1=[9, 8], branch2=[12]),
    "dcn": configuration("dcn", 4, crossLayers=3, deep=[6, 5]),
    "dcnv2-full-stacked": configuration("dcnv2", 3, bottom=[], crossLayers=2, rank=0, structure="STACKED", deep=[6, 5]),
    "dcnv2-full-parallel": configuration("dcnv2", 3, bottom=[3, 4], crossLayers=2, rank=0, structure="PARALLEL",
                                         deep=[6]),
    "dcnv2-low-rank-stacked": configuration("dcnv2", 4, bottom=[3, 4], crossLayers=2, rank=3, structure="STACKED",
                                            deep=[6], pooling="MEAN"),
    "dcnv2-low-rank-parallel": configuration("dcnv2", 4, bottom=[], crossLayers=3, rank=2, structure="PARALLEL",
                                             deep=[6, 5]),
    "wdl": configuration("wdl", 4, deep=[6, 5], wideDense=True, crosses=[], crossRows=[]),
    "wdl-crosses": configuration("wdl", 3, deep=[6], wideDense=False, crosses=[[0, 2], [2, 1, 0]], crossRows=[20, 30]),
    "lr": configuration("lr", 1),
    "fm": configuration("fm", 4),
}

if __name__ == "__main__":
    for name, model in MODELS.items():
        file = pathlib.Path(sys.argv[1], name + ".json")
        file.write_text(json.dumps(run(model), separators=(",", ":")) + "\n")
