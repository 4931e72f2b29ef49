#!/usr/bin/env python3
"""Writes own-*.json: networks with weights of their own, resulting networks and Wide ResNets, computed by PyTorch in double precision, for
tests/check_resulting.c.

    python3 golden_own.py [FOLDER]      (default: the folder of this script)

Values that go in and digests of what comes out are those of golden.py. Needs PyTorch; the tests do not.
"""
import json
import os
import sys

import torch
import torch.nn.functional as F

import golden
import smash_torch as smash

RATE, MOMENTUM, DECAY = 0.05, 0.9, 0.01

RESULTING = [
    {"name": "resulting-kernels", "case": "kernels", "weight_norm": False},
    {"name": "resulting-arrangements", "case": "arrangements", "weight_norm": False},
    {"name": "resulting-volumes", "case": "volumes", "weight_norm": False},
    {"name": "resulting-weight-norm", "case": "kernels", "weight_norm": True},
]
WIDE = [
    {"name": "wide-images", "network": "wrn-10-2", "images": [3, 9, 7, 3], "classes": 5},
    {"name": "wide-volumes", "network": "wrn-10-1", "images": [2, 5, 6, 4, 1], "classes": 4},
]


class Parameters(dict):
    """Made when first asked for, so that their order is that of use."""

    def weight(self, name, *shape):
        return self.make(name + ".weight", shape, 0)

    def pair(self, name, channels):
        return self.make(name + ".weight", (channels,), 1), self.make(name + ".bias", (channels,), 0)

    def make(self, name, shape, centre):
        if name not in self:
            values = golden.formula(name, shape)
            values = values * (3 / torch.Size(shape[1:]).numel()) ** 0.5 if len(shape) > 1 else centre + 0.3 * values
            self[name] = golden.single(values).requires_grad_()
        return self[name]


class Norms:
    """Batch norm and ReLU: of the batch, noted down, or with `fixed` as noted."""

    def __init__(self, p):
        self.p, self.fixed, self.noted = p, False, {}

    def __call__(self, name, x):
        gamma, shift = self.p.pair(name, x.shape[1])
        if self.fixed:
            return F.relu(F.batch_norm(x, *self.noted[name], gamma, shift, False, 0, 1e-5))
        axes = [0] + list(range(2, x.dim()))
        self.noted[name] = x.mean(axes).detach(), x.var(axes, unbiased=False).detach()
        return F.relu(F.batch_norm(x, None, None, gamma, shift, True, 0, 1e-5))


def head(p, x, classes):
    x = x.mean(list(range(2, x.dim())))
    return F.linear(x, p.weight("linear", classes, x.shape[1]), p.make("linear.bias", (classes,), 0))


# ---- resulting networks ----

