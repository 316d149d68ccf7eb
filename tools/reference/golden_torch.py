"""Makes the golden values that inkdigit-nn's tests compare against, with PyTorch in float64.

usage: golden_torch.py [--out DIR] [--check]        (DIR: crates/inkdigit-nn/tests/golden)

`--check` writes nothing and fails where a file in DIR disagrees with what would be written.

Nothing random is stored: both sides compute parameters and inputs by one formula,

    splitmix64(s):  z = s + 0x9e3779b97f4a7c15
                    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9
                    z = (z ^ z >> 27) * 0x94d049bb133111eb
                    z ^ z >> 31                                                   all modulo 2^64
    u(p, i)      =  (splitmix64(p * 2^32 + i) >> 40) / 2^24                       in [0, 1), exact in float32
    image pixels =  u(1000, i),  i counting through [N, 1, 28, 28] row by row
    labels[n]    =  (7 n + 3) mod 10
    parameter p  =  (2 u(p, i) - 1) / sqrt(fan_in)      weights and biases of convolutions and dense layers
                    1 + (2 u(p, i) - 1) / 2             BatchNorm's weight
                    (2 u(p, i) - 1) / 2                 BatchNorm's bias

computed in float64 and rounded to float32 once. p counts 0, 1, 2, ... through the network, weight before
bias; i counts through the parameter in *Inkdigit's* layout: a convolution's weight is the row-major matrix
[kernel_h * kernel_w * in, out] (HWIO; cross-correlation as everywhere), a dense layer's is [in, out].
Flatten reads (channel, row, column). fan_in is kernel_h * kernel_w * in, or in; a bias has its layer's.

One file a network, NAME.json:

    name, batch   the network and N
    layers        what it is, in order, as objects with "op" and its settings:
                    conv2d {in, out, kernel, stride, pad, bias}   max_pool2d, avg_pool2d {kernel, stride}
                    batch_norm2d {channels, eps, momentum}        linear {in, out}
                    relu, tanh, sigmoid, silu, gelu (exact, by erf), flatten, global_avg_pool2d (gives [N, C])
                    upsample2d {factor}, to the nearest pixel
                    dropout {rate}: here the identity, so leave it out or set its rate to 0
                    residual {layers}: x + layers(x)
    logits        [N][10], training mode, before any step
    losses        for each label smoothing: "smoothing", "loss" (mean cross-entropy), "dlogits" [N][10]
                  (gradient of that mean). With smoothing a the target is (1 - a) onehot + a / 10.
    params        for each parameter, in order of p: "name", "shape" (Inkdigit's), "fan_in" (absent for
                  BatchNorm), and of its gradient with smoothing 0, in Inkdigit's layout:
                    sum, norm (L2), signed_sum (each element times +1 where splitmix64(i) is odd, else -1),
                    samples [[i, gradient_i], ...]
    curves        for each optimizer: "optimizer", its settings, and "losses": eleven numbers, the loss on
                  this one batch after 0, 1, ..., 10 steps on it (smoothing 0, training mode)
    after_sgd     only with BatchNorm: after ten steps of the first curve, and ten forward passes,
                  "running": for each BatchNorm {mean_sum, mean_norm, variance_sum, variance_norm}
                  (PyTorch: starts at 0 and 1, keeps 1 - momentum, takes the *unbiased* variance), and
                  "infer_logits" [N][10], the logits in inference mode with those statistics

Optimizers, as PyTorch defines them (weight decay falls on every parameter, biases and BatchNorm too):

    sgd     g = gradient + weight_decay * w;  v = momentum * v + g, at the first step v = g;
            g = g + momentum * v with nesterov, else v;  w = w - lr * g
    adam    betas 0.9, 0.999, eps 1e-8 beside the root, both moments bias-corrected
    adamw   w = w - lr * weight_decay * w, then adam

optimizers.json: the same formulas on four numbers, to find a mistake without a network. For each case the
settings and "weights", [11][4]: w after 0, 1, ..., 10 steps; w starts at 2 u(2000, i) - 1 and the gradient
of step t = 0, 1, ... is 2 u(2001 + t, i) - 1, each rounded to float32.

schedules.json: for each schedule its settings and "rates", lr(0) ... lr(19): the rate *used by* each step.

    cosine       minimum + (base - minimum) (1 + cos(pi t / total)) / 2
    exponential  base gamma^t
    step         base gamma^floor(t / every)
    one_cycle    cosine from peak / div to peak until t1 = warm_up * total - 1, then cosine down to
                 peak / div / final_div at t = total - 1
"""
import argparse
import json
import math
import pathlib
import sys

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

