"""Small networks written node by node: what exporters seldom write but files have.

usage: by_hand.py [--out DIR] [NAME...]

Each registered function makes the model of the fixture hand_<function>, whose about.txt is its docstring. Most
networks average 4x4 pixels first, so that the dense layer has 49 inputs and the file few bytes. Shapes are in
by_hand_shapes.py; types of constants, functions and metadata, which are about the file, in by_hand_files.py.
"""

import functools

import numpy as np
import onnx
from onnx import TensorProto

import fixture

FIXTURES = {}
UNIT = 1 / 255
TWO = [[fixture.images(2, scale=UNIT)]]
THREE_AND_ONE = fixture.batches(scale=UNIT)


register = functools.partial(fixture.register, FIXTURES, TWO)


def begin(opset, shape=(1, 28, 28), dtype=TensorProto.FLOAT, **settings):
    net = fixture.Net(opset, **settings)
    return net, net.input("input", ["N", *shape], dtype)


def small(net, x):
    """[N, 1, 28, 28] -> [N, 1, 7, 7]"""
    return net.op("AveragePool", x, kernel_shape=[4, 4], strides=[4, 4])


def rows(net, x):
    """[N, 1, 28, 28] -> [N, 49]"""
    return net.op("Flatten", small(net, x))


def dense(net, x, features=49, name="logits"):
    """[N, features] -> the output [N, 10]"""
    weight, bias = net.weight(features, 10, fan_in=features), net.weight(10, fan_in=features)
    net.output(net.op("Gemm", x, weight, bias, name=name), ["N", 10])
    return net.model()


def end(net, x, features):
    """A feature map [N, C, H, W] -> the output"""
    return dense(net, net.op("Flatten", x), features)


@register()
def gemm_flags():
    """Gemm with transB, alpha, beta and biases of shapes [12], [1, 11] and []; the last without a bias"""
    net, x = begin(13)
    x = rows(net, x)
    x = net.op("Relu", net.op("Gemm", x, net.weight(12, 49), net.weight(12), transB=1, alpha=0.5, beta=2.0))
    x = net.op("Relu", net.op("Gemm", x, net.weight(12, 11), net.weight(1, 11), transB=0, beta=0.25))
    x = net.op("Relu", net.op("Gemm", x, net.weight(11, 11), net.const(0.125), alpha=1.5))
    net.output(net.op("Gemm", x, net.weight(10, 11), transB=1, name="logits"), ["N", 10])
    return net.model()


@register()
def gemm_constant():
    """Gemm of constants alone, with transA and transB, whose result is another's weight"""
    net, x = begin(13)
    weight = net.op("Gemm", net.weight(6, 49), net.weight(10, 6), transA=1, transB=1, alpha=2.0)
    net.output(net.op("Gemm", rows(net, x), weight, net.weight(10), name="logits"), ["N", 10])
    return net.model()


@register()
def gemm_transposed_data():
    """The pictures as columns: Transpose, then Gemm with transA; and Gemm with the data on the right"""
    net, x = begin(13)
    x = net.op("Transpose", rows(net, x), perm=[1, 0])
    x = net.op("Relu", net.op("Gemm", x, net.weight(49, 12), net.weight(12), transA=1))
    x = net.op("Gemm", net.weight(10, 12), x, net.weight(10, 1), transB=1)
    net.output(net.op("Transpose", x, name="logits"), ["N", 10])
    return net.model()


@register()
def matmul_add():
    """MatMul and Add, the constant on the left side of Add, biases of shapes [12] and [1, 10]"""
    net, x = begin(13)
    x = net.op("MatMul", rows(net, x), net.weight(49, 12))
    x = net.op("Tanh", net.op("Add", net.weight(12), x))
    x = net.op("MatMul", x, net.weight(12, 10))
    net.output(net.op("Add", x, net.weight(1, 10), name="logits"), ["N", 10])
    return net.model()


