"""Checks ONNX files against the specification and against ONNX Runtime.

usage: check_export.py MODEL.onnx...

For each file: onnx.checker with full checks, strict shape inference, and each test_data_set_* beside it run by
ONNX Runtime, the largest difference given relative to the largest value of the output. A batch larger than the
file's fixed one is run image by image. The exit status is 1 where anything fails.
"""

import argparse
import pathlib
import sys

import numpy as np
import onnx
from onnx import numpy_helper

import fixture

TOLERANCE = 1e-5


def attempt(check):
    """What `check` answers, or "ok", or the first line of its complaint."""
    try:
        return check() or "ok"
    except Exception as error:  # of onnx and ONNX Runtime, which share no base class
        return f"failed: {str(error).strip().splitlines()[0][:90]}"


def tensors(folder, kind):
    count = len(list(folder.glob(f"{kind}_*.pb")))
    return [numpy_helper.to_array(onnx.load_tensor(folder / f"{kind}_{i}.pb")) for i in range(count)]


def compare(path, folder):
    inputs, expected = tensors(folder, "input"), tensors(folder, "output")
    graph = onnx.load(path, load_external_data=False).graph
    given = {t.name for t in graph.initializer}
    shape = next(i for i in graph.input if i.name not in given).type.tensor_type.shape
    fixed_to_one = len(shape.dim) > 2 and shape.dim[0].dim_value == 1 and len(inputs[0]) > 1
    answers = (fixture.run_singly if fixed_to_one else fixture.run)(path, inputs)
    if [a.shape for a in answers] != [e.shape for e in expected]:
        return f"failed: shapes {[a.shape for a in answers]}, expected {[e.shape for e in expected]}"
    worst = max(
        np.max(np.abs(a.astype(np.float64) - e)) / max(np.max(np.abs(e.astype(np.float64))), 1e-30)
        for a, e in zip(answers, expected, strict=True)
    )
    return f"{worst:.1e}" if worst <= TOLERANCE else f"failed: {worst:.1e}"


def check(path):
    """The file's line of the table."""
    model = onnx.load(path, load_external_data=False)
    opset = max((o.version for o in model.opset_import if not o.domain), default=1)
    folders = sorted(path.parent.glob("test_data_set_*"))
    findings = {
        "checker": attempt(lambda: onnx.checker.check_model(str(path), full_check=True)),
        "shapes": attempt(lambda: onnx.shape_inference.infer_shapes(onnx.load(path), strict_mode=True) and None),
    }
    findings |= {f.name.removeprefix("test_data_"): attempt(lambda f=f: compare(path, f)) for f in folders}
    return opset, findings


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="+", type=pathlib.Path, metavar="MODEL.onnx")
    failed = False
    for path in parser.parse_args().models:
        opset, findings = check(path)
        print(
            f"{path.parent.name + '/' + path.name:48} opset {opset:2}  ",
            "  ".join(f"{k} {v}" for k, v in findings.items()),
        )
        failed |= any(v.startswith("failed") for v in findings.values())
    sys.exit(failed)


if __name__ == "__main__":
    main()
