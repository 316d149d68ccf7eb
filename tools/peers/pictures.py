"""What other recipes make of pictures from life, read by one and the same network.

    inkdigit export default --out default.onnx
    python pictures.py default.onnx FOLDER      # FOLDER/singles/<digit>/*, FOLDER/pages/* with .txt beside

- resize: the picture is made gray, inverted if its border is light, and resized to 28x28.
- box: Otsu's threshold, the box around the ink fitted to 20 pixels and centred by its middle.
- contours (what MNISTER does with a page): a blur, an adaptive threshold, the outer contours of a likely size
  from the bottom up, each fitted to 20 pixels and centred by mass.
"""
import pathlib
import sys

import cv2
import numpy as np
import onnxruntime


def gray(path):
    """Luminances, transparent parts white."""
    picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if picture.ndim == 3 and picture.shape[2] == 4:
        alpha = picture[:, :, 3:] / 255
        picture = (picture[:, :, :3] * alpha + 255 * (1 - alpha)).astype(np.uint8)
    return picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)


def bright_on_dark(picture):
    border = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
    return 255 - picture if np.median(border) > 127 else picture


def resized(picture):
    return cv2.resize(bright_on_dark(picture), (28, 28), interpolation=cv2.INTER_AREA)


def fitted(ink, by_mass):
    """The ink in 20 pixels of 28, centred by its box or its mass."""
    ys, xs = np.nonzero(ink)
    if len(ys) == 0:
        return np.zeros((28, 28), np.uint8)
    ink = ink[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]
    scale = 20 / max(ink.shape)
    size = [max(1, round(side * scale)) for side in ink.shape]
    ink = cv2.resize(ink, size[::-1], interpolation=cv2.INTER_AREA)
    top, left = (28 - size[0]) // 2, (28 - size[1]) // 2
    if by_mass:
        total = max(ink.sum(), 1)
        top = round(14 - (ink.sum(1) * np.arange(size[0])).sum() / total)
        left = round(14 - (ink.sum(0) * np.arange(size[1])).sum() / total)
        top, left = np.clip(top, 0, 28 - size[0]), np.clip(left, 0, 28 - size[1])
    out = np.zeros((28, 28), np.uint8)
    out[top : top + size[0], left : left + size[1]] = ink
    return out


def boxed(picture):
    picture = bright_on_dark(picture)
    level, _ = cv2.threshold(picture, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return fitted(np.where(picture > level, picture, 0), by_mass=False)


def contours(picture):
    """The digits of a page, from the bottom up."""
    blurred = cv2.GaussianBlur(picture, (5, 5), 0)
    mask = cv2.adaptiveThreshold(blurred, 255, cv2.ADAPTIVE_THRESH_GAUSSIAN_C, cv2.THRESH_BINARY_INV, 11, 5)
    found, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    boxes = [cv2.boundingRect(contour) for contour in found]
    least = max(picture.shape) / 100
    return [fitted(mask[y : y + h, x : x + w], by_mass=True) for x, y, w, h in boxes if h >= least and h >= w / 2]


def distance(a, b):
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        diagonal, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            diagonal, row[j] = row[j], min(diagonal + (x != y), row[j] + 1, row[j - 1] + 1)
    return row[-1]


def main():
    session = onnxruntime.InferenceSession(sys.argv[1])
    folder = pathlib.Path(sys.argv[2])
    name = session.get_inputs()[0].name

    def read(images):
        if not images:
            return np.zeros(0, int)
        return session.run(None, {name: np.stack(images)[:, None].astype(np.float32)})[0].argmax(1)

    singles = sorted(path for path in folder.glob("singles/*/*") if path.is_file())
    labels = np.array([int(path.parent.name) for path in singles])
    for recipe in (resized, boxed):
        right = (read([recipe(gray(path)) for path in singles]) == labels).sum()
        print(f"{recipe.__name__}: {right} of {len(singles)} single digits")
    largest = [max(contours(gray(path)), key=np.count_nonzero, default=np.zeros((28, 28))) for path in singles]
    print(f"contours: {(read(largest) == labels).sum()} of {len(singles)} single digits")
    digits = edits = 0
    for truth in sorted(folder.glob("pages/*.txt")):
        picture = next(path for path in truth.parent.glob(truth.stem + ".*") if path.suffix not in (".txt", ".json"))
        text = "".join(truth.read_text().split())
        seen = "".join(map(str, read(contours(gray(picture)))[::-1]))
        digits, edits = digits + len(text), edits + distance(seen, text)
    print(f"contours: {1 - edits / digits:.3f} of {digits} digits on pages")


if __name__ == "__main__":
    main()
