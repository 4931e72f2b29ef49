"""For each module DIR/NAME.py: whether its state has just the names of DIR/NAME.safetensors, and its own check. Prints NAME and the difference."""
import glob
import importlib.util
import sys

import torch


def module_at(path):
    spec = importlib.util.spec_from_file_location("exported", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main(folder):
    torch.set_num_threads(1)
    for path in sorted(glob.glob(folder + "/*.py")):
        module = module_at(path)
        weights = path[:-3] + ".safetensors"
        stored = {name for name in module.read_safetensors(weights) if not name.startswith("example.")}
        state = {name for name in module.Network().state_dict() if not name.endswith(".num_batches_tracked")}
        assert stored == state, stored ^ state
        assert not module.load(weights).training
        print(path[len(folder) + 1:-3], module.check(weights), flush=True)


main(sys.argv[1])