@register()
def arithmetic():
    """Arithmetic with constants on either side: scalars, of a channel ([4, 1, 1], [1, 4, 1, 1]), of an element"""
    net, x = begin(13)
    mean_picture = net.const(net.rng.uniform(0, 0.3, (1, 7, 7)))
    x = net.op("Sub", small(net, x), mean_picture)
    x = net.op("Sub", net.const(1.0), net.op("Div", x, net.const([0.5])))
    x = net.op("Conv", x, net.weight(4, 1, 3, 3), kernel_shape=[3, 3])
    x = net.op("Mul", net.weight(4, 1, 1), x)
    x = net.op("Add", x, net.weight(1, 4, 1, 1))
    x = net.op("Relu", net.op("Mul", x, net.const(3.0)))
    x = net.op("Div", x, net.const(net.rng.uniform(0.5, 2, (4, 1, 1))))
    x = net.op("Add", net.const(0.5), net.op("Sub", x, net.weight(4, 5, 5)))
    return end(net, x, 100)


@register(data=fixture.batches())
def normalised():
    """(x / 255 - 0.1307) / 0.3081 at the start; input 0..255"""
    net, x = begin(13)
    x = net.op("Sub", net.op("Div", x, net.const(255.0)), net.const(0.1307))
    return dense(net, rows(net, net.op("Div", x, net.const(0.3081))))


@register(data=[[fixture.images(2)]])
def inverted():
    """Ink dark on white: 1 - x / 255 inside, by Neg and Add; input 0..255"""
    net, x = begin(13)
    x = net.op("Add", net.op("Neg", net.op("Mul", x, net.const(UNIT))), net.const(1.0))
    return dense(net, rows(net, x))


def padding(opset, mode="constant"):
    net, x = begin(opset)
    pads = [0, 0, 1, 2, 0, 0, 3, 0]
    x = small(net, x)
    if opset < 11:
        x = net.op("Pad", x, mode=mode, pads=pads, value=0.25)
    elif opset < 18:
        x = net.op("Pad", x, net.ints(*pads), net.const(0.25), mode=mode)
    else:
        x = net.op("Pad", x, net.ints(1, 2, 3, 0), net.const(0.25), net.ints(2, -1), mode=mode)
    x = net.op("Conv", x, net.weight(2, 1, 3, 3), kernel_shape=[3, 3], strides=[2, 1])
    return end(net, net.op("Relu", x), 2 * 5 * 7)


@register()
def pad_opset7():
    """Pad by attributes, with the value 0.25, different on each side"""
    return padding(7)


@register()
def pad_opset11():
    """Pad with pads and value as inputs"""
    return padding(11)


@register()
def pad_opset18():
    """Pad with axes as input, one of them negative"""
    return padding(18)


@register()
def pad_reflect():
    """Pad that mirrors the border: an engine may refuse it, and must not take it for zeros"""
    return padding(13, "reflect")


@register()
def pad_edge():
    """Pad that repeats the border: an engine may refuse it, and must not take it for zeros"""
    return padding(13, "edge")


@register()
def pad_negative():
    """Pad with negative numbers, which crops"""
    net, x = begin(13)
    x = net.op("Pad", x, net.ints(0, 0, -2, -1, 0, 0, -2, -3))
    x = net.op("AveragePool", x, kernel_shape=[4, 4], strides=[4, 4])
    return end(net, x, 36)


def clipping(opset):
    net, x = begin(opset)
    x = net.op("Conv", x, net.const(net.values(2, 1, 4, 4) * 20), strides=[4, 4])
    if opset < 11:
        x = net.op("Clip", net.op("Clip", x, min=-1.0, max=6.0), max=4.0)
    else:
        x = net.op("Clip", net.op("Clip", x, net.const(-1.0), net.const(6.0)), "", net.const(4.0))
    return end(net, x, 98)


@register()
def clip_opset9():
    """Clip by attributes, with both bounds and with max alone"""
    return clipping(9)


@register()
def clip_opset13():
    """Clip with bounds as inputs, and with an empty name in min's place"""
    return clipping(13)