def conv(p, name, x, units, c):
    kernel, dilation = c["kernel"], c["dilation"]
    w = p.weight(name, units, x.shape[1] // c["groups"], *kernel)
    return smash.convolve(x, w, [(k - 1) * d // 2 for k, d in zip(kernel, dilation)], 1, dilation, c["groups"])


def resulting_op(p, norms, space, name, op, x, weight_norm):
    ones = [1] * (x.dim() - 2)
    if not weight_norm:
        x = norms(name + ".norm1", x)
    w = p.weight(name + ".pointwise", space.n_mid(x.shape[1], op["units"]), x.shape[1], *ones)
    x = smash.convolve(x, w / w.norm() if weight_norm else w)
    x = F.relu(x) if weight_norm else norms(name + ".norm2", x)
    paths = []
    for first in (0, 2):
        if first in op["convs"]:
            y = conv(p, f"{name}.conv{first + 1}", x, op["units"], op["convs"][first])
            if first + 1 in op["convs"]:
                y = conv(p, f"{name}.conv{first + 2}", F.relu(y), op["units"], op["convs"][first + 1])
            paths.append(y)
    return sum(paths)


def resulting(p, norms, space, arch, x, classes, weight_norm):
    channels = space.input_banks(arch, 0) * arch["blocks"][0]["bank_size"]
    axes = x.dim() - 2
    x = F.relu(smash.convolve(x, p.weight("stem", channels, x.shape[1], *[space.stem_kernel] * axes), space.stem_kernel // 2,
                              space.stem_stride))
    pool = F.avg_pool3d if axes == 3 else F.avg_pool2d
    for b, block in enumerate(arch["blocks"]):
        size = block["bank_size"]
        banks = {i: x.narrow(1, i * size, size) for i in range(space.input_banks(arch, b))}
        for o, op in enumerate(block["ops"]):
            read = torch.cat([banks[r] for r in op["reads"]], 1)
            y = resulting_op(p, norms, space, f"block{b + 1}.op{o + 1}", op, read, weight_norm)
            for j, target in enumerate(op["writes"]):
                part = y.narrow(1, j * size % op["units"], size)
                banks[target] = banks[target] + part if target in banks else part
        x = norms(f"norm{b + 1}", torch.cat([banks[i] for i in range(len(banks))], 1))
        if b < 2:
            given = space.input_banks(arch, b + 1) * arch["blocks"][b + 1]["bank_size"]
            x = smash.convolve(x, p.weight(f"transition{b + 1}", given, x.shape[1], *[1] * axes))
            x = pool(x, 2, ceil_mode=True, count_include_pad=False)
    return head(p, x, classes)


# ---- Wide ResNets, after the authors' functional code ----

def wide(p, norms, depth, width, x, classes):
    axes = x.dim() - 2
    x = smash.convolve(x, p.weight("stem", 16, x.shape[1], *[3] * axes), 1)
    for g in range(3):
        channels = 16 * width * 2 ** g
        for b in range((depth - 4) // 6):
            name, stride = f"group{g + 1}.block{b + 1}", 2 if g > 0 and b == 0 else 1
            o = norms(name + ".norm1", x)
            y = smash.convolve(o, p.weight(name + ".conv1", channels, x.shape[1], *[3] * axes), 1, stride)
            y = smash.convolve(norms(name + ".norm2", y), p.weight(name + ".conv2", channels, channels, *[3] * axes), 1)
            if x.shape[1] != channels:
                x = smash.convolve(o, p.weight(name + ".shortcut", channels, x.shape[1], *[1] * axes), 0, stride)
            x = x + y
    return head(p, norms("norm", x), classes)


# ---- one case ----

def measure(network, shape, classes):
    p = Parameters()
    norms = Norms(p)
    images = golden.channels_first(golden.single(1.7 * golden.formula("images", shape)))
    others = golden.channels_first(golden.single(1.7 * golden.formula("other images", shape)))
    labels = torch.arange(shape[0]) * 3 % classes
    logits = network(p, norms, images)
    losses = F.cross_entropy(logits, labels, reduction="none")
    losses.mean().backward()
    norms.fixed = True
    with torch.no_grad():
        fixed = network(p, norms, others)

    before = {name: value.detach().clone() for name, value in p.items()}
    groups = [{"params": [v for v in p.values() if (v.dim() > 1) == decays], "weight_decay": DECAY * decays} for decays in (True, False)]
    torch.optim.SGD(groups, lr=RATE, momentum=MOMENTUM, nesterov=True).step()
    parameters = {name: {"shape": list(value.shape), "gradient": golden.digest(name, value.grad, 5),
                         "sgd": golden.digest(name, value.detach() - before[name], 2)} for name, value in p.items()}
    return {"images": shape, "classes": classes, "sgd": {"rate": RATE, "momentum": MOMENTUM, "decay": DECAY},
            "logits": golden.numbers(logits), "losses": golden.numbers(losses), "logits_fixed": golden.numbers(fixed),
            "parameters": parameters}


def resulting_case(case):
    source = next(c for c in golden.CASES if c["name"] == case["case"])
    space = smash.Space(golden.parse(source["set"], "space"))
    arch = golden.architecture(source, len(source["images"]) - 2)
    network = lambda p, norms, x: resulting(p, norms, space, arch, x, source["classes"], case["weight_norm"])
    return {"set": [a for a in source["set"] if a.startswith("space.")], "architecture": smash.arch_to_json(arch),
            "weight_norm": case["weight_norm"],
            **measure(network, source["images"], source["classes"])}


def wide_case(case):
    depth, width = (int(n) for n in case["network"].split("-")[1:])
    network = lambda p, norms, x: wide(p, norms, depth, width, x, case["classes"])
    return {"network": case["network"], **measure(network, case["images"], case["classes"])}


def parameter_count(depth, width):
    """On images of three channels and ten classes."""
    p = Parameters()
    wide(p, Norms(p), depth, width, torch.zeros(2, 3, 4, 4, dtype=torch.float64), 10)
    return sum(v.numel() for v in p.values())


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
    torch.set_num_threads(1)
    cases = [(c["name"], resulting_case(c)) for c in RESULTING] + [(c["name"], wide_case(c)) for c in WIDE]
    for name, document in cases:
        path = os.path.join(folder, f"own-{name}.json")
        with open(path, "w") as f:
            f.write(json.dumps(document).replace('"parameters": {', '"parameters": {\n').replace('}, "', '},\n"') + "\n")
        print(f"{path}: loss {sum(document['losses']) / len(document['losses']):.4f}, {os.path.getsize(path)} bytes")
    for depth, width in ((10, 1), (16, 4), (40, 4), (28, 10)):
        print(f"wrn-{depth}-{width}: {parameter_count(depth, width)} parameters")


if __name__ == "__main__":
    main()
