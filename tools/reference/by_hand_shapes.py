"""Small networks whose point is how shapes change: reshapes, transposes, and chains that compute a shape.

usage: by_hand_shapes.py [--out DIR] [NAME...]

As in by_hand.py each registered function makes the model of the fixture hand_<function>.
"""

import functools

import numpy as np
import onnx
from onnx import TensorProto

import fixture
from by_hand import THREE_AND_ONE, TWO, UNIT, begin, dense, end, rows, small

FIXTURES = {}
register = functools.partial(fixture.register, FIXTURES, TWO)


@register(data=fixture.batches((28, 28, 1), UNIT))
def transposes():
    """Input [N, 28, 28, 1]; operations between two Transposes, bias added channels-last, flattened as [H, W, C]"""
    net, x = begin(13, (28, 28, 1))

    def channels_first(x):
        return net.op("Transpose", x, perm=[0, 3, 1, 2])

    def channels_last(x):
        return net.op("Transpose", x, perm=[0, 2, 3, 1])

    x = channels_last(net.op("Conv", channels_first(x), net.weight(4, 1, 3, 3), strides=[2, 2]))
    x = net.op("Relu", net.op("Add", x, net.weight(4)))
    x = channels_last(net.op("MaxPool", channels_first(x), kernel_shape=[3, 3], strides=[3, 3]))
    x = net.op("Mul", x, net.weight(1, 1, 1, 4))
    x = net.op("Reshape", x, net.ints(-1, 64))
    net.output(net.op("MatMul", x, net.weight(64, 10, fan_in=64), name="logits"), ["N", 10])
    return net.model()


def squeezing(opset):
    net, x = begin(opset, (28, 28))

    def axes(kind, x, *values):
        return net.op(kind, x, axes=values) if opset < 13 else net.op(kind, x, net.ints(*values))

    x = net.op("Conv", axes("Unsqueeze", x, 1), net.weight(5, 1, 5, 5), net.weight(5), strides=[3, 3])
    x = net.op("GlobalAveragePool", net.op("Relu", x))
    x = axes("Squeeze", axes("Squeeze", x, -1), 2) if opset >= 11 else axes("Squeeze", x, 2, 3)
    return dense(net, x, 5)


SQUARE = fixture.batches((28, 28), UNIT)


@register(data=[[fixture.images(2, (28, 28), UNIT)]])
def squeeze_opset9():
    """Input [N, 28, 28]; Unsqueeze and Squeeze with axes as attribute"""
    return squeezing(9)


@register(data=[[fixture.images(2, (28, 28), UNIT)]])
def squeeze_opset11():
    """Input [N, 28, 28]; Unsqueeze and Squeeze with axes as attribute, one of them negative"""
    return squeezing(11)


@register(data=SQUARE)
def squeeze_opset13():
    """Input [N, 28, 28]; Unsqueeze and Squeeze with axes as input, one of them negative"""
    return squeezing(13)


@register(data=[[fixture.images(2, (784,), UNIT)]])
def reshapes():
    """Input [N, 784]; Reshape with 0 (keep) and -1 (infer), with allowzero set, to more and to fewer dimensions"""
    net, x = begin(14, (784,))
    x = net.op("Reshape", x, net.ints(0, 1, 28, -1))
    x = net.op("Conv", x, net.weight(2, 1, 4, 4), strides=[4, 4])
    x = net.op("Relu", net.op("Reshape", x, net.ints(0, 0, -1)))
    x = net.op("Reshape", x, net.ints(-1, 2, 7, 7), allowzero=1)
    return dense(net, net.op("Reshape", x, net.ints(0, -1)), 98)


@register(data=THREE_AND_ONE)
def flattens():
    """Flatten with axis 2 on [N, 1, 7, 7], axis -1 on [N, 5], axis 1 and axis -3 on [N, 5, 1, 1]"""
    net, x = begin(13)
    x = net.op("Flatten", small(net, x), axis=2)
    x = net.op("Relu", net.op("Gemm", x, net.weight(49, 5)))
    x = net.op("Reshape", net.op("Flatten", x, axis=-1), net.ints(-1, 5, 1, 1))
    x = net.op("Flatten", net.op("Conv", x, net.weight(5, 5, 1, 1)), axis=1)
    x = net.op("Flatten", net.op("Reshape", x, net.ints(-1, 5, 1, 1)), axis=-3)
    return dense(net, x, 5)


@register(data=[[fixture.digits(3)[:, None]], [fixture.digits(1, 2)[:, None]]])
def cast_uint8():
    """Input uint8 [N, 1, 28, 28], Cast to float and divided by 255 inside; input 0..255"""
    net, x = begin(13, dtype=TensorProto.UINT8)
    x = net.op("Div", net.op("Cast", x, to=TensorProto.FLOAT), net.const(255.0))
    return dense(net, rows(net, x))


@register(data=THREE_AND_ONE)
def shape_chain():
    """The batch read from the shape: Shape, Gather, Unsqueeze, Concat, Reshape"""
    net, x = begin(13)
    x = small(net, x)
    batch = net.op("Gather", net.op("Shape", x), net.const(0, dtype=np.int64), axis=0)
    shape = net.op("Concat", net.op("Unsqueeze", batch, net.ints(0)), net.ints(-1), axis=0)
    return dense(net, net.op("Reshape", x, shape))


@register(data=THREE_AND_ONE)
def shape_slices():
    """Shape with start and end (opset 15), Slice of a shape, ReduceProd and Mul of its parts, around a Reshape"""
    net, x = begin(15)
    x = small(net, x)
    batch = net.op("Shape", x, start=0, end=1)
    rest = net.op("Slice", net.op("Shape", x), net.ints(1), net.ints(9223372036854775807), net.ints(0))
    count = net.op("ReduceProd", rest, axes=[0], keepdims=1)
    shape = net.op("Concat", batch, net.op("Mul", count, net.ints(1)), axis=0)
    return dense(net, net.op("Reshape", x, shape))


@register(data=THREE_AND_ONE)
def shape_expand():
    """A bias spread over the batch: ConstantOfShape, Equal, Where, Expand"""
    net, x = begin(13)
    x = small(net, x)
    batch = net.op("Slice", net.op("Shape", x), net.ints(0), net.ints(1))
    wanted = net.op("Concat", batch, net.ints(-1, -1, -1), axis=0)
    value = onnx.helper.make_tensor("one", TensorProto.INT64, [1], [1])
    ones = net.op("ConstantOfShape", net.ints(4), value=value)
    shape = net.op("Where", net.op("Equal", wanted, net.ints(-1, -1, -1, -1)), ones, wanted)
    x = net.op("Add", x, net.op("Expand", net.weight(1, 1, 7, 7), shape))
    return end(net, x, 49)


@register()
def sliced():
    """Slice and two Splits of the data itself: a border cut off, the columns halved; an engine may refuse it"""
    net, x = begin(13)
    x = net.op("Slice", x, net.ints(2, 2), net.ints(-2, 26), net.ints(2, 3), net.ints(1, 1))
    left, right = net.op("Split", x, net.ints(12, 12), name=["left", "right"], axis=3)
    x = net.op("AveragePool", net.op("Sub", left, right), kernel_shape=[4, 4], strides=[4, 4])
    return end(net, x, 18)


def main():
    folder, wanted = fixture.arguments(__doc__.splitlines()[0])
    fixture.save_all(folder, wanted, FIXTURES, "hand")


if __name__ == "__main__":
    main()
