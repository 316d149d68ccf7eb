"""What ONNX Runtime's quantize_static makes of a small network, in the forms the zoo and others publish.

usage: quantised.py [--out DIR] [NAME...]

QOperator: QLinearConv, QLinearMatMul and, of ONNX Runtime's own domain, QLinearAdd. QDQ: the float operators
between QuantizeLinear and DequantizeLinear. The network is trained for a moment, on digits of seven segments,
so that its values lie as a trained network's do.
"""

import io
import logging
import pathlib
import tempfile
import warnings

import numpy as np
import onnx
import onnxruntime
import torch
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from torch import nn
from torch.nn import functional as F

import fixture

# Corners of the seven segments as (row, column), and which segments each digit lights.
CORNERS = {"a": (0, 0, 0, 1), "b": (0, 1, 1, 1), "c": (1, 1, 2, 1), "d": (2, 0, 2, 1), "e": (1, 0, 2, 0),
           "f": (0, 0, 1, 0), "g": (1, 0, 1, 1)}  # fmt: skip
SEGMENTS = ["abcdef", "bc", "abdeg", "abcdg", "bcfg", "acdfg", "acdefg", "abc", "abcdefg", "abcdfg"]


def seven_segments(n, seed):
    """Pictures [n, 1, 28, 28] from 0 to 1 and labels [n]: digits shifted, scaled and slanted at random."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:28, 0:28]
    labels = rng.integers(0, 10, n)
    pictures = np.zeros((n, 1, 28, 28), np.float32)
    for picture, label in zip(pictures[:, 0], labels, strict=True):
        top, left, size, slant = rng.uniform(4, 8), rng.uniform(7, 11), rng.uniform(7, 9), rng.uniform(-2, 2)
        for segment in SEGMENTS[label]:
            y0, x0, y1, x1 = CORNERS[segment]
            for t in np.linspace(0, 1, 20):
                y, x = y0 + t * (y1 - y0), x0 + t * (x1 - x0)
                distance = np.hypot(rows - top - size * y, columns - left - 1.1 * size * x - slant * (1 - y))
                np.maximum(picture, np.clip(2.2 - distance, 0, 1), out=picture)
    return pictures, labels


class Network(nn.Module):
    """A convolution, a residual one, pooling, and a dense layer as MatMul and Add, or as Gemm."""

    def __init__(self, gemm):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 5, 5, stride=2)
        self.conv2 = nn.Conv2d(5, 5, 3, padding=1)
        self.dense = nn.Linear(80, 10)
        self.gemm = gemm

    def forward(self, x):
        x = F.relu(self.conv1(x))
        x = F.max_pool2d(F.relu(self.conv2(x) + x), 3)
        x = x.flatten(1)
        return self.dense(x) if self.gemm else torch.matmul(x, self.dense.weight.T) + self.dense.bias


def trained(gemm):
    torch.manual_seed(11)
    torch.set_num_threads(1)
    model = Network(gemm)
    pictures, labels = (torch.from_numpy(a) for a in seven_segments(1500, seed=11))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for start in range(0, len(labels), 50):
        optimizer.zero_grad()
        batch = slice(start, start + 50)
        F.cross_entropy(model(pictures[batch]), labels[batch]).backward()
        optimizer.step()
    return model.eval()


def exported(model):
    buffer = io.BytesIO()
    torch.onnx.export(
        model, (torch.zeros(2, 1, 28, 28),), buffer, opset_version=13, dynamo=False,
        input_names=["input"], output_names=["output"],
        dynamic_axes={"input": {0: "batch"}, "output": {0: "batch"}},
    )  # fmt: skip
    float_model = onnx.load_from_string(buffer.getvalue())
    for node in float_model.graph.node:
        node.ClearField("doc_string")
    return float_model


class Calibration(CalibrationDataReader):
    def __init__(self):
        pictures = np.concatenate([seven_segments(64, seed=12)[0], fixture.images(32, scale=1 / 255, seed=12)])
        self.batches = iter([{"input": pictures}])

    def get_next(self):
        return next(self.batches, None)


def quantised(float_model, form, activations, weights, per_channel):
    with tempfile.TemporaryDirectory() as path:
        source, target = pathlib.Path(path, "float.onnx"), pathlib.Path(path, "quantised.onnx")
        onnx.save(float_model, source)
        quantize_static(
            source, target, Calibration(), quant_format=form, per_channel=per_channel,
            activation_type=activations, weight_type=weights,
        )  # fmt: skip
        return onnx.load(target)


def main():
    folder, wanted = fixture.arguments(__doc__.splitlines()[0])
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    unsigned, signed = QuantType.QUInt8, QuantType.QInt8
    operators, pairs = QuantFormat.QOperator, QuantFormat.QDQ
    forms = {
        "quant_qoperator_uint8": (operators, unsigned, unsigned, False, False),
        "quant_qoperator_int8": (operators, signed, signed, False, False),
        "quant_qoperator_per_channel": (operators, unsigned, signed, True, False),
        "quant_qoperator_gemm": (operators, unsigned, signed, False, True),
        "quant_qdq_uint8": (pairs, unsigned, unsigned, False, False),
        "quant_qdq_int8": (pairs, signed, signed, False, True),
        "quant_qdq_per_channel": (pairs, signed, signed, True, True),
    }
    networks = {gemm: exported(trained(gemm)) for gemm in (False, True)}
    # Seven-segment digits, which the network knows, and strokes, which it doesn't.
    data = [[np.concatenate([seven_segments(1, seed=13)[0], fixture.images(1, scale=1 / 255)])]]
    for name, (form, activations, weights, per_channel, gemm) in forms.items():
        if wanted(name):
            model = quantised(networks[gemm], form, activations, weights, per_channel)
            about = (
                f"written by ONNX Runtime {onnxruntime.__version__}'s quantize_static, {form.name}, opset 13, "
                f"activations {activations.name}, weights {weights.name}{' per channel' if per_channel else ''}, "
                f"the dense layer as {'Gemm' if gemm else 'MatMul and Add'}; input 0..1"
            )
            fixture.save(folder, name, model, data, about)


if __name__ == "__main__":
    main()
