/* onnx.h -- a network with its weights as an ONNX model (onnx.ai), which ONNX Runtime runs, Netron shows and other frameworks read. */
#ifndef EXPORT_ONNX_H
#define EXPORT_ONNX_H

#include "src/export/network.h"
#include "src/export/protobuf.h"

/*
 * One graph from "input", [batch, channels, (depth,) height, width] of normalised images, to "logits", [batch, classes]; any batch. Nodes and
 * tensors have the names of the network's modules ("block1.op2.conv1"), a bank's values those of the op that wrote it ("block1.op2.bank3").
 * What the network is stands in the model's metadata. 0, or -1 with err_last(): it is too large for such a file, out of memory. `to` is empty before;
 * protobuf_release is right in both cases.
 */
int onnx_model(struct protobuf *to, const struct exported *);

#endif