def argmax(keepdims, only):
    net, x = begin(13)
    dense(net, rows(net, x))
    digit = net.op("ArgMax", "logits", name="digit", axis=1 if keepdims else -1, keepdims=keepdims)
    if only:
        net.outputs.clear()
    net.output(digit, ["N", 1] if keepdims else ["N"], TensorProto.INT64)
    return net.model()


@register()
def argmax_second():
    """Two outputs: logits, and the digit as int64 [N] by ArgMax with keepdims 0"""
    return argmax(0, False)


@register()
def argmax_only():
    """One output: the digit as int64 [N, 1] by ArgMax, whose keepdims is 1"""
    return argmax(1, True)


def normalising(opset, kind, axis):
    net, x = begin(opset)
    x = net.op("Conv", small(net, x), net.const(net.values(10, 1, 7, 7) * 8), net.weight(10), name="scores")
    if opset < 13:
        x = net.op("Reshape", x, net.ints(-1, 2, 5))
    settings = {} if axis is None else {"axis": axis}
    x = net.op("Flatten", net.op(kind, x, **settings), name="answer")
    net.output(x, ["N", 10])
    return net.model()


@register()
def softmax_opset11():
    """Softmax on [N, 2, 5] without an axis: before opset 13 over all axes from 1 on together"""
    return normalising(11, "Softmax", None)


@register()
def softmax_opset13():
    """Softmax on [N, 10, 1, 1] with axis 1, one axis alone"""
    return normalising(13, "Softmax", 1)


@register()
def log_softmax_opset13():
    """LogSoftmax on [N, 10, 1, 1] with axis -3"""
    return normalising(13, "LogSoftmax", -3)


@register()
def outputs_probabilities_first():
    """Three outputs: probabilities by Softmax, log-probabilities by LogSoftmax, then the logits, which both read"""
    net, x = begin(13)
    x = net.op("Gemm", rows(net, x), net.const(net.values(49, 10) * 4), net.weight(10), name="logits")
    net.output(net.op("Softmax", x, name="probabilities", axis=-1), ["N", 10])
    net.output(net.op("LogSoftmax", x, name="log_probabilities", axis=1), ["N", 10])
    net.output(x, ["N", 10])
    return net.model()


def dropping(opset):
    net, x = begin(opset)
    x = net.op("Identity", rows(net, x))
    if opset < 12:
        x, _ = net.op("Dropout", x, name=["kept", "mask"], ratio=0.5)
    else:
        x, _ = net.op("Dropout", x, net.const(0.5), net.const(False, dtype=bool), name=["kept", "mask"])
    return dense(net, net.op("Dropout", net.op("Relu", x)))


@register()
def dropout_opset7():
    """Dropout with two outputs, of which nobody reads the mask, and one without a ratio; Identity"""
    return dropping(7)


@register()
def dropout_opset12():
    """Dropout with the ratio and training_mode (false) as inputs and two outputs; Identity"""
    return dropping(12)


@register()
def sums():
    """Sum of three feature maps, of one, and Add of a map to itself"""
    net, x = begin(13)
    x = small(net, x)
    same = dict(kernel_shape=[3, 3], pads=[1, 1, 1, 1])
    branches = [net.op("Conv", x, net.weight(2, 1, 3, 3), **same) for _ in range(3)]
    x = net.op("Relu", net.op("Sum", *branches))
    return end(net, net.op("Sum", net.op("Add", x, x)), 98)


@register()
def concatenated():
    """Two branches joined by Concat along the channels"""
    net, x = begin(13)
    x = small(net, x)
    left = net.op("Conv", x, net.weight(2, 1, 3, 3), pads=[1, 1, 1, 1])
    right = net.op("Relu", net.op("Conv", x, net.weight(1, 1, 1, 1), net.weight(1)))
    return end(net, net.op("Concat", left, right, axis=-3), 147)


