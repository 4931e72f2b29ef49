"""Runs DIR/N.onnx on the stored examples, for each line of DIR/list: N, shape of the input. Prints N and the largest difference to the stored
logits, of an example's in units of its largest. Batches of all, of one, of seven."""
import sys

import numpy
import onnxruntime

try:
    import onnx
except ImportError:
    onnx = None


def check(path):
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
    assert inferred.graph.value_info == model.graph.value_info, "shapes that are not those of the nodes"


def worst(session, x, expected):
    y, = session.run(["logits"], {"input": x})
    assert y.shape == expected.shape, (y.shape, expected.shape)
    return (abs(y - expected).max(axis=1) / abs(expected).max(axis=1)).max()


def main(folder):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    for line in open(folder + "/list"):
        name, *shape = line.split()
        path = folder + "/" + name
        if onnx:
            check(path + ".onnx")
        x = numpy.fromfile(path + ".input", "<f4").reshape([int(n) for n in shape])
        expected = numpy.fromfile(path + ".output", "<f4").reshape(len(x), -1)
        seven = numpy.arange(7) % len(x)
        session = onnxruntime.InferenceSession(path + ".onnx", options, providers=["CPUExecutionProvider"])
        print(name, max(worst(session, x, expected), worst(session, x[:1], expected[:1]), worst(session, x[seven], expected[seven])), flush=True)


main(sys.argv[1])
