"""Checks the event files of `inkdigit train --tensorboard` and `inkdigit report --tensorboard` with TensorBoard's
own reader: every record must come through with its checksums sound, every picture must be one, every histogram
must add up, and TensorBoard must show each tag where it looks for it.

    python3 -m venv .venv-tensorboard && .venv-tensorboard/bin/pip install -r tools/reference/tensorboard_requirements.txt
    .venv-tensorboard/bin/python tools/reference/check_tensorboard.py DIR

DIR holds `train`, and perhaps `validation` and `test`. Prints a line for each tag; exits with 1 if anything is wrong.
"""

import io
import struct
import sys
from collections import Counter
from pathlib import Path

from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.graph_pb2 import GraphDef

# What a training always logs, and a finished run as far as its model is there.
EXPECTED = {
    "train": {"loss", "accuracy", "learning_rate", "images_per_second", "inputs", "filters"},
    "validation": {"loss", "accuracy"},
    "test": {"accuracy"},
}


def lengths(path):
    """How many records a file has, by its frames alone: what the reader must find."""
    count, data = 0, path.read_bytes()
    while data:
        (length,) = struct.unpack("<Q", data[:8])
        data = data[8 + 4 + length + 4 :]
        count += 1
    return count


def check_value(value, problems):
    """One value of a summary; its kind."""
    kind = value.WhichOneof("value")
    if kind == "image":
        picture = Image.open(io.BytesIO(value.image.encoded_image_string))
        picture.load()
        if picture.size != (value.image.width, value.image.height):
            problems.append(f"{value.tag}: {picture.size} pixels, not as it says")
    elif kind == "histo":
        histogram = value.histo
        if sum(histogram.bucket) != histogram.num or len(histogram.bucket) != len(histogram.bucket_limit):
            problems.append(f"{value.tag}: its buckets don't add up")
        if list(histogram.bucket_limit) != sorted(histogram.bucket_limit):
            problems.append(f"{value.tag}: its buckets aren't in order")
    elif kind != "simple_value":
        problems.append(f"{value.tag}: a value of kind {kind}")
    return kind


def check_folder(folder, problems):
    """All files of one run."""
    seen, graphs, last_step = Counter(), 0, -1
    files = sorted(folder.glob("events.out.tfevents.*"))
    for path in files:
        # Its reader stops at the first record whose checksum is wrong.
        events = [Event.FromString(record) for record in RawEventFileLoader(str(path)).Load()]
        if len(events) != lengths(path):
            problems.append(f"{path}: {len(events)} records of {lengths(path)} were read")
        if not events or events[0].file_version != "brain.Event:2":
            problems.append(f"{path}: it doesn't begin with its version")
        for event in events:
            if event.HasField("graph_def"):
                graph = GraphDef.FromString(event.graph_def)
                names = {node.name for node in graph.node}
                unknown = [source for node in graph.node for source in node.input if source not in names]
                if unknown or len(names) != len(graph.node):
                    problems.append(f"{path}: its graph names {unknown} or a node twice")
                graphs += 1
            for value in event.summary.value:
                seen[value.tag, check_value(value, problems)] += 1
                last_step = max(last_step, event.step)

    accumulator = EventAccumulator(str(folder), size_guidance={"scalars": 0, "images": 0, "histograms": 0})
    accumulator.Reload()
    tags = accumulator.Tags()
    shown = {"simple_value": (tags["scalars"], accumulator.Scalars), "image": (tags["images"], accumulator.Images)}
    shown["histo"] = (tags["histograms"], accumulator.Histograms)
    for (tag, kind), count in sorted(seen.items()):
        names, events = shown[kind]
        found = len(events(tag)) if tag in names else 0
        # Where a training was continued, TensorBoard leaves out what the interrupted one had beyond.
        if found != count and len(files) == 1:
            problems.append(f"{folder.name}: TensorBoard shows {found} of {count} of {tag}")
        print(f"{folder.name:12} {kind:13} {tag:40} {found}")
    if folder.name == "train":
        if not graphs or not tags["graph"]:
            problems.append("train: there is no graph")
        for group in ("weights/", "gradients/"):
            if not any(tag.startswith(group) for tag, _ in seen):
                problems.append(f"train: there are no histograms of {group}*")
    missing = EXPECTED[folder.name] - {tag for tag, _ in seen}
    if missing:
        problems.append(f"{folder.name}: {', '.join(sorted(missing))} missing")
    return sum(seen.values())


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    root, problems = Path(sys.argv[1]), []
    folders = [folder for name in EXPECTED if (folder := root / name).is_dir()]
    if not folders:
        sys.exit(f"{root} holds none of {', '.join(EXPECTED)}: name a folder that `inkdigit train --tensorboard` wrote")
    values = sum(check_folder(folder, problems) for folder in folders)
    for problem in problems:
        print(f"wrong: {problem}", file=sys.stderr)
    print(f"{values} values in {len(folders)} runs, {len(problems)} problems")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
