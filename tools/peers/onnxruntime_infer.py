"""Inference of an ONNX classifier of [N, 1, 28, 28] pictures with ONNX Runtime on the CPU.

Prints, for each number of threads, the median latency at batch 1 and images a second at larger batches.
"""
import argparse
import statistics
import time

import numpy as np
import onnxruntime as ort


def median_seconds(session, batch, runs):
    """Median over `runs` of one call, after a tenth as many that warm up."""
    name = session.get_inputs()[0].name
    images = np.random.default_rng(0).random((batch, 1, 28, 28), np.float32)
    times = []
    for _ in range(runs + runs // 10):
        start = time.perf_counter()
        session.run(None, {name: images})
        times.append(time.perf_counter() - start)
    return statistics.median(times[runs // 10:])


def main():
    arguments = argparse.ArgumentParser(description="latency and throughput of an ONNX model with ONNX Runtime")
    arguments.add_argument("model", help="an .onnx file")
    arguments.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    arguments.add_argument("--batches", type=int, nargs="+", default=[100, 1000])
    chosen = arguments.parse_args()

    for threads in chosen.threads:
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        session = ort.InferenceSession(chosen.model, options, providers=["CPUExecutionProvider"])
        print(f"threads {threads}  batch 1 {median_seconds(session, 1, 2000) * 1e6:.1f} us", flush=True)
        if isinstance(session.get_inputs()[0].shape[0], int):
            print("  the model's batch size is fixed: no larger ones")
            continue
        for batch in chosen.batches:
            print(f"  batch {batch} {batch / median_seconds(session, batch, 30):.0f} images/s", flush=True)


if __name__ == "__main__":
    main()
