#!/usr/bin/env python3
"""Writes golden-*.json: small SMASH networks computed by PyTorch in double precision, for tests/check_golden.c.

    python3 golden.py [FOLDER]      (default: the folder of this script)

Every value that goes in comes from formula(), which the test computes as well; what comes out is stored as norms, sums against formula() and a few
elements. Needs PyTorch; the tests do not.
"""
import json
import os
import sys

import numpy as np
import torch
import torch.nn.functional as F

import smash_torch as smash

RATES = {"free": 5e-3, "hypernet": 1e-3}
BETA1, BETA2, EPSILON = 0.5, 0.999, 1e-4      # a large epsilon keeps the first step of Adam from being a mere sign
SLICE_QUANTUM = 16


def conv(kernel, dilation=1, groups=1):
    return kernel, dilation, groups


def op(reads, writes, units, convs):
    return {"reads": reads, "writes": writes, "units": units, "convs": convs}


# Convolutions by their number, 1 to 4. A kernel or dilation of one number is the same on all axes.
CASES = [
    {
        "name": "arrangements", "images": [3, 9, 8, 3], "classes": 5, "encoding_channels": 11,
        "set": ["space.bank_unit=4", "space.units_max=16", "space.depth_compression=1", "space.stem_kernel=3", "space.stem_stride=1",
                "space.stem_channels=16", "space.block_input=16,16,12", "space.block_channels=28,32,24",
                "space.block_budget=200,200,200", "space.bank_size_max=8", "space.arrangement=4", "space.kernel_max=5",
                "space.dilation_max=3", "space.extent_max=9", "space.weight_sets=2", "space.groups_vary=1", "space.bottleneck=1", "space.background=-1", "space.noise=0",
                "hypernet.layers=2,1,1", "hypernet.growth=3", "hypernet.stem=5", "hypernet.skip=1"],
        "blocks": [
            (4, [op([0, 1, 3], [1, 4, 5], 8, {1: conv(3)}),
                 op([0, 1, 2, 3, 4, 5], [0, 2, 5, 6], 16, {1: conv(3), 3: conv(5)})]),
            (8, [op([0], [1, 2], 8, {1: conv(3), 2: conv(3, 2)}),
                 op([0, 2], [0, 3], 16, {1: conv(3), 2: conv(5), 3: conv(3)})]),
            (4, [op([0, 2], [3], 4, {1: conv(3), 2: conv(3), 3: conv(5), 4: conv(3, 3)}),
                 op([1, 3], [0, 1, 4], 12, {1: conv(5, 2), 2: conv(3), 3: conv(3), 4: conv(3)})]),
        ],
    },
    {
        "name": "kernels", "images": [4, 13, 15, 1], "classes": 10, "encoding_channels": 9,
        "set": ["space.bank_unit=8", "space.units_max=32", "space.depth_compression=1", "space.stem_kernel=5", "space.stem_stride=2",
                "space.stem_channels=16", "space.block_input=16,24,32", "space.block_channels=40,48,56",
                "space.block_budget=200,200,200", "space.bank_size_max=24", "space.arrangement=4", "space.kernel_max=7",
                "space.dilation_max=3", "space.extent_max=9", "space.weight_sets=1", "space.groups_vary=1", "space.bottleneck=1", "space.background=-1", "space.noise=0",
                "hypernet.layers=2,2,0", "hypernet.growth=4", "hypernet.stem=8", "hypernet.skip=0"],
        "blocks": [
            (8, [op([0, 1], [2, 3], 16, {1: conv([3, 7], [3, 1], 2), 2: conv([5, 3], [2, 3], 8),
                                         3: conv([7, 5], [1, 2], 4), 4: conv(3, 2)}),
                 op([3], [0, 1, 4], 24, {1: conv([3, 5], [1, 2], 8), 3: conv([7, 3], [1, 3], 2)})]),
            (24, [op([0], [1], 24, {1: conv([5, 3], [1, 1], 8), 2: conv([3, 7], [3, 1], 4)}),
                  op([1], [0], 24, {1: conv([3, 5], [2, 1], 1)})]),
            (16, [op([0, 1], [0, 2], 32, {1: conv([7, 3]), 2: conv([3, 5], [1, 1], 4), 3: conv([5, 5], [2, 2], 2)})]),
        ],
    },
    {
        "name": "compressed", "images": [3, 7, 7, 3], "classes": 6, "encoding_channels": 10,
        "set": ["space.bank_unit=4", "space.units_max=24", "space.depth_compression=2", "space.stem_kernel=3", "space.stem_stride=1",
                "space.stem_channels=16", "space.block_input=16,12,12", "space.block_channels=24,16,12",
                "space.block_budget=200,200,200", "space.bank_size_max=4", "space.arrangement=1", "space.kernel_max=3",
                "space.dilation_max=3", "space.extent_max=9", "space.weight_sets=1", "space.groups_vary=0", "space.bottleneck=0", "space.background=-1", "space.noise=1",
                "hypernet.layers=1,0,0", "hypernet.growth=5", "hypernet.stem=6", "hypernet.skip=1"],
        "blocks": [
            (4, [op([0, 2], [4], 4, {1: conv(3)}),
                 op([0, 1, 2, 3], [1, 2, 5], 12, {1: conv(3, 2)}),
                 op([0, 1, 2, 3, 4, 5], [0, 3, 5], 4, {1: conv(3)})]),
            (4, [op([0, 2], [1, 3], 8, {1: conv(3, 3)})]),
            (4, [op([1, 2], [0, 1, 2], 8, {1: conv(3, 2)})]),
        ],
    },
    {
        "name": "volumes", "images": [2, 6, 5, 7, 2], "classes": 4, "encoding_channels": 8,
        "set": ["space.bank_unit=4", "space.units_max=8", "space.depth_compression=1", "space.stem_kernel=3", "space.stem_stride=1",
                "space.stem_channels=8", "space.block_input=8,8,8", "space.block_channels=16,16,12",
                "space.block_budget=100,100,100", "space.bank_size_max=8", "space.arrangement=4", "space.kernel_max=5",
                "space.dilation_max=2", "space.extent_max=9", "space.weight_sets=1", "space.groups_vary=1", "space.bottleneck=1", "space.background=-1", "space.noise=0",
                "hypernet.layers=1,1,1", "hypernet.growth=3", "hypernet.stem=4", "hypernet.skip=0"],
        "blocks": [
            (4, [op([0, 1], [1, 2], 8, {1: conv(3), 2: conv([1 + 2, 5, 3], [2, 1, 1], 2)}),
                 op([2], [0, 3], 4, {1: conv([5, 3, 3], 1, 4), 3: conv(3, [1, 2, 1])})]),
            (8, [op([0], [1], 8, {1: conv(3), 2: conv(3), 3: conv(3, 2), 4: conv([3, 3, 5], 1, 2)})]),
            (4, [op([0, 1], [2], 4, {1: conv(3)})]),
        ],
    },
]


