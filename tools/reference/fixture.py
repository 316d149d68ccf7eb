"""What the scripts that make ONNX fixtures share: pictures, a small graph builder, golden outputs, files.

A fixture is a folder as the ONNX model zoo packs its downloads:

    NAME/model.onnx                     and external data files, where that is the point
    NAME/about.txt                      one line: who wrote it, what is special, the range of its input
    NAME/test_data_set_0/input_0.pb     bare TensorProtos with raw_data
    NAME/test_data_set_0/output_0.pb    what ONNX Runtime answers, its graph optimizations turned off
"""

import argparse
import pathlib
import shutil

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "crates/inkdigit-onnx/tests/files"


def digits(n, seed=1):
    """`n` pictures that look like writing: uint8 [n, 28, 28], curved bright strokes on a dark, speckled ground."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:28, 0:28]
    t = np.linspace(0, 1, 25)[:, None]
    pictures = []
    for _ in range(n):
        ink = np.zeros((28, 28))
        for _ in range(rng.integers(2, 4)):
            start, middle, end = rng.uniform(5, 23, (3, 2))
            for cx, cy in (1 - t) ** 2 * start + 2 * t * (1 - t) * middle + t**2 * end:
                ink = np.maximum(ink, np.clip(2.2 - np.hypot(x - cx, y - cy), 0, 1))
        speckles = (rng.random((28, 28)) < 0.03) * rng.integers(1, 60, (28, 28))
        pictures.append(np.maximum(np.rint(255 * ink), speckles))
    return np.array(pictures, np.uint8)


def images(n, shape=(1, 28, 28), scale=1.0, seed=1):
    """`digits` as float32 [n, *shape], each value a pixel from 0 to 255 times `scale`."""
    return (digits(n, seed).astype(np.float32) * np.float32(scale)).reshape(n, *shape)


def batches(shape=(1, 28, 28), scale=1.0):
    """Two data sets, for what depends on the batch: a batch of three pictures, and one of one."""
    return [[images(3, shape, scale)], [images(1, shape, scale, seed=2)]]


class Net:
    """A graph under construction. Nodes are added in order; names are made up unless they are given."""

    def __init__(self, opset, seed=1, ir=None):
        self.opset, self.ir = opset, ir
        self.rng = np.random.default_rng(seed)
        self.nodes, self.inputs, self.outputs, self.initializers = [], [], [], []

    def input(self, name, shape, dtype=TensorProto.FLOAT):
        self.inputs.append(helper.make_tensor_value_info(name, dtype, shape))
        return name

    def output(self, name, shape, dtype=TensorProto.FLOAT):
        self.outputs.append(helper.make_tensor_value_info(name, dtype, shape))

    def const(self, value, name=None, dtype=np.float32):
        """An initializer in raw_data; a list of whole numbers that is a shape or axes wants dtype=np.int64."""
        name = name or f"constant{len(self.initializers)}"
        self.initializers.append(numpy_helper.from_array(np.asarray(value, dtype), name))
        return name

    def ints(self, *values):
        return self.const(values, dtype=np.int64)

    def tensor(self, tensor):
        """An initializer whose TensorProto the caller made."""
        self.initializers.append(tensor)
        return tensor.name

    def values(self, *shape, fan_in=None):
        """Uniform random values within 1 / sqrt(fan_in); fan_in is by default what a convolution's would be."""
        bound = 1 / np.sqrt(fan_in or np.prod(shape[1:]) or 1)
        return self.rng.uniform(-bound, bound, shape).astype(np.float32)

    def weight(self, *shape, fan_in=None):
        return self.const(self.values(*shape, fan_in=fan_in))

    def op(self, kind, *inputs, name=None, domain="", **attributes):
        """Adds a node and gives its output's name. `name` may be a list where there are several outputs."""
        outputs = name if isinstance(name, list) else [name or f"{kind.lower()}{len(self.nodes)}"]
        self.nodes.append(
            helper.make_node(kind, inputs, outputs, f"node{len(self.nodes)}", domain=domain, **attributes)
        )
        return outputs[0] if len(outputs) == 1 else outputs

    def model(self, **settings):
        graph = helper.make_graph(self.nodes, "net", self.inputs, self.outputs, self.initializers)
        opsets = [helper.make_opsetid("", self.opset)] + settings.pop("opsets", [])
        # From IR 4 on an initializer need not be an input too.
        ir = self.ir or max(4, helper.find_min_ir_version_for(opsets[:1], ignore_unknown=True))
        return helper.make_model(graph, opset_imports=opsets, ir_version=ir, producer_name="by hand", **settings)


