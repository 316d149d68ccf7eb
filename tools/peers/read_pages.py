"""Digits on pages and other pictures, read by Inkdigit and by what a person would install instead.

    python read_pages.py FOLDER... [--only NAME,NAME] [--program target/release/inkdigit] [--most N]

A folder holds pictures, each with its truth in a `.txt` of the same name: what stands there, line by line. Of truth and
of what was read only digits count, in the order of reading. Prints for each folder and reader: the share of digits
(one minus the Levenshtein distance for each digit), the share of pictures without any mistake, the median seconds for a
picture. Inkdigit leaves out what it doubts, which so counts as missed.

- inkdigit: `inkdigit read`, by its finder; rules: the same with `--rules`.
- rapidocr: RapidOCR as it comes, which finds lines and reads them. line: its recogniser alone, which takes the whole
  picture for one line: for pictures that are one.
- tesseract: the legacy-free engine, digits alone (`tessedit_char_whitelist`), sparse text.
- mnister: MNISTER's recipe (an adaptive threshold, outer contours from the bottom up, each to 28x28), read by
  Inkdigit's default model in ONNX Runtime.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import tempfile
import time

from pictures import contours, distance, gray

PICTURES = {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif"}


def digits(text):
    return "".join(sign for sign in text if sign in "0123456789")


def inkdigit(program, flags):
    def read(path):
        told = subprocess.run([program, "read", "--json", *flags, str(path)], capture_output=True, text=True, check=True)
        return json.loads(told.stdout)[0]["text"]

    return read


def rapidocr():
    from rapidocr import RapidOCR

    engine = RapidOCR()

    def read(path):
        return " ".join(engine(str(path)).txts or ())

    return read


def rapidocr_line():
    from rapidocr import RapidOCR

    engine = RapidOCR()

    def read(path):
        return " ".join(engine(str(path), use_det=False, use_cls=False).txts or ())

    return read


def tesseract():
    def read(path):
        command = ["tesseract", str(path), "-", "--psm", "11", "-c", "tessedit_char_whitelist=0123456789"]
        return subprocess.run(command, capture_output=True, text=True).stdout

    return read


def mnister(program):
    import numpy as np
    import onnxruntime

    with tempfile.TemporaryDirectory() as folder:
        model = pathlib.Path(folder) / "default.onnx"
        subprocess.run([program, "export", "default", "--out", str(model)], check=True, capture_output=True)
        session = onnxruntime.InferenceSession(model.read_bytes())
    name = session.get_inputs()[0].name

    def read(path):
        images = contours(gray(path))[::-1]
        if not images:
            return ""
        scores = session.run(None, {name: np.stack(images)[:, None].astype(np.float32)})[0]
        return "".join(map(str, scores.argmax(1)))

    return read


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=pathlib.Path)
    parser.add_argument("--program", default="target/release/inkdigit")
    parser.add_argument("--only", help="readers, parted by commas")
    parser.add_argument("--most", type=int, default=10**9, help="pictures of each folder")
    args = parser.parse_args()
    readers = {
        "inkdigit": lambda: inkdigit(args.program, []),
        "rules": lambda: inkdigit(args.program, ["--rules"]),
        "rapidocr": rapidocr,
        "line": rapidocr_line,
        "tesseract": tesseract,
        "mnister": lambda: mnister(args.program),
    }
    names = args.only.split(",") if args.only else list(readers)
    ready = {name: readers[name]() for name in names}
    print("folder | pictures | digits | " + " | ".join(f"{name}: digits, whole, s" for name in names))
    for folder in args.folders:
        pictures = [path for path in sorted(folder.iterdir()) if path.suffix.lower() in PICTURES]
        pictures = [path for path in pictures if path.with_suffix(".txt").exists()][: args.most]
        truths = [digits(path.with_suffix(".txt").read_text()) for path in pictures]
        total = sum(map(len, truths))
        row = [folder.name, str(len(pictures)), str(total)]
        for read in ready.values():
            edits, whole, seconds = 0, 0, []
            for path, truth in zip(pictures, truths):
                start = time.perf_counter()
                found = digits(read(path))
                seconds.append(time.perf_counter() - start)
                edits += distance(found, truth)
                whole += found == truth
            share = 1 - edits / max(total, 1)
            row.append(f"{share:.3f}, {whole / max(len(pictures), 1):.2f}, {statistics.median(seconds or [0]):.3f}")
        print(" | ".join(row), flush=True)


if __name__ == "__main__":
    main()
