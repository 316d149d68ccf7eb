"""Single digits as people bring them, to measure with: on a canvas, photographed, with the table in view, in a frame, cropped
tight, in a window, underlined, of 8x8 pixels, in grain, thin, faint.

    python everyday.py MNIST OUT [SEED] [COUNT]

The digits are MNIST training images that recipes hold out (the last 300 of each digit), so nothing was learnt from them.
OUT gets a folder for each kind, and in it files NUMBER_LABEL.png or .jpg.
"""

import gzip
import os
import pathlib
import sys

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

mnist, out = pathlib.Path(sys.argv[1]), sys.argv[2]
seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
count = int(sys.argv[4]) if len(sys.argv) > 4 else 60
rng = np.random.default_rng(seed)


def idx(name, header):
    path = next(path for path in sorted(mnist.iterdir()) if name in path.name)
    return np.frombuffer(gzip.open(path).read(), np.uint8, offset=header)


images = idx("train-images", 16).reshape(-1, 28, 28)
labels = idx("train-labels", 8)
held_out = {label: np.where(labels == label)[0][-300:] for label in range(10)}


def digit():
    d = int(rng.integers(10))
    return d, images[rng.choice(held_out[d])].astype(np.float32) / 255


def tight(a):
    ys, xs = np.where(a > 0.1)
    return a[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]


def big(a, h):
    a = tight(a)
    w = max(1, round(a.shape[1] * h / a.shape[0]))
    m = (
        np.asarray(Image.fromarray((a * 255).astype(np.uint8)).resize((w, h), Image.BICUBIC), np.float32)
        / 255
    )
    if h > 40:  # sharpen the edge as a pen has it
        m = np.clip((m - 0.5) * min(6, h / 28) + 0.5, 0, 1)
    return m


def place(m, W, H, x=None, y=None):
    a = np.zeros((H, W), np.float32)
    h, w = m.shape
    x = int(rng.integers(0, max(1, W - w))) if x is None else x
    y = int(rng.integers(0, max(1, H - h))) if y is None else y
    a[y : y + h, x : x + w] = m[: H - y, : W - x]
    return a, (x, y, w, h)