def run(model, arrays, optimised=False):
    """ONNX Runtime's outputs. `model`: a ModelProto, or a path where it has external data. The inputs go by order."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    if not optimised:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    source = model.SerializeToString() if isinstance(model, onnx.ModelProto) else str(model)
    session = onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
    return session.run(None, {i.name: a for i, a in zip(session.get_inputs(), arrays)})


def run_singly(model, arrays, optimised=False):
    """As `run`, for a file whose batch is fixed to one: image by image, the outputs stacked."""
    answers = [run(model, [a[i : i + 1] for a in arrays], optimised) for i in range(len(arrays[0]))]
    return [np.concatenate(parts) for parts in zip(*answers)]


def save_data(folder, name, model, data_sets, engine=run):
    """Writes test_data_set_*: `data_sets` is a list of lists of inputs; `model` answers them through `engine`."""
    path = model if not isinstance(model, onnx.ModelProto) else None
    graph = (onnx.load(path, load_external_data=False) if path else model).graph
    given = {i.name for i in graph.initializer}
    inputs = [i.name for i in graph.input if i.name not in given]
    outputs = [o.name for o in graph.output]
    for number, arrays in enumerate(data_sets):
        target = folder / name / f"test_data_set_{number}"
        target.mkdir(parents=True)
        answers = engine(model, arrays)
        for kind, names, tensors in [("input", inputs, arrays), ("output", outputs, answers)]:
            for i, (label, tensor) in enumerate(zip(names, tensors)):
                (target / f"{kind}_{i}.pb").write_bytes(numpy_helper.from_array(tensor, label).SerializeToString())


def save(folder, name, model, data_sets, about, golden=None, engine=run):
    """Writes the fixture. `golden` answers in the model's place where ONNX Runtime refuses the model itself."""
    shutil.rmtree(folder / name, ignore_errors=True)
    (folder / name).mkdir(parents=True)
    (folder / name / "model.onnx").write_bytes(model.SerializeToString(deterministic=True))
    (folder / name / "about.txt").write_text(about + "\n")
    save_data(folder, name, golden or model, data_sets, engine)


def register(fixtures, usual_data, data=None):
    """Puts a function that makes a model into `fixtures`, under its name and with its data sets. It returns the
    model, or the model and a twin of the same meaning that ONNX Runtime accepts."""

    def add(function):
        fixtures[function.__name__] = (function, data or usual_data)
        return function

    return add


def save_all(folder, wanted, fixtures, writer):
    """Saves what was registered, each under `writer`_`name` and with its function's docstring as about.txt."""
    for name, (make, data_sets) in fixtures.items():
        if wanted(f"{writer}_{name}"):
            made = make()
            model, golden = made if isinstance(made, tuple) else (made, None)
            opset = max((o.version for o in model.opset_import if not o.domain), default=1)
            about = f"written with onnx.helper {onnx.__version__}, opset {opset}: {make.__doc__}"
            if "input 0..255" not in about:
                about += "; input 0..1"
            save(folder, f"{writer}_{name}", model, data_sets, about, golden)


def arguments(description):
    """The command line all of these scripts have. Gives `(folder, wanted)`; `wanted(name)` says what to make."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--out", type=pathlib.Path, default=FOLDER, help="folder of the fixtures")
    parser.add_argument("names", nargs="*", help="make only these")
    options = parser.parse_args()
    return options.out, lambda name: not options.names or name in options.names
