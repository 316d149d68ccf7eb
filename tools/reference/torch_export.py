"""What PyTorch's two exporters and the simplifiers write.

usage: torch_export.py [--out DIR] [NAME...]

`script` is the exporter by TorchScript (dynamo=False), `dynamo` the one by torch.export. Weights are random
with a fixed seed. The exporters' notes of source lines (doc strings, metadata of nodes) are taken out: they
name folders of the machine that ran them.
"""

import io
import logging
import warnings

import onnx
import onnxoptimizer
import onnxsim
import onnxslim
import torch
from torch import nn
from torch.nn import functional as F

import fixture

UNIT = 1 / 255
PICTURES = (1, 28, 28)
FIXTURES = {}


class LeNet(nn.Module):
    """Tanh, average pooling, and `view` with the batch taken from the input."""

    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 3, 5), nn.Conv2d(3, 4, 5)
        self.fc1, self.fc2 = nn.Linear(64, 16), nn.Linear(16, 10)

    def forward(self, x):
        x = F.avg_pool2d(torch.tanh(self.conv1(x)), 2)
        x = F.avg_pool2d(torch.tanh(self.conv2(x)), 2)
        x = x.view(x.size(0), -1)
        return self.fc2(torch.tanh(self.fc1(x)))


class Residual(nn.Module):
    """BatchNorm, a shortcut, adaptive average pooling, LogSoftmax."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(1, 6, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(6), nn.ReLU())
        self.body = nn.Sequential(
            nn.Conv2d(6, 6, 3, padding=1, bias=False), nn.BatchNorm2d(6), nn.ReLU(),
            nn.Conv2d(6, 6, 3, padding=1, bias=False), nn.BatchNorm2d(6),
        )  # fmt: skip
        self.pool, self.head = nn.AdaptiveAvgPool2d(1), nn.Linear(6, 10)

    def forward(self, x):
        x = self.stem(x)
        x = F.relu(self.body(x) + x)
        return F.log_softmax(self.head(torch.flatten(self.pool(x), 1)), dim=1)


class Rows(nn.Module):
    """Input [N, 28, 28], flatten, two dense layers."""

    def __init__(self):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(784, 3), nn.Linear(3, 10)

    def forward(self, x):
        return self.fc2(F.relu(self.fc1(torch.flatten(x, start_dim=1))))


class Normalising(nn.Module):
    """(x / 255 - 0.1307) / 0.3081 inside, and the channel added inside: input [N, 28, 28] of 0..255."""

    def __init__(self):
        super().__init__()
        self.conv, self.fc = nn.Conv2d(1, 2, 4, stride=4), nn.Linear(98, 10)

    def forward(self, x):
        x = (x.unsqueeze(1) / 255 - 0.1307) / 0.3081
        return self.fc(F.relu(self.conv(x)).flatten(1))


class Pools(nn.Module):
    """Pooling with padding counted and not, with ceil_mode; asymmetric F.pad before a strided convolution."""

    def __init__(self):
        super().__init__()
        self.conv, self.fc = nn.Conv2d(1, 3, 3, stride=2), nn.Linear(48, 10)

    def forward(self, x):
        x = self.conv(F.pad(x, (0, 1, 0, 1)))
        x = F.avg_pool2d(x, 3, 1, padding=1, count_include_pad=True)
        x = F.avg_pool2d(x, 3, 2, padding=1, count_include_pad=False)
        x = F.max_pool2d(x, 3, 2, ceil_mode=True)
        return self.fc(F.avg_pool2d(F.pad(x, (1, 1, 1, 1), value=0.5), 2, 1, ceil_mode=True).reshape(-1, 48))


class Groups(nn.Module):
    """Depthwise, pointwise, dilated and grouped convolutions; ReLU6."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, 4, 3, stride=2), nn.ReLU6(),
            nn.Conv2d(4, 4, 3, groups=4, padding=1, bias=False), nn.Conv2d(4, 8, 1), nn.ReLU6(),
            nn.Conv2d(8, 8, 3, groups=2, dilation=2, stride=2), nn.ReLU(),
            nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(8, 10),
        )  # fmt: skip

    def forward(self, x):
        return self.layers(x * 20)


class Units(nn.Module):
    """The activations by name, and Dropout."""

    def __init__(self, rate=0.3):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, 4, 4, stride=4), nn.LeakyReLU(0.1),
            nn.Conv2d(4, 4, 3), nn.ELU(), nn.Dropout2d(rate),
            nn.Conv2d(4, 4, 3), nn.GELU(), nn.Flatten(), nn.Dropout(rate),
            nn.Linear(36, 12), nn.SiLU(), nn.Linear(12, 12), nn.Hardtanh(-0.5, 0.5),
            nn.Linear(12, 10), nn.Softmax(dim=-1),
        )  # fmt: skip

    def forward(self, x):
        return self.layers(x)