def blur(a, s):
    return np.asarray(
        Image.fromarray(np.clip(a, 0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(s)), np.float32
    )


def ink(paper, mask, lv):
    return paper * (1 - mask) + lv * mask


def light(W, H, k):
    y, x = np.mgrid[0:H, 0:W]
    cx, cy = rng.uniform(0, W), rng.uniform(0, H)
    return 1 - k * (((x - cx) ** 2 + (y - cy) ** 2) / (W * W + H * H))


def save(kind, i, d, a):
    os.makedirs(f"{out}/{kind}", exist_ok=True)
    a = np.clip(a, 0, 255).astype(np.uint8)
    p = f"{out}/{kind}/{i:03}_{d}"
    if rng.random() < 0.4:
        Image.fromarray(a).save(p + ".jpg", quality=int(rng.integers(50, 95)))
    else:
        Image.fromarray(a).save(p + ".png")


def canvas(i):
    d, a = digit()
    S = int(rng.choice([56, 100, 140, 200, 280, 400]))
    m = big(a, int(S * rng.uniform(0.35, 0.85)))
    if m.shape[1] > S - 4:
        m = m[:, : S - 4]
    p, _ = place(m, S, S)
    fg, bg = (0, 255) if rng.random() < 0.5 else (255, 0)
    save("canvas", i, d, ink(np.full((S, S), float(bg)), p, fg))


def photo(i):
    d, a = digit()
    W, H = int(rng.integers(150, 900)), int(rng.integers(150, 900))
    h = int(min(W, H) * rng.uniform(0.2, 0.7))
    m = big(a, h)[:, : W - 4]
    p, _ = place(m, W, H)
    lv = rng.uniform(20, 110)
    pa = rng.uniform(170, 245)
    x = ink(np.full((H, W), pa), p, lv) * light(W, H, rng.uniform(0, 0.7))
    x = blur(x, rng.uniform(0.3, 1 + h / 100))
    save("photo", i, d, x + rng.normal(0, rng.uniform(1, 6), x.shape))


def table(i):
    d, a = digit()
    W, H = int(rng.integers(250, 900)), int(rng.integers(250, 900))
    t = rng.uniform(20, 140)
    x = np.full((H, W), t) + rng.normal(0, 8, (H, W))
    y, xx = np.mgrid[0:H, 0:W]
    x = x + 10 * np.sin(xx * rng.uniform(0.02, 0.2) + y * rng.uniform(0, 0.05))
    # paper: a rotated quadrilateral
    q = Image.new("L", (W, H), 0)
    ang = rng.uniform(-0.25, 0.25)
    cw, ch = W * rng.uniform(0.25, 0.4), H * rng.uniform(0.25, 0.4)
    cx, cy = W / 2 + rng.uniform(-0.08, 0.08) * W, H / 2 + rng.uniform(-0.08, 0.08) * H
    c, s = np.cos(ang), np.sin(ang)
    pts = [
        (cx + c * u * cw - s * v * ch, cy + s * u * cw + c * v * ch)
        for u, v in ((-1, -1), (1, -1), (1, 1), (-1, 1))
    ]
    ImageDraw.Draw(q).polygon(pts, fill=255)
    q = np.asarray(q, np.float32) / 255
    m = big(a, int(min(cw, ch) * rng.uniform(0.4, 1.1)))
    p, _ = place(
        m,
        W,
        H,
        int(cx - m.shape[1] / 2 + rng.uniform(-0.2, 0.2) * cw),
        int(cy - m.shape[0] / 2 + rng.uniform(-0.2, 0.2) * ch),
    )
    x = x * (1 - q) + rng.uniform(190, 250) * q
    x = ink(x, p, rng.uniform(10, 90)) * light(W, H, rng.uniform(0, 0.5))
    save("table", i, d, blur(x, rng.uniform(0.4, 1.5)) + rng.normal(0, 3, x.shape))


def frame(i):
    d, a = digit()
    S = int(rng.choice([100, 160, 280, 400]))
    b = int(rng.integers(2, max(3, S // 20)))
    m = big(a, int(S * rng.uniform(0.4, 0.7)))[:, : S - 2 * b - 6]
    x = np.full((S, S), rng.uniform(220, 255))
    p, _ = place(
        m,
        S,
        S,
        int((S - m.shape[1]) / 2 + rng.uniform(-0.05, 0.05) * S),
        int((S - m.shape[0]) / 2 + rng.uniform(-0.05, 0.05) * S),
    )
    x = ink(x, p, rng.uniform(0, 80))
    e = rng.choice([0, 1, 2], p=[0.6, 0.2, 0.2])
    lv = rng.uniform(0, 120)
    if e == 0:
        x[:b] = lv
        x[-b:] = lv
        x[:, :b] = lv
        x[:, -b:] = lv
    elif e == 1:
        x[:b] = lv
        x[:, :b] = lv
    else:
        x[:, -b:] = lv
    save("frame", i, d, blur(x, 0.5) + rng.normal(0, 2, x.shape))


def tightc(i):
    d, a = digit()
    h = int(rng.choice([20, 40, 80, 150, 300]))
    m = big(a, h)
    k = int(rng.integers(0, 3))
    m = np.pad(m, k)
    x = ink(np.full(m.shape, rng.uniform(200, 255)), m, rng.uniform(0, 80))
    if rng.random() < 0.3:
        x = 255 - x
    save("tight", i, d, x + rng.normal(0, 2, x.shape))


def screenshot(i):
    d, a = digit()
    W, H = int(rng.integers(300, 900)), int(rng.integers(250, 700))
    x = np.full((H, W), rng.choice([30, 60, 128, 200, 230, 245]) * 1.0)
    S = int(min(W, H) * rng.uniform(0.4, 0.7))
    X = int(rng.integers(5, W - S - 4))
    Y = int(rng.integers(5, H - S - 4))
    bg, fg = (255, 0) if rng.random() < 0.5 else (0, 255)
    x[Y : Y + S, X : X + S] = bg
    if rng.random() < 0.6:
        x[: int(rng.integers(15, 30))] = rng.uniform(0, 255)
    m = big(a, int(S * rng.uniform(0.4, 0.8)))[:, : S - 2]
    p, _ = place(
        m,
        W,
        H,
        X + int((S - m.shape[1]) * rng.uniform(0.2, 0.8)),
        Y + int((S - m.shape[0]) * rng.uniform(0.2, 0.8)),
    )
    save("screenshot", i, d, ink(x, p, fg))


def underline(i):
    d, a = digit()
    S = int(rng.choice([100, 160, 280]))
    m = big(a, int(S * rng.uniform(0.4, 0.6)))[:, : S - 10]
    p, (X, Y, w, h) = place(m, S, S, int((S - m.shape[1]) / 2), int((S - m.shape[0]) * 0.4))
    t = max(1, S // 60)
    y = min(S - t - 1, Y + h + int(S * rng.uniform(-0.01, 0.06)))
    p[
        y : y + t,
        max(0, X - int(S * rng.uniform(0.05, 0.25))) : min(S, X + w + int(S * rng.uniform(0.05, 0.25))),
    ] = 1
    save("underline", i, d, blur(ink(np.full((S, S), 245.0), p, 30), 0.5))


def e8(i):
    d, a = digit()
    m = Image.fromarray((np.pad(tight(a), 1) * 255).astype(np.uint8)).resize((8, 8), Image.BOX)
    x = np.asarray(m, np.float32)
    x = np.round(x / x.max() * 16) / 16 * 255
    if rng.random() < 0.5:
        x = 255 - x
    save("8x8", i, d, x)


def noise(i):
    d, a = digit()
    S = int(rng.choice([56, 100, 200, 280]))
    m = big(a, int(S * rng.uniform(0.4, 0.8)))[:, : S - 2]
    p, _ = place(m, S, S)
    x = ink(np.full((S, S), 180.0), p, 78)
    save("noise", i, d, x + rng.normal(0, rng.uniform(12, 22), x.shape))


def thin(i):
    d, a = digit()
    h = int(rng.integers(100, 260))
    m = big(a, h)
    # erode
    im = Image.fromarray((m * 255).astype(np.uint8))
    for _ in range(int(h / 56)):
        im = im.filter(ImageFilter.MinFilter(3))
    m = np.asarray(im, np.float32) / 255
    S = int(h * rng.uniform(1.3, 2.2))
    m = m[:, : S - 2]
    p, _ = place(m, S, S)
    if m.sum() < h * 0.8:
        return thin(i)
    save(
        "thin",
        i,
        d,
        blur(ink(np.full((S, S), 240.0), p, rng.uniform(20, 90)), 0.7) + rng.normal(0, 2, (S, S)),
    )


def faint(i):
    d, a = digit()
    W, H = int(rng.integers(40, 160)), int(rng.integers(40, 160))
    m = big(a, int(min(W, H) * rng.uniform(0.3, 0.6)))[:, : W - 2]
    p, _ = place(m, W, H)
    pa = rng.uniform(180, 240)
    save(
        "faint",
        i,
        d,
        blur(ink(np.full((H, W), pa), p, pa - rng.uniform(35, 70)), 0.5)
        + rng.normal(0, rng.uniform(1, 4), (H, W)),
    )


for k in (canvas, photo, table, frame, tightc, screenshot, underline, e8, noise, thin, faint):
    for i in range(count):
        k(i)
