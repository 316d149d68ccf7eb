"""Small networks that are special as files: where constants stand and of what type, functions, metadata, inputs.

usage: by_hand_files.py [--out DIR] [NAME...]

As in by_hand.py each registered function makes the model of the fixture hand_<function>.
"""

import functools

import ml_dtypes
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

import fixture
from by_hand import TWO, UNIT, begin, dense, rows, small

FIXTURES = {}
register = functools.partial(fixture.register, FIXTURES, TWO)


@register()
def constant_values():
    """Constant nodes with value_float, value_floats, value_int, value_ints and value"""
    net, x = begin(13)
    scale = net.op("Constant", value_float=0.5)
    offsets = net.op("Constant", value_floats=[0.25])
    mean = net.op("Mul", scale, offsets)
    x = net.op("Sub", small(net, x), mean)
    one = net.op("Constant", value_int=-1)
    count = net.op("Constant", value_ints=[49])
    shape = net.op("Concat", net.op("Unsqueeze", one, net.op("Constant", value_ints=[0])), count, axis=0)
    x = net.op("Reshape", x, shape)
    weight = net.op("Constant", value=numpy_helper.from_array(net.values(49, 10, fan_in=49)))
    net.output(net.op("MatMul", x, weight, name="logits"), ["N", 10])
    return net.model()


def typed(name, kind, values):
    """A tensor of any type in its typed field; `values` are numbers, which float16 and bfloat16 store as bits."""
    return helper.make_tensor(name, kind, values.shape, values.ravel().tolist())


def weight_types(in_raw_data):
    """Seven dense weights, each cast to float, their products with the pictures added up."""
    net, x = begin(13)
    x = rows(net, x)
    whole = np.rint(net.values(49, 10, fan_in=49) * 500)
    kinds = {
        "double": (TensorProto.DOUBLE, np.float64),
        "float16": (TensorProto.FLOAT16, np.float16),
        "bfloat16": (TensorProto.BFLOAT16, ml_dtypes.bfloat16),
        "int8": (TensorProto.INT8, np.int8),
        "uint8": (TensorProto.UINT8, np.uint8),
        "int32": (TensorProto.INT32, np.int32),
        "int64": (TensorProto.INT64, np.int64),
    }
    products = []
    for i, (name, (kind, dtype)) in enumerate(kinds.items()):
        floating = i < 3
        values = net.values(49, 10, fan_in=49) if floating else np.abs(whole) if name == "uint8" else whole
        values = values.astype(dtype)
        if in_raw_data:
            tensor = helper.make_tensor(name, kind, values.shape, values.tobytes(), raw=True)
        else:
            tensor = typed(name, kind, values)
        weight = net.op("Cast", net.tensor(tensor), to=TensorProto.FLOAT)
        if not floating:
            weight = net.op("Mul", weight, net.const(0.002))
        products.append(net.op("MatMul", x, weight))
    net.output(net.op("Sum", *products, name="logits"), ["N", 10])
    return net.model()


@register()
def types_typed_fields():
    """Weights as double, float16, bfloat16, int8, uint8, int32 and int64 in typed fields, cast to float"""
    return weight_types(in_raw_data=False)


@register()
def types_raw_data():
    """Weights as double, float16, bfloat16, int8, uint8, int32 and int64 in raw_data, cast to float"""
    return weight_types(in_raw_data=True)


@register(data=[[fixture.images(2, scale=UNIT).astype(np.float64)]])
def double_network():
    """Everything in double: input, weights, output"""
    net, x = begin(13, dtype=TensorProto.DOUBLE)
    x = net.op("Flatten", net.op("MaxPool", x, kernel_shape=[4, 4], strides=[4, 4]))
    weight = net.const(net.values(49, 10, fan_in=49), dtype=np.float64)
    x = net.op("Gemm", x, weight, net.const(net.values(10), dtype=np.float64), name="logits")
    net.output(x, ["N", 10], TensorProto.DOUBLE)
    return net.model()


def mostly_zero(sparse):
    net, x = begin(13)
    weight = net.values(49, 10, fan_in=49).ravel()
    places = np.arange(0, 490, 7)
    kept = np.zeros_like(weight)
    kept[places] = weight[places]
    if not sparse:
        net.const(kept.reshape(49, 10), "weight")
    net.output(net.op("MatMul", rows(net, x), "weight", name="logits"), ["N", 10])
    model = net.model()
    if sparse:
        values = numpy_helper.from_array(weight[places], "weight")
        indices = numpy_helper.from_array(places.astype(np.int64), "weight_indices")
        model.graph.sparse_initializer.append(helper.make_sparse_tensor(values, indices, [49, 10]))
    return model


@register()
def sparse_initializer():
    """A weight in sparse_initializer: an engine may refuse it; golden values from its dense form"""
    return mostly_zero(sparse=True), mostly_zero(sparse=False)


@register(data=[[fixture.images(1, scale=UNIT).reshape(28, 28)]])
def no_batch_picture():
    """Input [28, 28] and output [10]: no batch anywhere"""
    net = fixture.Net(13)
    x = net.op("Reshape", net.input("input", [28, 28]), net.ints(1, 1, 28, 28))
    weight, bias = net.weight(49, 10, fan_in=49), net.weight(10)
    x = net.op("Add", net.op("MatMul", rows(net, x), weight), bias)
    net.output(net.op("Squeeze", x, net.ints(0), name="logits"), [10])
    return net.model()


