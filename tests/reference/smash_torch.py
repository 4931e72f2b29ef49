"""SMASH in PyTorch, written from the method alone: the peer that golden values and speed comparisons come from.

Tensors are in PyTorch's order here (n, c, h, w); parameters carry smashtop's names and shapes. Nothing in the build needs this.
"""
import math

import torch
import torch.nn.functional as F

CONVS = 4


class Space:
    """The fields of a search space that a network needs, under smashtop's names."""

    def __init__(self, fields):
        self.__dict__.update(fields)

    def n_mid(self, n_in, units):
        if self.bottleneck == 0:
            rows = units * min(max(n_in // units, 1), 4)
        else:
            rows = 2 * units
        return min(rows, n_in, self.units_max)

    @property
    def slice_width(self):
        return self.depth_compression * self.bank_unit

    def slices(self, arch):
        return sum(math.ceil(n_in(block, op) / self.slice_width) for block in arch["blocks"] for op in block["ops"])

    def input_banks(self, arch, b):
        return self.block_input[b] // arch["blocks"][b]["bank_size"]


def n_in(block, op):
    return len(op["reads"]) * block["bank_size"]


def banks_written(space, arch, b):
    written = set(range(space.input_banks(arch, b)))
    for op in arch["blocks"][b]["ops"]:
        written.update(op["writes"])
    return len(written)


# ---- the HyperNet ----

def hypernet_shapes(space, sizes, encoding_channels):
    """Names and shapes in the order of use."""
    shapes = {"hypernet.stem.weight": (sizes["stem"], encoding_channels, 3, 3)}
    channels = sizes["stem"]
    layers = [n for n in sizes["layers"] if n > 0]
    for b, count in enumerate(layers, 1):
        for l in range(1, count + 1):
            shapes[f"hypernet.block{b}.layer{l}.weight"] = (sizes["growth"], channels, 3, 3)
            channels += sizes["growth"]
        if b < len(layers):
            half = (channels + 1) // 2
            shapes[f"hypernet.join{b}.weight"] = (half, channels, 3, 3)
            channels = half
    if sizes["skip"]:
        channels += encoding_channels
    shapes["hypernet.out.weight"] = (space.slice_width * space.bank_unit, channels, 1, 1)
    return shapes


def unit_conv(x, w):
    return F.conv2d(x, w / w.norm().clamp_min(1e-6), padding=w.shape[-1] // 2)


def hypernet(p, space, sizes, encoding):
    """Encoding [1, C, H, L] to the matrix W [H N, L D N] that all 1x1 weights are cut from."""
    act = lambda y: F.leaky_relu(y, 0.02)
    x = act(unit_conv(encoding, p["hypernet.stem.weight"]))
    layers = [n for n in sizes["layers"] if n > 0]
    for b, count in enumerate(layers, 1):
        for l in range(1, count + 1):
            x = torch.cat([x, act(unit_conv(x, p[f"hypernet.block{b}.layer{l}.weight"]))], 1)
        if b < len(layers):
            x = act(unit_conv(x, p[f"hypernet.join{b}.weight"]))
    if sizes["skip"]:
        x = torch.cat([x, encoding], 1)
    tiles = unit_conv(x, p["hypernet.out.weight"])[0]
    n, width = space.bank_unit, space.slice_width
    rows, slices = tiles.shape[1:]
    return tiles.view(n, width, rows, slices).permute(2, 0, 3, 1).reshape(rows * n, slices * width)


# ---- the memory-bank network ----

def conv_name(space, b, o, c):
    """Convolution c (from 0) as op o uses it: the ops of a block take turns at its weight sets."""
    s = o % space.weight_sets
    return f"block{b + 1}." + (f"set{s + 1}." if s else "") + f"conv{c + 1}.weight"


def network_shapes(space, axes, channels, classes):
    shapes = {"stem.weight": (space.stem_channels, channels) + (space.stem_kernel,) * axes}
    for b in range(3):
        for s, c in [(s, c) for s in range(space.weight_sets) for c in range(space.arrangement)]:
            shapes[conv_name(space, b, s, c)] = (space.units_max, space.units_max) + (space.kernel_max,) * axes
        shapes[f"norm{b + 1}.weight"] = (space.block_channels[b],)
        shapes[f"norm{b + 1}.bias"] = (space.block_channels[b],)
        if b < 2:
            shapes[f"transition{b + 1}.weight"] = (space.block_input[b + 1], space.block_channels[b]) + (1,) * axes
    shapes["linear.weight"] = (classes, space.block_channels[2])
    shapes["linear.bias"] = (classes,)
    return shapes


def convolve(x, w, padding=0, stride=1, dilation=1, groups=1):
    f = F.conv3d if w.dim() == 5 else F.conv2d
    return f(x, w, None, stride, padding, dilation, groups)


def shared_conv(w, x, op, c):
    """Convolution c of an op: first outputs, first inputs, central taps of the block's shared weight."""
    conv = op["convs"][c]
    w = w[:op["units"], :x.shape[1] // conv["groups"]]
    for axis, taps in enumerate(conv["kernel"]):
        w = w.narrow(2 + axis, (w.shape[2 + axis] - taps) // 2, taps)
    padding = [(k - 1) * d // 2 for k, d in zip(conv["kernel"], conv["dilation"])]
    return convolve(x, w, padding, 1, conv["dilation"], conv["groups"])


def arrangement(p, space, b, o, op, x):
    paths = []
    for first in (0, 2):
        if first not in op["convs"]:
            continue
        y = shared_conv(p[conv_name(space, b, o, first)], x, op, first)
        if first + 1 in op["convs"]:
            y = shared_conv(p[conv_name(space, b, o, first + 1)], F.relu(y), op, first + 1)
        paths.append(y)
    return paths[0] if len(paths) == 1 else paths[0] + paths[1]


def run_op(p, space, b, o, block, op, w1, banks):
    x = torch.cat([banks[r] for r in op["reads"]], 1)
    w1 = w1 / w1.norm().clamp_min(1e-6)
    x = F.relu(convolve(x, w1.reshape(w1.shape + (1,) * (x.dim() - 2))))
    y = arrangement(p, space, b, o, op, x)
    size = block["bank_size"]
    for j, target in enumerate(op["writes"]):
        part = y.narrow(1, j * size % op["units"], size)
        banks[target] = banks[target] + part if target in banks else part


def norm_relu(p, b, x, statistics, fixed):
    """`statistics`: list that receives (mean, variance), or with `fixed` gives them. None: those of the batch, not kept."""
    c = x.shape[1]
    gamma, shift = p[f"norm{b + 1}.weight"][:c], p[f"norm{b + 1}.bias"][:c]
    if statistics is not None and not fixed:
        axes = [0] + list(range(2, x.dim()))
        statistics.append((x.mean(axes).detach(), x.var(axes, unbiased=False).detach()))
    if fixed:
        return F.relu(F.batch_norm(x, *statistics[b], gamma, shift, False, 0, 1e-5))
    return F.relu(F.batch_norm(x, None, None, gamma, shift, True, 0, 1e-5))


def network(p, space, arch, w, x, statistics=None, fixed=False):
    """Logits of `arch` on x with 1x1 weights cut from w (hypernet)."""
    channels = space.input_banks(arch, 0) * arch["blocks"][0]["bank_size"]
    stem = p["stem.weight"][:channels]
    x = F.relu(convolve(x, stem, space.stem_kernel // 2, space.stem_stride))
    pool = F.avg_pool3d if x.dim() == 5 else F.avg_pool2d
    column = 0
    for b, block in enumerate(arch["blocks"]):
        size = block["bank_size"]
        banks = {i: x.narrow(1, i * size, size) for i in range(space.input_banks(arch, b))}
        for o, op in enumerate(block["ops"]):
            inputs = n_in(block, op)
            w1 = w[:space.n_mid(inputs, op["units"]), column:column + inputs]
            run_op(p, space, b, o, block, op, w1, banks)
            column += math.ceil(inputs / space.slice_width) * space.slice_width
        x = norm_relu(p, b, torch.cat([banks[i] for i in range(len(banks))], 1), statistics, fixed)
        if b < 2:
            given = space.input_banks(arch, b + 1) * arch["blocks"][b + 1]["bank_size"]
            x = convolve(x, p[f"transition{b + 1}.weight"][:given, :x.shape[1]])
            x = pool(x, 2, ceil_mode=True, count_include_pad=False)
    x = x.mean(list(range(2, x.dim())))
    return F.linear(x, p["linear.weight"][:, :x.shape[1]], p["linear.bias"])


def macs(space, arch, channels, classes, side):
    """Multiply-accumulates of one example through the network, without the HyperNet."""
    volume = lambda s: math.prod(s)
    side = [math.ceil(s / space.stem_stride) for s in side]
    axes = len(side)
    total = volume(side) * channels * space.stem_kernel ** axes * space.input_banks(arch, 0) * arch["blocks"][0]["bank_size"]
    for b, block in enumerate(arch["blocks"]):
        for op in block["ops"]:
            mid = space.n_mid(n_in(block, op), op["units"])
            total += volume(side) * mid * n_in(block, op)
            for c, conv in op["convs"].items():
                inputs = mid if c in (0, 2) else op["units"]
                total += volume(side) * op["units"] * inputs // conv["groups"] * math.prod(conv["kernel"])
        out = banks_written(space, arch, b) * block["bank_size"]
        if b < 2:
            total += volume(side) * out * space.input_banks(arch, b + 1) * arch["blocks"][b + 1]["bank_size"]
            side = [math.ceil(s / 2) for s in side]
        else:
            total += out * classes
    return total


def hypernet_macs(shapes, rows, slices):
    return {name: rows * slices * math.prod(shape) for name, shape in shapes.items()}


# ---- the encoding ----

def divisors(n):
    return [d for d in range(1, n + 1) if n % d == 0]


class Layout:
    """Channels of the encoding, in the method's order."""

    def __init__(self, space, axes):
        self.space, self.axes = space, axes
        banks = max(space.block_channels) // space.bank_unit
        self.rows = space.units_max // space.bank_unit
        self.first, self.channels = {}, 0
        fields = [("slice", banks), ("reads", banks), ("writes", banks), ("block", 3), ("units", self.rows)]
        for c in range(space.arrangement):
            fields.append((f"active {c}", 1))
            fields += [(f"kernel {c} {a}", (space.kernel_max - 1) // 2) for a in range(axes)]
            fields += [(f"dilation {c} {a}", space.dilation_max) for a in range(axes)]
            fields.append((f"groups {c}", len(divisors(space.bank_unit)) if space.groups_vary else 1))
        for name, count in fields:
            self.first[name] = self.channels
            self.channels += count

    def channels_of(self, b, op):
        """What is set in every slice of an op."""
        first = self.first
        marks = [first["reads"] + r for r in op["reads"]] + [first["writes"] + w for w in op["writes"]]
        marks += [first["block"] + b, first["units"] + op["units"] // self.space.bank_unit - 1]
        for c, conv in op["convs"].items():
            marks.append(first[f"active {c}"])
            marks += [first[f"kernel {c} {a}"] + (k - 3) // 2 for a, k in enumerate(conv["kernel"])]
            marks += [first[f"dilation {c} {a}"] + d - 1 for a, d in enumerate(conv["dilation"])]
            marks.append(first[f"groups {c}"] + divisors(self.space.bank_unit).index(conv["groups"]))
        return marks

    def encode(self, arch, quantum=16):
        """[1, C, H, L], L padded with background to a multiple of `quantum`."""
        space, width = self.space, self.space.slice_width
        length = -(-space.slices(arch) // quantum) * quantum
        code = torch.full((1, self.channels, self.rows, length), float(space.background))
        column = 0
        for b, block in enumerate(arch["blocks"]):
            for op in block["ops"]:
                inputs = n_in(block, op)
                rows = space.n_mid(inputs, op["units"]) // space.bank_unit
                marks = self.channels_of(b, op)
                for start in range(0, inputs, width):
                    carried = range(start // block["bank_size"], (min(start + width, inputs) - 1) // block["bank_size"] + 1)
                    code[0, marks + [self.first["slice"] + op["reads"][i] for i in carried], :rows, column] = 1
                    column += 1
        return code


# ---- architectures as smashtop writes them (smashtop-architecture(5)) ----

def arch_from_json(document):
    blocks = []
    for block in document["blocks"]:
        ops = []
        for op in block["ops"]:
            convs = {conv["conv"] - 1: {k: conv[k] for k in ("kernel", "dilation", "groups")} for conv in op["convs"]}
            ops.append({"reads": op["reads"], "writes": op["writes"], "units": op["units"], "convs": convs})
        blocks.append({"bank_size": block["bank_size"], "ops": ops})
    return {"axes": document["axes"], "blocks": blocks}


def arch_to_json(arch):
    blocks = []
    for block in arch["blocks"]:
        ops = [{**op, "convs": [{"conv": c + 1, **conv} for c, conv in op["convs"].items()]} for op in block["ops"]]
        blocks.append({"bank_size": block["bank_size"], "ops": ops})
    return {"version": 1, "axes": arch["axes"], "blocks": blocks}