class WithDropout(nn.Module):
    """BatchNorm and Dropout. Exported in training mode, so that their nodes stay, the rate is 0 and BatchNorm in
    inference mode: a runtime that obeys training_mode gives what one gives that does not."""

    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(1, 2, 4, stride=4), nn.BatchNorm2d(2)
        self.fc, self.dropout = nn.Linear(98, 10), nn.Dropout(0.0)

    def forward(self, x):
        x = F.relu(self.norm(self.conv(x))).flatten(1)
        return self.fc(self.dropout(x))


def build(network, *arguments):
    """A network with weights from a fixed seed and BatchNorm statistics that aren't trivial, in inference mode."""
    torch.manual_seed(3)
    model = network(*arguments)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            for values, low, high in [
                (module.weight, 0.5, 1.5), (module.bias, -0.5, 0.5),
                (module.running_mean, -0.5, 0.5), (module.running_var, 0.2, 1.0),
            ]:  # fmt: skip
                nn.init.uniform_(values, low, high)
    return model.eval()


def training(model):
    model.train()
    model.norm.eval()
    return model


def script(model, opset, shape=PICTURES, dynamic=True, **settings):
    buffer = io.BytesIO()
    names = dict(input_names=["input"], output_names=["output"])
    if dynamic:
        names["dynamic_axes"] = {"input": {0: "batch"}, "output": {0: "batch"}}
    example = torch.zeros(2 if dynamic else 1, *shape, dtype=next(model.parameters()).dtype)
    torch.onnx.export(model, (example,), buffer, opset_version=opset, dynamo=False, **names, **settings)
    return clean(onnx.load_from_string(buffer.getvalue()))


def dynamo(model, opset, shape=PICTURES, dynamic=True, **settings):
    example = torch.zeros(2 if dynamic else 1, *shape, dtype=next(model.parameters()).dtype)
    shapes = dict(dynamic_shapes=({0: torch.export.Dim("batch")},)) if dynamic else {}
    program = torch.onnx.export(
        model, (example,), opset_version=opset, dynamo=True, verbose=False, **shapes, **settings
    )
    return clean(program.model_proto)


def clean(model):
    """Takes out where on the exporting machine each node came from."""
    for part in [model.graph, *model.functions]:
        values = [] if isinstance(part, onnx.FunctionProto) else [*part.input, *part.output]
        for item in [part, *part.node, *part.value_info, *values]:
            item.ClearField("doc_string")
            item.ClearField("metadata_props")
    return model


def register(name, about, make, data=None):
    FIXTURES[name] = (about, make, data or [[fixture.images(2, scale=UNIT)]])


BOTH = fixture.batches(scale=UNIT)
SQUARES = [[fixture.images(2, (28, 28), UNIT)]]
ONE = [[fixture.images(1, scale=UNIT)]]