BATCH, CLASSES, STEPS, SAMPLES = 8, 10, 10, 8
IMAGES, WEIGHTS = 1000, 2000  # parameter numbers no network reaches


# Numbers both sides compute.

def splitmix64(s):
    z = np.asarray(s, np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def unit(p, count):
    """u(p, 0 .. count), as float64."""
    return (splitmix64(np.uint64(p << 32) + np.arange(count, dtype=np.uint64)) >> np.uint64(40)) / 2.0**24


def rounded(values):
    """To float32 and back: both sides start from the same bits."""
    return np.asarray(values).astype(np.float32).astype(np.float64)


def batch(dtype):
    images = torch.from_numpy(unit(IMAGES, BATCH * 784).reshape(BATCH, 1, 28, 28)).to(dtype)
    return images, torch.tensor([(7 * n + 3) % CLASSES for n in range(BATCH)])


# Networks as data: the same lists build the PyTorch modules and are written to the files.

def conv(inputs, outputs, kernel, stride=1, pad=0, bias=True):
    return {"op": "conv2d", "in": inputs, "out": outputs, "kernel": kernel, "stride": stride, "pad": pad, "bias": bias}


def pool(op, kernel):
    return {"op": op, "kernel": kernel, "stride": kernel}


def linear(inputs, outputs):
    return {"op": "linear", "in": inputs, "out": outputs}


def batch_norm(channels):
    return {"op": "batch_norm2d", "channels": channels, "eps": 1e-5, "momentum": 0.1}


RELU, TANH, SIGMOID, GELU, SILU = ({"op": name} for name in ("relu", "tanh", "sigmoid", "gelu", "silu"))
FLATTEN, GLOBAL = {"op": "flatten"}, {"op": "global_avg_pool2d"}
MAX2, MAX3, AVERAGE2 = pool("max_pool2d", 2), pool("max_pool2d", 3), pool("avg_pool2d", 2)
DROPOUT = {"op": "dropout", "rate": 0.5}
UPSAMPLE2 = {"op": "upsample2d", "factor": 2}

NETWORKS = {
    "mlp": [FLATTEN, linear(784, 128), RELU, linear(128, 64), RELU, linear(64, 10)],
    "lenet": [conv(1, 20, 5), TANH, MAX2, conv(20, 50, 5), TANH, MAX2, FLATTEN, linear(800, 500), TANH,
              linear(500, 10)],
    "zoo": [conv(1, 8, 5, pad=2), RELU, MAX2, conv(8, 16, 5, pad=2), RELU, MAX3, FLATTEN, linear(256, 10)],
    "keras": [conv(1, 32, 3), RELU, MAX2, conv(32, 64, 3), RELU, MAX2, FLATTEN, DROPOUT, linear(1600, 10)],
    "deep": [conv(1, 32, 5, pad=2), RELU, MAX2, conv(32, 64, 5, pad=2), RELU, MAX2, FLATTEN, linear(3136, 1024),
             RELU, DROPOUT, linear(1024, 10)],
    # No bias before BatchNorm, which would take it out again and leave a gradient of rounding errors.
    "batchnorm": [conv(1, 16, 3, pad=1, bias=False), batch_norm(16), RELU,
                  conv(16, 32, 3, stride=2, pad=1, bias=False), batch_norm(32), RELU,
                  {"op": "residual", "layers": [conv(32, 32, 3, pad=1)]}, GLOBAL, linear(32, 10)],
    "mixed": [conv(1, 8, 3), GELU, AVERAGE2, conv(8, 8, 3), SIGMOID, FLATTEN, linear(968, 10)],
    # Down and up again, as networks that answer for every place do.
    "hourglass": [conv(1, 8, 3, pad=1), SILU, MAX2, conv(8, 12, 3, pad=1), SILU, UPSAMPLE2, conv(12, 4, 3), SILU,
                  AVERAGE2, FLATTEN, linear(676, 10)],
}


class Residual(nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        return x + self.inner(x)


def module(layer):
    match layer["op"]:
        case "conv2d":
            return nn.Conv2d(layer["in"], layer["out"], layer["kernel"], layer["stride"], layer["pad"],
                             bias=layer["bias"])
        case "linear":
            return nn.Linear(layer["in"], layer["out"])
        case "batch_norm2d":
            return nn.BatchNorm2d(layer["channels"], layer["eps"], layer["momentum"])
        case "max_pool2d":
            return nn.MaxPool2d(layer["kernel"], layer["stride"])
        case "avg_pool2d":
            return nn.AvgPool2d(layer["kernel"], layer["stride"])
        case "global_avg_pool2d":
            return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
        case "upsample2d":
            return nn.Upsample(scale_factor=layer["factor"], mode="nearest")
        case "residual":
            return Residual(build(layer["layers"]))
        case op:
            return {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "gelu": nn.GELU, "silu": nn.SiLU,
                    "flatten": nn.Flatten, "dropout": nn.Identity}[op]()


def build(layers):
    return nn.Sequential(*map(module, layers))


# Parameters: PyTorch's tensors in Inkdigit's layout.

def ours(tensor):
    """A parameter or its gradient, from PyTorch's layout to Inkdigit's."""
    tensor = tensor.detach()
    if tensor.dim() == 4:
        return tensor.permute(2, 3, 1, 0).reshape(-1, tensor.shape[0])
    return tensor.t() if tensor.dim() == 2 else tensor


def layers_with_parameters(net):
    return [m for m in net.modules() if isinstance(m, (nn.Conv2d, nn.Linear, nn.BatchNorm2d))]


def parameters(net):
    """(name, tensor, fan_in or None) in order of p."""
    found, counts = [], {}
    for layer in layers_with_parameters(net):
        kind = {nn.Conv2d: "conv", nn.Linear: "linear", nn.BatchNorm2d: "batch_norm"}[type(layer)]
        counts[kind] = counts.get(kind, 0) + 1
        fan_in = None if kind == "batch_norm" else layer.weight[0].numel()
        for part in ("weight", "bias"):
            if getattr(layer, part) is not None:
                found.append((f"{kind}{counts[kind]}.{part}", getattr(layer, part), fan_in))
    return found


@torch.no_grad()
def fill(net):
    for p, (name, tensor, fan_in) in enumerate(parameters(net)):
        centred = 2 * unit(p, tensor.numel()) - 1
        if fan_in is not None:
            values = centred / math.sqrt(fan_in)
        else:
            values = centred / 2 + (1 if name.endswith("weight") else 0)
        values = torch.from_numpy(rounded(values)).to(tensor.dtype)
        if tensor.dim() == 4:
            out, inputs, height, width = tensor.shape
            values = values.reshape(height, width, inputs, out).permute(3, 2, 0, 1)
        elif tensor.dim() == 2:
            values = values.reshape(tensor.shape[1], tensor.shape[0]).t()
        tensor.copy_(values)


def network(name, dtype):
    net = build(NETWORKS[name]).to(dtype)
    fill(net)
    return net.train()


# What is written.

OPTIMIZERS = [
    {"optimizer": "sgd", "lr": 0.05, "momentum": 0.0, "nesterov": False, "weight_decay": 0.0},
    {"optimizer": "sgd", "lr": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 1e-3},
    {"optimizer": "adam", "lr": 1e-3, "betas": [0.9, 0.999], "eps": 1e-8, "weight_decay": 0.0},
    {"optimizer": "adamw", "lr": 1e-3, "betas": [0.9, 0.999], "eps": 1e-8, "weight_decay": 0.05},
]
CLASSIC_MOMENTUM = {"optimizer": "sgd", "lr": 0.05, "momentum": 0.9, "nesterov": False, "weight_decay": 1e-3}


def optimizer(settings, tensors):
    settings = dict(settings)
    kind = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[settings.pop("optimizer")]
    return kind(tensors, **settings)


def summary(gradient, places=None):
    flat = ours(gradient).reshape(-1).double().numpy()
    signs = np.where(splitmix64(np.arange(flat.size)) & np.uint64(1), 1.0, -1.0)
    norm = np.sqrt((flat * flat).sum())
    if places is None:
        # Spread evenly over the elements that say something: behind dead ReLUs most are zero.
        telling = np.flatnonzero(np.abs(flat) > 1e-2 * norm / math.sqrt(flat.size))
        places = sorted({int(telling[k * telling.size // SAMPLES]) for k in range(SAMPLES)})
    return {"sum": flat.sum(), "norm": norm, "signed_sum": (flat * signs).sum(),
            "samples": [[i, flat[i]] for i in places]}


def step_zero(name, dtype, places):
    net, (images, labels) = network(name, dtype), batch(dtype)
    logits = net(images)
    logits.retain_grad()
    losses = []
    for smoothing in (0.1, 0.0):  # 0 last: its gradients stay
        net.zero_grad()
        logits.grad = None
        loss = F.cross_entropy(logits, labels, label_smoothing=smoothing)
        loss.backward(retain_graph=True)
        losses.insert(0, {"smoothing": smoothing, "loss": loss.item(), "dlogits": logits.grad.tolist()})
    params = []
    for p, (name, tensor, fan_in) in enumerate(parameters(net)):
        known = {} if fan_in is None else {"fan_in": fan_in}
        gradient = summary(tensor.grad, places and places[p])
        params.append({"name": name, "shape": list(ours(tensor).shape), **known, **gradient})
    return {"logits": logits.tolist(), "losses": losses, "params": params}


def curve(name, settings, dtype):
    """The losses after 0 .. STEPS steps, and what BatchNorm has gathered by then."""
    net, (images, labels) = network(name, dtype), batch(dtype)
    opt, losses = optimizer(settings, net.parameters()), []
    for _ in range(STEPS):
        opt.zero_grad()
        loss = F.cross_entropy(net(images), labels)
        loss.backward()
        opt.step()
        losses.append(loss.item())
    running = [{"mean_sum": m.running_mean.sum().item(), "mean_norm": m.running_mean.norm().item(),
                "variance_sum": m.running_var.sum().item(), "variance_norm": m.running_var.norm().item()}
               for m in net.modules() if isinstance(m, nn.BatchNorm2d)]
    with torch.no_grad():
        infer_logits = net.eval()(images).tolist()  # before one more training pass moves the statistics
        losses.append(F.cross_entropy(net.train()(images), labels).item())
    return losses, {"running": running, "infer_logits": infer_logits}


def golden_network(name, dtype=torch.float64, places=None):
    """The contents of a network's file; `places` says which elements of each gradient to sample."""
    golden = {"name": name, "batch": BATCH, "layers": NETWORKS[name], **step_zero(name, dtype, places), "curves": []}
    after = []
    for settings in OPTIMIZERS:
        losses, gathered = curve(name, settings, dtype)
        golden["curves"].append({**settings, "losses": losses})
        after.append(gathered)
    if after[0]["running"]:
        golden["after_sgd"] = after[0]
    return golden


def golden_optimizers():
    cases = []
    for settings in (*OPTIMIZERS[:2], CLASSIC_MOMENTUM, *OPTIMIZERS[2:]):
        w = nn.Parameter(torch.from_numpy(2 * unit(WEIGHTS, 4) - 1))
        opt, weights = optimizer(settings, [w]), [w.tolist()]
        for t in range(STEPS):
            w.grad = torch.from_numpy(2 * unit(WEIGHTS + 1 + t, 4) - 1)
            opt.step()
            weights.append(w.tolist())
        cases.append({**settings, "weights": weights})
    return cases


def golden_schedules():
    lr = torch.optim.lr_scheduler
    cases = [
        ({"schedule": "cosine", "base": 0.1, "minimum": 0.0, "total": 20}, lambda o: lr.CosineAnnealingLR(o, 20)),
        ({"schedule": "cosine", "base": 0.1, "minimum": 0.01, "total": 20},
         lambda o: lr.CosineAnnealingLR(o, 20, eta_min=0.01)),
        ({"schedule": "exponential", "base": 0.1, "gamma": 0.9}, lambda o: lr.ExponentialLR(o, 0.9)),
        ({"schedule": "step", "base": 0.1, "gamma": 0.5, "every": 6}, lambda o: lr.StepLR(o, 6, 0.5)),
        ({"schedule": "one_cycle", "peak": 0.1, "total": 20, "warm_up": 0.3, "div": 25.0, "final_div": 1e4},
         lambda o: lr.OneCycleLR(o, 0.1, total_steps=20, pct_start=0.3, anneal_strategy="cos", div_factor=25.0,
                                 final_div_factor=1e4)),
    ]
    golden = []
    for settings, schedule in cases:
        opt = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.1)
        scheduler, rates = schedule(opt), []
        for t in range(20):
            rates.append(opt.param_groups[0]["lr"])
            opt.step()
            if t < 19:
                scheduler.step()
        golden.append({**settings, "rates": rates})
    return golden


# Files.

def short(value):
    """Floats as the shortest decimals that give the same float32."""
    if isinstance(value, dict):
        return {key: short(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [short(inner) for inner in value]
    return float(str(np.float32(value))) if isinstance(value, float) else value


def text(golden):
    """JSON, a line for each entry of the outer objects and lists: differences can be read."""
    def inner(value):
        return json.dumps(short(value), separators=(", ", ":"))

    if isinstance(golden, list):
        return "[\n" + ",\n".join(map(inner, golden)) + "\n]\n"
    lines = []
    for key, value in golden.items():
        nested = isinstance(value, list) and value and isinstance(value[0], dict)
        body = "[\n  " + ",\n  ".join(map(inner, value)) + "]" if nested else inner(value)
        lines.append(f"{json.dumps(key)}: {body}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def agrees(a, b):
    """Equal but for the last digits, which another processor may round otherwise."""
    if isinstance(a, dict):
        return isinstance(b, dict) and a.keys() == b.keys() and all(agrees(a[k], b[k]) for k in a)
    if isinstance(a, list):
        return isinstance(b, list) and len(a) == len(b) and all(map(agrees, a, b))
    if isinstance(a, float):
        return math.isclose(a, b, rel_tol=1e-5, abs_tol=1e-8)
    return a == b


def float32_distance(golden):
    """How far PyTorch itself, in float32, lands from these values: what a test's tolerance must allow."""
    places = [[i for i, _ in param["samples"]] for param in golden["params"]]
    single = golden_network(golden["name"], torch.float32, places)

    def furthest(values):
        return np.abs(np.subtract(values(golden), values(single))).max()

    logits = furthest(lambda g: g["logits"])
    loss = furthest(lambda g: [entry["loss"] for entry in g["losses"]])
    curves = [furthest(lambda g: g["curves"][i]["losses"]) for i in range(len(OPTIMIZERS))]
    params = list(zip(golden["params"], single["params"]))
    norm = max(abs(a["norm"] - b["norm"]) / a["norm"] for a, b in params)
    sums = max(abs(a[key] - b[key]) / a["norm"] for a, b in params for key in ("sum", "signed_sum"))
    sample = max(abs(x[1] - y[1]) / a["norm"] for a, b in params for x, y in zip(a["samples"], b["samples"]))
    return (f"{golden['name']:10} logits {logits:.0e}  loss {loss:.0e}  of the gradient's norm: norm {norm:.0e} "
            f"sums {sums:.0e} samples {sample:.0e}  curves " + " ".join(f"{c:.0e}" for c in curves))


def main():
    arguments = argparse.ArgumentParser(description="make inkdigit-nn's golden values with PyTorch")
    here = pathlib.Path(__file__).resolve().parents[2] / "crates/inkdigit-nn/tests/golden"
    arguments.add_argument("--out", type=pathlib.Path, default=here, help="folder of the JSON files")
    arguments.add_argument("--check", action="store_true", help="compare with the files instead of writing them")
    chosen = arguments.parse_args()
    torch.set_num_threads(1)  # one order of summation

    networks = [golden_network(name) for name in NETWORKS]
    files = {f"{golden['name']}.json": golden for golden in networks}
    files |= {"optimizers.json": golden_optimizers(), "schedules.json": golden_schedules()}
    if chosen.check:
        differing = [name for name, golden in files.items()
                     if not agrees(json.loads((chosen.out / name).read_text()), json.loads(text(golden)))]
        sys.exit(f"differ from PyTorch {torch.__version__}: {', '.join(differing)}" if differing else 0)
    chosen.out.mkdir(parents=True, exist_ok=True)
    for name, golden in files.items():
        (chosen.out / name).write_text(text(golden))
    print("float32 PyTorch's largest distance from these values:")
    for golden in networks:
        print(float32_distance(golden))


if __name__ == "__main__":
    main()
