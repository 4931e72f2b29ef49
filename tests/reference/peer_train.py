#!/usr/bin/env python3
"""The PyTorch peer for speed: trains (or scores) the same SMASH network on the architectures that smashtop sampled.

    smashtop sample --preset small --count 64 > architectures.json
    python3 peer_train.py architectures.json --threads 2 --seconds 20
    python3 peer_train.py architectures.json --threads 2 --score
    python3 peer_train.py architectures.json --device cuda --precision tf32 --batch 256

Eager PyTorch as one would write it: channels last, slices of shared weights, torch.cat for reads, fused Adam. Images and labels are random and already in
memory, encodings are made beforehand; so nothing counts but the network, its gradients and the update.
"""
import argparse
import contextlib
import json
import resource
import time

import torch
import torch.nn.functional as F

import smash_torch as smash


class Peer:
    def __init__(self, preset, side, channels, classes):
        self.space = smash.Space(preset["space"])
        self.sizes = preset["hypernet"]
        self.side, self.channels, self.classes = side, channels, classes
        self.layout = smash.Layout(self.space, len(side))
        inputs = self.layout.channels + self.space.noise
        self.hyper_shapes = smash.hypernet_shapes(self.space, self.sizes, inputs)
        self.p = {}
        for name, shape in {**smash.network_shapes(self.space, len(side), channels, classes), **self.hyper_shapes}.items():
            value = torch.empty(shape)
            if len(shape) > 2:
                torch.nn.init.orthogonal_(value)
                value = self.last(value)
            else:
                value.fill_(1.0) if name.startswith("norm") and name.endswith("weight") else value.normal_(0, 0.05)
            self.p[name] = value.requires_grad_()

    def last(self, x):
        return x.contiguous(memory_format=torch.channels_last_3d if x.dim() == 5 else torch.channels_last)

    def encode(self, arch):
        with torch.device("cpu"):
            code = self.layout.encode(arch)
        code = code.to(torch.get_default_device())
        if self.space.noise:
            code = torch.cat([code, torch.randn_like(code[:, :1])], 1)
        return self.last(code)

    def images(self, n):
        return self.last(torch.randn(n, self.channels, *self.side)), torch.randint(self.classes, (n,))

    def logits(self, arch, code, x, **how):
        return smash.network(self.p, self.space, arch, smash.hypernet(self.p, self.space, self.sizes, code), x, **how)

    def optimizer(self, training):
        groups = [{"params": [v for name, v in self.p.items() if name.startswith("hypernet.") == hyper], "lr": rate}
                  for hyper, rate in ((False, training["rate_free"]), (True, training["rate_hypernet"]))]
        return torch.optim.Adam(groups, betas=(training["beta1"], training["beta2"]), fused=True)

    def flops(self, arch, code, n):
        """Forward and both backward passes of a step; the images and the encoding want no gradient."""
        main = smash.macs(self.space, arch, self.channels, self.classes, self.side)
        stem = self.space.input_banks(arch, 0) * arch["blocks"][0]["bank_size"] * self.channels
        for s in self.side:
            stem *= -(-s // self.space.stem_stride) * self.space.stem_kernel
        hyper = smash.hypernet_macs(self.hyper_shapes, *code.shape[2:])
        return 2 * (n * (3 * main - stem) + 3 * sum(hyper.values()) - hyper["hypernet.stem.weight"])


def settle():
    """Waits for the device."""
    if torch.get_default_device().type == "cuda":
        torch.cuda.synchronize()


def products(precision):
    """Around a forward pass, as smashtop's --precision means it."""
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = precision == "tf32"
    return torch.autocast(torch.get_default_device().type, torch.bfloat16) if precision == "bf16" else contextlib.nullcontext()


def timed(work, items, seconds, warm_up):
    """Runs work(item) over the items again and again; (how many, seconds, processor seconds, sum of what work returned) after the warm-up."""
    for item in items[:warm_up]:
        work(item)
    settle()
    start, processor, count, total = time.perf_counter(), time.process_time(), 0, 0.0
    while time.perf_counter() - start < seconds:
        total += work(items[count % len(items)])
        count += 1
    settle()
    return count, time.perf_counter() - start, time.process_time() - processor, total


def train(peer, items, training, batch, seconds, precision):
    optimizer = peer.optimizer(training)
    x, labels = peer.images(batch)

    def step(item):
        arch, code, flops = item
        optimizer.zero_grad(set_to_none=True)
        with products(precision):
            loss = F.cross_entropy(peer.logits(arch, code, x), labels)
        loss.backward()
        optimizer.step()
        return flops

    steps, spent, processor, flops = timed(step, [(a, c, peer.flops(a, c, batch)) for a, c in items], seconds, 10)
    return {"steps": steps, "seconds": spent, "processor_seconds": processor, "images_per_second": steps * batch / spent, "gflops": flops / spent / 1e9}


@torch.no_grad()
def score(peer, items, images, calibration, seconds, precision):
    chunk = 250
    x, labels = peer.images(images)
    calibrating, _ = peer.images(calibration)

    def one(item):
        arch, code = item
        with products(precision):
            w = smash.hypernet(peer.p, peer.space, peer.sizes, code)
            statistics = []
            smash.network(peer.p, peer.space, arch, w, calibrating, statistics)
            for part, label in zip(x.split(chunk), labels.split(chunk)):
                F.cross_entropy(smash.network(peer.p, peer.space, arch, w, part, statistics, fixed=True), label)
        return images

    count, spent, processor, done = timed(one, items, seconds, 1)
    return {"architectures": count, "seconds": spent, "processor_seconds": processor, "images_per_second": done / spent,
            "architectures_per_second": count / spent}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("architectures", help="what `smashtop sample` wrote")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="cpu", help="cpu, cuda")
    parser.add_argument("--precision", default="float", choices=["float", "tf32", "bf16"])
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--batch", type=int, help="images a step (default: the preset's)")
    parser.add_argument("--side", type=int, nargs="+", default=[28, 28])
    parser.add_argument("--channels", type=int, default=1)
    parser.add_argument("--classes", type=int, default=10)
    parser.add_argument("--score", action="store_true", help="score the architectures instead")
    parser.add_argument("--images", type=int, default=1000, help="images a score rests on")
    parser.add_argument("--calibration", type=int, default=500, help="images that batch statistics are estimated on")
    options = parser.parse_args()

    torch.set_num_threads(options.threads)
    torch.set_default_device(options.device)
    torch.manual_seed(1)
    with open(options.architectures) as f:
        document = json.load(f)
    preset = document["definition"]
    peer = Peer(preset, options.side, options.channels, options.classes)
    items = [(a, peer.encode(a)) for a in map(smash.arch_from_json, document["architectures"])]
    imported = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if options.score:
        report = score(peer, items, options.images, options.calibration, options.seconds, options.precision)
    else:
        report = train(peer, items, preset["training"], options.batch or preset["training"]["batch"], options.seconds,
                       options.precision)
    report |= {"preset": preset["name"], "threads": options.threads, "device": options.device, "precision": options.precision, "torch": torch.__version__,
               "resident_bytes_at_start": imported * 1024,
               "peak_rss_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}
    print(json.dumps(report))


if __name__ == "__main__":
    main()