def register_all():
    for opset in (9, 13, 17):
        register(
            f"torch_script_lenet_{opset}",
            "LeNet with tanh, view(size(0), -1), symbolic batch: the chain of Shape, Gather and Concat",
            lambda opset=opset: script(build(LeNet), opset),
            BOTH if opset == 13 else None,
        )
    register(
        "torch_script_lenet_unfolded",
        "LeNet exported without constant folding",
        lambda: script(build(LeNet), 13, do_constant_folding=False),
    )
    register(
        "torch_script_lenet_fixed",
        "LeNet with the batch fixed to one",
        lambda: script(build(LeNet), 13, dynamic=False),
        ONE,
    )
    register("torch_dynamo_lenet", "LeNet with tanh and view, symbolic batch", lambda: dynamo(build(LeNet), 18), BOTH)
    register(
        "torch_dynamo_lenet_fixed",
        "LeNet with the batch fixed to one, in the opset the exporter takes by default",
        lambda: dynamo(build(LeNet), None, dynamic=False),
        ONE,
    )
    register(
        "torch_script_residual",
        "BatchNorm folded by the exporter, shortcut, adaptive pooling, LogSoftmax",
        lambda: script(build(Residual), 13),
    )
    register(
        "torch_script_residual_preserved",
        "TrainingMode.PRESERVE, which keeps BatchNormalization",
        lambda: script(build(Residual), 13, training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False),
    )
    register(
        "torch_dynamo_residual",
        "BatchNorm, shortcut, adaptive pooling (ReduceMean), LogSoftmax",
        lambda: dynamo(build(Residual), 18),
    )
    register(
        "torch_dynamo_residual_unoptimised",
        "BatchNorm and shortcut as they are before the exporter's own optimizer",
        lambda: dynamo(build(Residual), 18, optimize=False),
    )
    register(
        "torch_script_rows",
        "two dense layers on [N, 28, 28] after flatten",
        lambda: script(build(Rows), 13, (28, 28)),
        SQUARES,
    )
    register(
        "torch_dynamo_rows",
        "two dense layers on [N, 28, 28] after flatten",
        lambda: dynamo(build(Rows), 18, (28, 28)),
        SQUARES,
    )
    raw = [[fixture.images(2, (28, 28))]]
    register(
        "torch_script_normalising",
        "(x / 255 - 0.1307) / 0.3081 inside; input 0..255",
        lambda: script(build(Normalising), 11, (28, 28)),
        raw,
    )
    register(
        "torch_dynamo_normalising",
        "(x / 255 - 0.1307) / 0.3081 inside; input 0..255",
        lambda: dynamo(build(Normalising), 18, (28, 28)),
        raw,
    )
    register(
        "torch_script_pools_9",
        "count_include_pad, ceil_mode, F.pad on one side alone",
        lambda: script(build(Pools), 9),
    )
    register(
        "torch_script_pools_13",
        "count_include_pad, ceil_mode, F.pad: pads by a chain of operators",
        lambda: script(build(Pools), 13),
    )
    register(
        "torch_script_pools_unfolded",
        "the pools exported without constant folding",
        lambda: script(build(Pools), 13, do_constant_folding=False),
    )
    register("torch_dynamo_pools", "count_include_pad, ceil_mode, F.pad", lambda: dynamo(build(Pools), 18))
    register(
        "torch_script_groups",
        "depthwise, grouped and dilated convolutions, ReLU6, adaptive max pooling",
        lambda: script(build(Groups), 13),
    )
    register(
        "torch_dynamo_groups",
        "depthwise, grouped and dilated convolutions, ReLU6, adaptive max pooling",
        lambda: dynamo(build(Groups), 18),
    )
    register(
        "torch_script_units",
        "LeakyReLU, ELU, GELU by Erf, SiLU, Hardtanh, Dropout gone, Softmax",
        lambda: script(build(Units), 13),
    )
    register(
        "torch_dynamo_units",
        "LeakyReLU, ELU, Gelu as an operator, SiLU, Hardtanh, Softmax",
        lambda: dynamo(build(Units), 20),
    )
    register(
        "torch_script_training",
        "exported in training mode but for BatchNorm: Dropout stays, with training_mode true and a rate of 0",
        lambda: script(training(build(WithDropout)), 13, training=torch.onnx.TrainingMode.PRESERVE),
    )
    half = [[fixture.images(2, scale=UNIT).astype("float16")]]
    register(
        "torch_script_half",
        "everything in float16: input, weights, output",
        lambda: script(build(LeNet).half(), 13),
        half,
    )
    register(
        "torch_simplified_onnxsim",
        f"torch_script_pools_unfolded after onnxsim {onnxsim.__version__}",
        lambda: onnxsim.simplify(script(build(Pools), 13, do_constant_folding=False))[0],
    )
    register(
        "torch_simplified_onnxslim",
        f"torch_script_lenet_unfolded after onnxslim {onnxslim.__version__}",
        lambda: onnxslim.slim(script(build(LeNet), 13, do_constant_folding=False)),
    )
    passes = [
        "fuse_bn_into_conv",
        "eliminate_identity",
        "fuse_consecutive_transposes",
        "fuse_pad_into_conv",
        "eliminate_unused_initializer",
    ]
    register(
        "torch_simplified_onnxoptimizer",
        f"torch_script_residual_preserved after onnxoptimizer {onnxoptimizer.__version__}",
        lambda: onnxoptimizer.optimize(
            script(build(Residual), 13, training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False), passes
        ),
    )


def save_with_external_data(folder, name):
    """The weights in one file beside the model, those of a kilobyte and more: save_as_external_data."""
    model = dynamo(build(LeNet), 18)
    about = "the weights of 1024 bytes and more in weights.bin, saved with save_as_external_data"
    fixture.save(folder, name, model, BOTH, describe(name, model, about))
    # onnx.save moves the weights out of `model` itself, so it comes last.
    target = folder / name / "model.onnx"
    onnx.save(model, target, save_as_external_data=True, location="weights.bin", size_threshold=1024)


def describe(name, model, about):
    opset = next(o.version for o in model.opset_import if not o.domain)
    exporter = "torch.export" if "dynamo" in name else "TorchScript"
    ending = "" if "input 0..255" in about else "; input 0..1"
    return f"written by PyTorch {torch.__version__} by way of {exporter}, opset {opset}: {about}{ending}"


def main():
    folder, wanted = fixture.arguments(__doc__.splitlines()[0])
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    register_all()
    for name, (about, make, data) in FIXTURES.items():
        if wanted(name):
            model = make()
            fixture.save(folder, name, model, data, describe(name, model, about))
    if wanted("torch_dynamo_external"):
        save_with_external_data(folder, "torch_dynamo_external")


if __name__ == "__main__":
    main()
