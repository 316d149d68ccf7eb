"""An ONNX model behind FastAPI and uvicorn with ONNX Runtime, as one would write it: pixels in, probabilities out.

`POST /predict` takes 784 bytes, a 28x28 picture with bright ink; `POST /predict_json` takes `{"image": [[...]]}`.
ONNX Runtime runs on one thread, which is its fastest for single pictures; uvicorn brings its loop and parser in C.

    python tools/peers/fastapi_onnxruntime.py MODEL.onnx --port 8090 --workers 2
"""
import argparse
import os

import numpy as np
import onnxruntime as ort
import uvicorn
from fastapi import FastAPI, Request
from pydantic import BaseModel

MODEL = "PEER_MODEL"


class Digit(BaseModel):
    image: list[list[float]]


def application():
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(os.environ[MODEL], options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    app = FastAPI()

    def probabilities(pixels):
        logits = session.run(None, {name: pixels.reshape(1, 1, 28, 28).astype(np.float32)})[0][0]
        exponentials = np.exp(logits - logits.max())
        row = exponentials / exponentials.sum()
        return {"digit": int(row.argmax()), "probabilities": row.tolist()}

    @app.post("/predict")
    async def predict(request: Request):
        return probabilities(np.frombuffer(await request.body(), np.uint8))

    @app.post("/predict_json")
    async def predict_json(digit: Digit):
        return probabilities(np.array(digit.image))

    return app


def main():
    arguments = argparse.ArgumentParser(description="serve an ONNX model with FastAPI and ONNX Runtime")
    arguments.add_argument("model", help="an .onnx file that takes pixels from 0 to 255")
    arguments.add_argument("--port", type=int, default=8090)
    arguments.add_argument("--workers", type=int, default=2)
    chosen = arguments.parse_args()
    os.environ[MODEL] = chosen.model
    uvicorn.run("fastapi_onnxruntime:application", factory=True, port=chosen.port, workers=chosen.workers,
                log_level="warning", access_log=False, app_dir=os.path.dirname(os.path.abspath(__file__)))


if __name__ == "__main__":
    main()