def formula(name, shape):
    """Values in (-1, 1) from a name: a hash of the index, the same integers on both sides."""
    seed = 2166136261
    for byte in name.encode():
        seed = (seed ^ byte) * 16777619 & 0xFFFFFFFF
    h = (np.arange(np.prod(shape, dtype=np.int64), dtype=np.uint64) * 0x9E3779B1 + seed) & 0xFFFFFFFF
    h ^= h >> 16
    h = h * 0x85EBCA6B & 0xFFFFFFFF
    h ^= h >> 13
    h = h * 0xC2B2AE35 & 0xFFFFFFFF
    h ^= h >> 16
    return torch.from_numpy(((h + 0.5) / 2147483648.0 - 1).reshape(shape))


def single(x):
    return x.float().double()


def parameter(name, shape):
    values = formula(name, shape)
    if len(shape) > 1:
        return single(values * np.sqrt(3 / np.prod(shape[1:])))
    return single((1 if name.startswith("norm") and name.endswith("weight") else 0) + 0.3 * values)


def channels_first(x):
    return x.movedim(-1, 1)


def parse(assignments, prefix):
    fields = {}
    for line in assignments:
        name, value = line.split("=")
        if name.startswith(prefix + "."):
            numbers = [int(v) for v in value.split(",")]
            fields[name.split(".")[1]] = numbers if len(numbers) > 1 else numbers[0]
    return fields


def architecture(case, axes):
    spread = lambda v: list(v) if isinstance(v, list) else [v] * axes
    blocks = []
    for bank_size, ops in case["blocks"]:
        block = {"bank_size": bank_size, "ops": []}
        for o in ops:
            convs = {n - 1: {"kernel": spread(k), "dilation": spread(d), "groups": g} for n, (k, d, g) in o["convs"].items()}
            block["ops"].append({**o, "convs": convs})
        blocks.append(block)
    return {"axes": axes, "blocks": blocks}