@register(data=[[fixture.images(1, scale=UNIT).reshape(784)]])
def no_batch_row():
    """Input [784] and output [10]: MatMul of a vector"""
    net = fixture.Net(13)
    x = net.op("MatMul", net.input("input", [784]), net.weight(784, 2, fan_in=784))
    x = net.op("Tanh", net.op("Add", x, net.weight(2)))
    net.output(net.op("MatMul", x, net.weight(2, 10, fan_in=2), name="logits"), [10])
    return net.model()


@register(data=[[fixture.digits(64)[:, None]]])
def batch_64():
    """The batch fixed to 64; input uint8 so that the file is small, input 0..255"""
    net = fixture.Net(13)
    x = net.op("Cast", net.input("input", [64, 1, 28, 28], TensorProto.UINT8), to=TensorProto.FLOAT)
    x = net.op("Reshape", small(net, net.op("Mul", x, net.const(UNIT))), net.ints(64, 49))
    x = net.op("Gemm", x, net.weight(49, 10, fan_in=49), net.weight(10), name="logits")
    net.output(x, [64, 10])
    return net.model()


@register()
def function():
    """A function of the file's own (FunctionProto) with an attribute, called twice: an engine may refuse it"""
    body = [
        helper.make_node("Gemm", ["x", "w", "b"], ["sum"]),
        helper.make_node("LeakyRelu", ["sum"], ["y"]),
    ]
    slope = onnx.AttributeProto(name="alpha", ref_attr_name="slope", type=onnx.AttributeProto.FLOAT)
    body[1].attribute.append(slope)
    layer = helper.make_function(
        "house", "Dense", ["x", "w", "b"], ["y"], body, [helper.make_opsetid("", 13)], ["slope"]
    )
    net, x = begin(13, ir=8)
    x = net.op("Dense", rows(net, x), net.weight(49, 12, fan_in=49), net.weight(12), domain="house", slope=0.1)
    x = net.op("Dense", x, net.weight(12, 10, fan_in=12), net.weight(10), domain="house", slope=1.0)
    net.output(x, ["N", 10])
    return net.model(functions=[layer], opsets=[helper.make_opsetid("house", 1)])


@register()
def leftovers():
    """An unused initializer, a node nobody reads, doc strings, a weight behind Identity"""
    net, x = begin(13)
    net.weight(3, 3)
    net.op("Relu", x)
    weight = net.op("Identity", net.weight(49, 10, fan_in=49))
    x = net.op("MatMul", rows(net, x), weight, name="logits")
    net.output(x, ["N", 10])
    model = net.model(doc_string="a network")
    model.graph.doc_string = "of one layer"
    model.graph.node[0].doc_string = "that nobody reads"
    return model


def windows_ml(pixel_range, scale):
    """The input's convention in Windows ML's metadata; `scale` brings it to 0..1 for the weights."""
    net, x = begin(12)
    dense(net, rows(net, net.op("Mul", x, net.const(scale))))
    model = net.model()
    properties = {
        "Image.BitmapPixelFormat": "Gray8",
        "Image.ColorSpaceGamma": "SRGB",
        "Image.NominalPixelRange": pixel_range,
    }
    helper.set_model_props(model, properties)
    shape = model.graph.input[0].type
    shape.denotation = "IMAGE"
    for dim, meaning in zip(shape.tensor_type.shape.dim, ["BATCH", "CHANNEL", "HEIGHT", "WIDTH"]):
        dim.denotation = f"DATA_{meaning}"
    return model


@register(data=[[fixture.images(1)]])
def windows_ml_0_255():
    """Windows ML's metadata: Gray8, NominalRange_0_255; input 0..255"""
    return windows_ml("NominalRange_0_255", UNIT)


@register(data=[[fixture.images(1, scale=UNIT)]])
def windows_ml_0_1():
    """Windows ML's metadata: Gray8, Normalized_0_1"""
    return windows_ml("Normalized_0_1", 1.0)


def before_opset_7(opset):
    """A small convolutional network whose operators of opset 6 say what later ones take for granted."""
    old = opset < 7
    net, x = begin(opset)

    def setting(**attributes):
        return attributes if old else {}

    x = net.op("Conv", x, net.weight(2, 1, 4, 4), strides=[4, 4])
    scale, variance = net.const([0.5, 2.0]), net.const([1.5, 0.75])
    normal = scale, net.weight(2), net.weight(2), variance
    x = net.op("BatchNormalization", x, *normal, epsilon=0.001, **setting(is_test=1, spatial=1))
    x = net.op(
        "Relu", net.op("Mul", x, net.const([2.0, 0.5] if old else [[[2.0]], [[0.5]]]), **setting(broadcast=1, axis=1))
    )
    x = net.op("Dropout", x, ratio=0.25, **setting(is_test=1))
    bias = net.weight(10)
    x = net.op(
        "Gemm", net.op("Flatten", x), net.weight(98, 10, fan_in=98), bias, name="logits", **setting(broadcast=1)
    )
    net.output(x, ["N", 10])
    return net.model()


@register()
def opset6():
    """is_test on BatchNormalization and Dropout, broadcast on Mul and Gemm; golden values from its opset 7 form"""
    return before_opset_7(6), before_opset_7(7)


def main():
    folder, wanted = fixture.arguments(__doc__.splitlines()[0])
    fixture.save_all(folder, wanted, FIXTURES, "hand")


if __name__ == "__main__":
    main()