def averaging(opset):
    net, x = begin(opset)
    x = net.op("Relu", net.op("Conv", x, net.weight(6, 1, 5, 5), strides=[2, 2]))
    if opset < 18:
        x = net.op("ReduceMean", net.op("ReduceMean", x, axes=[2], keepdims=1), axes=[-1, -2], keepdims=0)
    else:
        x = net.op("ReduceMean", x, net.ints(2, 3), keepdims=0)
    return dense(net, x, 6)


@register()
def reduce_mean_opset13():
    """ReduceMean over rows and columns, axes as attribute, with keepdims 1 and 0"""
    return averaging(13)


@register()
def reduce_mean_opset18():
    """ReduceMean over rows and columns, axes as input, keepdims 0"""
    return averaging(18)


@register()
def pool_same():
    """MaxPool with SAME_LOWER, AveragePool with SAME_UPPER (the padding not counted) and, by hand, counted"""
    net, x = begin(13)
    x = net.op("MaxPool", x, kernel_shape=[2, 2], strides=[3, 3], auto_pad="SAME_LOWER")
    x = net.op("AveragePool", x, kernel_shape=[3, 3], strides=[2, 2], auto_pad="SAME_UPPER")
    x = net.op("AveragePool", x, kernel_shape=[2, 2], pads=[1, 0, 0, 1], count_include_pad=1)
    return end(net, x, 25)


@register()
def pool_valid():
    """MaxPool with VALID and strides that leave pixels over, and AveragePool with strides 1 by default"""
    net, x = begin(13)
    x = net.op("MaxPool", x, kernel_shape=[3, 3], strides=[4, 4], auto_pad="VALID")
    return end(net, net.op("AveragePool", x, kernel_shape=[2, 3], auto_pad="VALID"), 30)