def short(x):
    return float(f"{float(x):.9g}")


def numbers(x):
    return [short(v) for v in x.detach().reshape(-1)]


def digest(name, x, elements):
    """What the test compares of a tensor: norm, sum against formula(), the largest element and others spread over it."""
    flat = x.detach().reshape(-1)
    picked = sorted({int(flat.abs().argmax())} | {(2 * k + 1) * flat.numel() // (2 * elements) for k in range(elements)})
    return {"norm": short(flat.norm()), "sum": short((flat * formula("sum of " + name, flat.shape)).sum()),
            "elements": [[i, short(flat[i])] for i in picked]}


def encoded(space, arch):
    """The architecture's own encoding, channels last: its shape and digest."""
    code = smash.Layout(space, arch["axes"]).encode(arch, SLICE_QUANTUM).permute(0, 2, 3, 1).double()
    return {"shape": list(code.shape), **digest("the encoding", code, 8)}


def run(case):
    space = smash.Space(parse(case["set"], "space"))
    sizes = parse(case["set"], "hypernet")
    n, *side, channels = case["images"]
    axes = len(side)
    arch = architecture(case, axes)
    slices = -(-space.slices(arch) // SLICE_QUANTUM) * SLICE_QUANTUM
    c = case["encoding_channels"] + space.noise
    shapes = smash.network_shapes(space, axes, channels, case["classes"])
    shapes.update(smash.hypernet_shapes(space, sizes, c))
    p = {name: parameter(name, shape).requires_grad_() for name, shape in shapes.items()}
    encoding = single(formula("encoding", (1, space.units_max // space.bank_unit, slices, c))).requires_grad_()
    images = single(1.7 * formula("images", case["images"]))
    others = single(1.7 * formula("other images", case["images"]))
    labels = torch.arange(n) * 3 % case["classes"]

    w = smash.hypernet(p, space, sizes, channels_first(encoding))
    statistics = []
    logits = smash.network(p, space, arch, w, channels_first(images), statistics)
    losses = F.cross_entropy(logits, labels, reduction="none")
    losses.mean().backward()
    with torch.no_grad():
        fixed = smash.network(p, space, arch, w, channels_first(others), statistics, fixed=True)

    result = {"generated_norm": short(w.detach().norm()), "logits": numbers(logits), "losses": numbers(losses),
              "logits_fixed": numbers(fixed), "macs": smash.macs(space, arch, channels, case["classes"], side),
              "encoding": encoded(space, arch), "encoding_gradient": digest("encoding", encoding.grad, 24), "parameters": {}}
    before = {name: value.detach().clone() for name, value in p.items()}
    groups = [{"params": [v for name, v in p.items() if name.startswith("hypernet.") == (group == "hypernet")], "lr": rate}
              for group, rate in RATES.items()]
    torch.optim.Adam(groups, betas=(BETA1, BETA2), eps=EPSILON).step()
    for name, value in p.items():
        gradient = torch.zeros_like(value) if value.grad is None else value.grad        # None: a weight this architecture has no use for
        result["parameters"][name] = {"shape": list(value.shape), "gradient": digest(name, gradient, 5),
                                      "adam": digest(name, value.detach() - before[name], 2)}
    return arch, result


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
    torch.set_num_threads(1)
    for case in CASES:
        arch, result = run(case)
        document = {"set": case["set"], "architecture": smash.arch_to_json(arch), "images": case["images"],
                    "classes": case["classes"], "encoding_channels": case["encoding_channels"],
                    "adam": {"rate_free": RATES["free"], "rate_hypernet": RATES["hypernet"], "beta1": BETA1, "beta2": BETA2,
                             "epsilon": EPSILON},
                    **result}
        path = os.path.join(folder, f"golden-{case['name']}.json")
        with open(path, "w") as f:
            f.write(json.dumps(document).replace('"parameters": {', '"parameters": {\n').replace('}, "', '},\n"') + "\n")
        print(f"{path}: loss {sum(result['losses']) / len(result['losses']):.4f}, {os.path.getsize(path)} bytes")


if __name__ == "__main__":
    main()
