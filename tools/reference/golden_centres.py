"""Makes the golden values of the loss of a detector by centres, with PyTorch's autograd in float64.

usage: golden_centres.py [--out FILE] [--check]     (FILE: crates/inkdigit-nn/tests/golden/centres.json)

The formulas are those of CornerNet and CenterNet, written here a second time; their slopes are PyTorch's. Nothing
random is stored: both sides compute the inputs with u(p, i) of golden_torch.py,

    maps     6 u(1000, i) - 3                          i counting through [PLACES, CLASSES + 4]
    heat     0.95 u(1001, i)                           i counting through [PLACES, CLASSES]
    counted  0 where u(1002, i) < 0.2, else 1          i counting through [PLACES]
    boxes    of place b = 5, 17, 18, 40: heat 1 for class (b mod CLASSES), counted 1, and the four numbers
             2 u(1003, 4 b + j) - 1

each rounded to float32 once. The file has the sizes, the weights of sizes and offsets, the three parts of the loss,
and the gradient of their sum, [PLACES, CLASSES + 4].
"""
import argparse
import json
import pathlib
import sys

import numpy as np
import torch

PLACES, CLASSES = 48, 5
BOXES = [5, 17, 18, 40]
SIZE_WEIGHT, OFFSET_WEIGHT = 0.5, 0.25
MASK = (1 << 64) - 1


def splitmix64(s):
    z = (s + 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ z >> 30) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ z >> 27) * 0x94D049BB133111EB) & MASK
    return z ^ z >> 31


def u(p, count):
    return np.array([(splitmix64((p << 32) + i) >> 40) / (1 << 24) for i in range(count)])


def exact(x, *shape):
    return torch.tensor(x.astype(np.float32).astype(np.float64).reshape(shape))


def golden():
    maps = exact(6 * u(1000, PLACES * (CLASSES + 4)) - 3, PLACES, CLASSES + 4).requires_grad_()
    heat = exact(0.95 * u(1001, PLACES * CLASSES), PLACES, CLASSES)
    counted = exact((u(1002, PLACES) >= 0.2).astype(float), PLACES)
    numbers = exact(2 * u(1003, 4 * PLACES) - 1, PLACES, 4)
    for b in BOXES:
        heat[b, b % CLASSES] = 1.0
        counted[b] = 1.0
    logits = maps[:, :CLASSES]
    p = torch.sigmoid(logits)
    log_p, log_q = torch.nn.functional.logsigmoid(logits), torch.nn.functional.logsigmoid(-logits)
    found = -((1 - p) ** 2) * log_p
    nothing = -((1 - heat) ** 4) * p**2 * log_q
    each = torch.where(heat == 1.0, found, nothing) * counted[:, None]
    distance = (maps[BOXES, CLASSES:] - numbers[BOXES]).abs()
    parts = {
        "heat": each.sum() / len(BOXES),
        "size": SIZE_WEIGHT * distance[:, :2].sum() / len(BOXES),
        "offset": OFFSET_WEIGHT * distance[:, 2:].sum() / len(BOXES),
    }
    sum(parts.values()).backward()
    return {
        "places": PLACES,
        "classes": CLASSES,
        "boxes": BOXES,
        "size_weight": SIZE_WEIGHT,
        "offset_weight": OFFSET_WEIGHT,
        **{name: float(np.float32(part.item())) for name, part in parts.items()},
        "gradient": [[float(np.float32(x)) for x in row] for row in maps.grad.tolist()],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    default = pathlib.Path(__file__).parents[2] / "crates/inkdigit-nn/tests/golden/centres.json"
    parser.add_argument("--out", type=pathlib.Path, default=default)
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    made = golden()
    if not args.check:
        head = {name: value for name, value in made.items() if name != "gradient"}
        rows = ",\n".join("  " + json.dumps(row) for row in made["gradient"])
        lines = ",\n".join(f" {json.dumps(name)}: {json.dumps(value)}" for name, value in head.items())
        args.out.write_text("{\n" + lines + ',\n "gradient": [\n' + rows + "\n ]\n}\n")
    elif not np.allclose(json.loads(args.out.read_text())["gradient"], made["gradient"], rtol=1e-6, atol=1e-9):
        sys.exit(f"{args.out} disagrees")


if __name__ == "__main__":
    main()