@register()
def pool_ceil():
    """MaxPool with ceil_mode, and AveragePool with ceil_mode and pads, the padding not counted"""
    net, x = begin(19)
    x = net.op("MaxPool", x, kernel_shape=[3, 3], strides=[3, 3], ceil_mode=1)
    x = net.op("AveragePool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], ceil_mode=1)
    return end(net, x, 36)


@register()
def pool_dilated():
    """MaxPool with dilations: an engine may refuse it"""
    net, x = begin(13)
    return end(net, net.op("MaxPool", x, kernel_shape=[2, 2], strides=[4, 4], dilations=[2, 2]), 49)


@register()
def pool_global():
    """GlobalMaxPool beside GlobalAveragePool, joined by Add"""
    net, x = begin(13)
    x = net.op("Conv", x, net.weight(8, 1, 5, 5), strides=[3, 3])
    x = net.op("Add", net.op("GlobalMaxPool", x), net.op("GlobalAveragePool", x))
    return end(net, x, 8)


@register()
def conv_auto_pad():
    """Conv with SAME_UPPER and SAME_LOWER where stride 2 makes the sides unequal, VALID, and no kernel_shape given"""
    net, x = begin(13)
    x = net.op("Relu", net.op("Conv", x, net.weight(3, 1, 4, 4), auto_pad="SAME_UPPER", strides=[2, 2]))
    x = net.op("Relu", net.op("Conv", x, net.weight(4, 3, 3, 3), auto_pad="SAME_LOWER", strides=[2, 2]))
    return end(net, net.op("Conv", x, net.weight(4, 4, 2, 2), auto_pad="VALID"), 144)


@register()
def conv_pads():
    """Conv with four different pads beside auto_pad NOTSET, oblong kernel and strides, dilations, and groups"""
    net, x = begin(13)
    pads = dict(pads=[1, 0, 2, 3], auto_pad="NOTSET")
    x = net.op("Relu", net.op("Conv", x, net.weight(4, 1, 3, 5), strides=[3, 2], **pads))
    x = net.op("Relu", net.op("Conv", x, net.weight(4, 2, 2, 3), net.weight(4), group=2, dilations=[2, 1]))
    return end(net, net.op("MaxPool", x, kernel_shape=[2, 3], strides=[2, 3]), 4 * 4 * 4)


@register()
def conv_only():
    """Convolutions to the end: the output is [N, 10, 1, 1]"""
    net, x = begin(13)
    x = net.op("Relu", net.op("Conv", x, net.weight(4, 1, 7, 7), strides=[7, 7]))
    net.output(net.op("Conv", x, net.weight(10, 4, 4, 4), net.weight(10), name="logits"), ["N", 10, 1, 1])
    return net.model()


def batch_norm(opset, **settings):
    net, x = begin(opset)

    def normalise(x, channels):
        scale, variance = net.rng.uniform(0.5, 2, (2, channels))
        rest = net.const(scale), net.weight(channels), net.weight(channels), net.const(variance)
        return net.op("BatchNormalization", x, *rest, **settings)

    x = net.op("Conv", normalise(x, 1), net.weight(2, 1, 4, 4), strides=[4, 4])
    x = net.op("Flatten", net.op("Relu", normalise(x, 2)))
    x = net.op("Gemm", x, net.weight(98, 8, fan_in=98), net.weight(8))
    return dense(net, net.op("Relu", normalise(x, 8)), 8)


@register()
def batch_norm_opset7():
    """BatchNormalization before and after a convolution and after a dense layer, with spatial and momentum set"""
    return batch_norm(7, spatial=1, momentum=0.9, epsilon=0.001)


@register()
def batch_norm_opset9():
    """BatchNormalization with epsilon left to its default, 1e-5"""
    return batch_norm(9)


@register()
def batch_norm_opset15():
    """BatchNormalization with training_mode 0"""
    return batch_norm(15, training_mode=0, epsilon=0.01)


def activation(kind, *, opset=13, **settings):
    net, x = begin(opset)
    x = net.op("Conv", x, net.const(net.values(2, 1, 4, 4) * 10), strides=[4, 4])
    return end(net, net.op(kind, x, **settings), 98)


@register()
def activation_sigmoid():
    """Sigmoid"""
    return activation("Sigmoid")


@register()
def activation_leaky_relu():
    """LeakyRelu with alpha 0.2"""
    return activation("LeakyRelu", alpha=0.2)


@register()
def activation_elu():
    """Elu with alpha left to its default, 1"""
    return activation("Elu")


@register()
def activation_gelu_tanh():
    """Gelu with approximate tanh, an operator since opset 20"""
    return activation("Gelu", opset=20, approximate="tanh")


@register()
def activation_hard_swish():
    """HardSwish: an engine may refuse it"""
    return activation("HardSwish", opset=14)


@register()
def activation_prelu():
    """PRelu with a slope for each channel"""
    net, x = begin(13)
    x = net.op("Conv", x, net.const(net.values(2, 1, 4, 4) * 10), strides=[4, 4])
    return end(net, net.op("PRelu", x, net.const([[[0.25]], [[-0.5]]])), 98)


def enlarged(opset, kind, inputs, features=18, **attributes):
    """A convolution, then maps made larger; `inputs(net)` is what the operator reads besides."""
    net, x = begin(opset)
    x = small(net, net.op("Conv", x, net.weight(2, 1, 3, 3), pads=[1, 1, 1, 1]))
    x = net.op(kind, x, *inputs(net), **attributes)
    return end(net, small(net, x), features)


def scales(net):
    return [net.const([1, 1, 2, 2])]


@register()
def upsample_opset7():
    """Upsample with its scales as an attribute"""
    return enlarged(7, "Upsample", lambda net: [], mode="nearest", scales=[1.0, 1.0, 2.0, 2.0])


@register()
def upsample_opset9():
    """Upsample with its scales as an input"""
    return enlarged(9, "Upsample", scales, mode="nearest")


@register()
def resize_opset10():
    """Resize of opset 10, which knows one way to the nearest pixel"""
    return enlarged(10, "Resize", scales, mode="nearest")


@register()
def resize_opset11():
    """Resize with an empty roi, as PyTorch writes it: asymmetric coordinates, floor"""
    return enlarged(11, "Resize", lambda net: [net.const(np.zeros(0)), *scales(net)], mode="nearest",
                    coordinate_transformation_mode="asymmetric", nearest_mode="floor", cubic_coeff_a=-0.75)


@register()
def resize_half_pixel():
    """Resize by the defaults: coordinates of half pixels, rounded"""
    return enlarged(13, "Resize", lambda net: ["", *scales(net)])


@register()
def resize_axes():
    """Resize of two axes alone, by three"""
    return enlarged(18, "Resize", lambda net: ["", net.const([3, 3])], 50, axes=[2, 3],
                    coordinate_transformation_mode="asymmetric", nearest_mode="floor")


@register(THREE_AND_ONE)
def resize_sizes():
    """Resize to sizes worked out from the shape"""
    net, x = begin(13)
    x = small(net, net.op("Conv", x, net.weight(2, 1, 3, 3), pads=[1, 1, 1, 1]))
    batch = net.op("Slice", net.op("Shape", x), net.ints(0), net.ints(2))
    sizes = net.op("Concat", batch, net.ints(14, 14), axis=0)
    x = net.op("Resize", x, "", "", sizes, coordinate_transformation_mode="asymmetric", nearest_mode="floor")
    return end(net, small(net, x), 18)


@register()
def resize_ceil():
    """Resize that takes the next pixel instead of the nearest: an engine may refuse it"""
    return enlarged(13, "Resize", lambda net: ["", *scales(net)], coordinate_transformation_mode="asymmetric",
                    nearest_mode="ceil")


@register()
def resize_linear():
    """Resize by interpolation: an engine may refuse it"""
    return enlarged(13, "Resize", lambda net: ["", *scales(net)], mode="linear")


@register()
def resize_uneven():
    """Resize by two down and three across: an engine may refuse it"""
    return enlarged(13, "Resize", lambda net: ["", net.const([1, 1, 2, 3])], 30, nearest_mode="floor",
                    coordinate_transformation_mode="asymmetric")


@register()
def silu():
    """SiLU as exporters write it: a value times its own sigmoid, in either order"""
    net, x = begin(13)
    x = small(net, net.op("Conv", x, net.const(net.values(2, 1, 3, 3) * 10), pads=[1, 1, 1, 1]))
    x = net.op("Mul", x, net.op("Sigmoid", x))
    return end(net, net.op("Mul", net.op("Sigmoid", x), x), 98)


@register()
def swish_opset24():
    """Swish, an operator since opset 24; once with another alpha than 1"""
    return swish(24), swish(13)


def swish(opset):
    net, x = begin(opset)
    x = small(net, net.op("Conv", x, net.const(net.values(2, 1, 3, 3) * 10), pads=[1, 1, 1, 1]))
    if opset >= 24:
        return end(net, net.op("Swish", net.op("Swish", x), alpha=1.5), 98)
    x = net.op("Mul", x, net.op("Sigmoid", x))
    return end(net, net.op("Mul", x, net.op("Sigmoid", net.op("Mul", x, net.const(1.5)))), 98)


@register()
def newest_opset():
    """The newest opset that onnx.defs knows, with the operators of every MNIST network"""
    return common_operators(onnx.defs.onnx_opset_version()), common_operators(21)


def common_operators(opset):
    net, x = begin(opset)
    x = net.op("Relu", net.op("Conv", x, net.weight(4, 1, 3, 3), net.weight(4), pads=[1, 1, 1, 1]))
    x = net.op("MaxPool", x, kernel_shape=[4, 4], strides=[4, 4])
    x = net.op("Clip", x, net.const(0.0), net.const(6.0))
    return end(net, net.op("AveragePool", x, kernel_shape=[2, 2], strides=[2, 2]), 36)


def main():
    folder, wanted = fixture.arguments(__doc__.splitlines()[0])
    fixture.save_all(folder, wanted, FIXTURES, "hand")


if __name__ == "__main__":
    main()
