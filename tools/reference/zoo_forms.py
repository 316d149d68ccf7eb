"""The ONNX zoo's MNIST network (two convolutions, one dense layer) as its files of several opsets write it.

usage: zoo_forms.py [--out DIR] [NAME...]
       zoo_forms.py --from mnist-7.onnx OUT.onnx      the opset 1 form of the zoo's own file, whose binary is gone

Structure and names are the original's, channels and weights are our own. What each form is like:

    opset 1       weights are `Constant` nodes, there is no opset_import, attributes carry no type, `Add` has
                  `broadcast` and `axis`, `Reshape` its shape as an attribute; an older sibling divides by 255
                  first and repeats `consumed_inputs` on its activations
    opset 7, 8    IR 3, every initializer is a graph input too, weights in float_data, shapes in int64_data,
                  the batch fixed to one although nothing but a `Reshape` to [1, features] needs it
    opset 12      the same, and once more with a symbolic batch, weights in raw_data, no repeated inputs
"""

import sys

import numpy as np
import onnx
from onnx import helper

import fixture

CHANNELS = (4, 5)


def typed_tensor(name, values):
    """A tensor in float_data or int64_data, as CNTK writes it."""
    values = np.asarray(values)
    kind = onnx.TensorProto.INT64 if values.dtype == np.int64 else onnx.TensorProto.FLOAT
    return helper.make_tensor(name, kind, values.shape, values.ravel().tolist())


def network(opset, divide=False, symbolic=False):
    """The network of opset 7 and later."""
    first, second = CHANNELS
    features = second * 4 * 4
    batch = "N" if symbolic else 1
    net = fixture.Net(opset, seed=7, ir=7 if symbolic else 3)
    conv = dict(kernel_shape=[5, 5], strides=[1, 1], auto_pad="SAME_UPPER", group=1, dilations=[1, 1])

    def parameter(name, values):
        return net.const(values, name, values.dtype) if symbolic else net.tensor(typed_tensor(name, values))

    x = net.input("Input3", [batch, 1, 28, 28])
    rows = -1 if symbolic else 1
    kernel = parameter("Parameter193", net.values(second, 4, 4, 10, fan_in=features))
    shape = parameter("Parameter193_reshape1_shape", np.array([features, 10]))
    kernel = net.op("Reshape", kernel, shape, name="Parameter193_reshape1")
    if divide:
        x = net.op("Div", x, parameter("Constant339", np.array([255], np.float32)), name="Times340_Output_0")
    x = net.op("Conv", x, parameter("Parameter5", net.values(first, 1, 5, 5)), name="Convolution28_Output_0", **conv)
    x = net.op("Add", x, parameter("Parameter6", net.values(first, 1, 1)), name="Plus30_Output_0")
    x = net.op("Relu", x, name="ReLU32_Output_0")
    pool = dict(pads=[0, 0, 0, 0], auto_pad="NOTSET")
    x = net.op("MaxPool", x, name="Pooling66_Output_0", kernel_shape=[2, 2], strides=[2, 2], **pool)
    weight = parameter("Parameter87", net.values(second, first, 5, 5))
    x = net.op("Conv", x, weight, name="Convolution110_Output_0", **conv)
    x = net.op("Add", x, parameter("Parameter88", net.values(second, 1, 1)), name="Plus112_Output_0")
    x = net.op("Relu", x, name="ReLU114_Output_0")
    x = net.op("MaxPool", x, name="Pooling160_Output_0", kernel_shape=[3, 3], strides=[3, 3], **pool)
    shape = parameter("Pooling160_Output_0_reshape0_shape", np.array([rows, features]))
    x = net.op("Reshape", x, shape, name="Pooling160_Output_0_reshape0")
    x = net.op("MatMul", x, kernel, name="Times212_Output_0")
    x = net.op("Add", x, parameter("Parameter194", net.values(1, 10)), name="Plus214_Output_0")
    net.output(x, [batch, 10])
    model = net.model(domain="ai.cntk", model_version=1)
    if not symbolic:
        model.graph.input.extend(
            helper.make_tensor_value_info(t.name, t.data_type, t.dims) for t in model.graph.initializer
        )
    return model


def opset_1(model, consumed_inputs=False):
    """The same network as it was written before ONNX 1.0: `model` is one of `network`'s, or the zoo's own."""
    constants = {t.name: t for t in model.graph.initializer}
    shapes = {n.input[1] for n in model.graph.node if n.op_type == "Reshape"}
    nodes = [
        helper.make_node("Constant", [], [name], name, value=tensor)
        for name, tensor in constants.items()
        if name not in shapes
    ]
    for node in model.graph.node:
        node = onnx.NodeProto.FromString(node.SerializeToString())
        if node.op_type == "Reshape":
            shape = list(constants[node.input[1]].int64_data)
            node.attribute.append(helper.make_attribute("shape", shape))
            del node.input[1]
        elif node.op_type in ("Add", "Div"):
            # One value goes everywhere; [C, 1, 1] belongs to axes 1 to 3 of [N, C, H, W], [1, 10] to all axes.
            node.attribute.append(helper.make_attribute("broadcast", 1))
            rank = len(constants[node.input[1]].dims)
            if node.op_type == "Add":
                node.attribute.append(helper.make_attribute("axis", 1 if rank == 3 else 0))
        elif node.op_type == "Relu" and consumed_inputs:
            node.attribute.append(helper.make_attribute("consumed_inputs", [0]))
        nodes.append(node)
    for node in nodes:
        for attribute in node.attribute:
            attribute.ClearField("type")
    inputs = [i for i in model.graph.input if i.name not in constants]
    graph = helper.make_graph(nodes, "CNTKGraph", inputs, model.graph.output)
    old = onnx.ModelProto(ir_version=1, producer_name="CNTK", producer_version="2.4", graph=graph)
    return old


def main():
    if sys.argv[1:2] == ["--from"]:
        source, target = sys.argv[2:]
        onnx.save(opset_1(onnx.load(source)), target)
        return
    folder, wanted = fixture.arguments(__doc__.splitlines()[0])
    sets = [[fixture.images(1, seed=2)], [fixture.images(3)]]
    fixed = "; the batch is fixed to one: test_data_set_1 has three pictures, answered one by one; input 0..255"
    plain, dividing = network(8), network(8, divide=True)
    forms = {
        "zoo_opset1": (opset_1(plain), plain, "written by hand as CNTK 2.4 did for opset 1: Constant nodes, no "
                       "opset_import, attributes without type, Add with broadcast and axis, Reshape by attribute; "
                       "golden values from its opset 8 form" + fixed),
        "zoo_opset1_div255": (opset_1(dividing, consumed_inputs=True), dividing, "zoo_opset1's older sibling: "
                              "divides by 255 first, Relu carries consumed_inputs" + fixed),
    }  # fmt: skip
    for opset in (7, 8, 12):
        about = f"written by hand as CNTK 2.5.1 did, opset {opset}, IR 3, initializers repeated as inputs, float_data"
        forms[f"zoo_opset{opset}"] = (network(opset), None, about + fixed)
    for name, (model, golden, about) in forms.items():
        if wanted(name):
            fixture.save(folder, name, model, sets, about, golden, engine=fixture.run_singly)
    if wanted("zoo_opset12_symbolic"):
        about = "zoo_opset12 with a symbolic batch: Reshape to [-1, 80], raw_data, IR 7; input 0..255"
        fixture.save(folder, "zoo_opset12_symbolic", network(12, symbolic=True), fixture.batches(), about)


if __name__ == "__main__":
    main()
