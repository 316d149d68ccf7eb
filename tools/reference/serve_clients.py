"""Asks a running `inkdigit serve` through the clients that people have: NVIDIA's tritonclient and KServe's own for
the Open Inference Protocol, requests for TensorFlow Serving's REST in the shapes its documentation shows and for the
server's own interface. Prints a line for each check; ends with 1 at the first that fails.

    inkdigit serve --port 8080 &
    python tools/reference/serve_clients.py http://127.0.0.1:8080 docs/pictures/synthetic-3.png --digit 3
"""
import argparse
import asyncio
import base64
import io

import kserve
import numpy as np
import requests
import tritonclient.http as triton
from PIL import Image


def check(what, holds, found=""):
    print(f"{'ok  ' if holds else 'FAIL'} {what} {found}", flush=True)
    if not holds:
        raise SystemExit(1)


def own_interface(url, picture, digit):
    """Every form of picture gives the same answer; returns what the network saw, 28x28."""
    answer = requests.post(f"{url}/v1/predict", data=picture, headers={"Content-Type": "image/png"}).json()
    check("raw picture", answer[0]["digit"] == digit, answer[0]["probability"])
    form = requests.post(f"{url}/v1/predict", files={"picture": ("three.png", picture, "image/png")}).json()
    check("multipart", form[0]["probabilities"] == answer[0]["probabilities"] and form[0]["file"] == "three.png")
    encoded = base64.b64encode(picture).decode()
    several = requests.post(f"{url}/v1/predict", json={"pictures": [encoded, encoded]}).json()
    check("base64 JSON", [one["digit"] for one in several] == [digit, digit])
    page = requests.post(f"{url}/v1/read", data=picture, headers={"Content-Type": "image/png"}).json()
    check("page", page[0]["text"] == str(digit))
    drawn = requests.post(f"{url}/v1/read", data=picture, headers={"Accept": "image/png"})
    check("annotated page", Image.open(io.BytesIO(drawn.content)).format == "PNG")
    seen = requests.post(f"{url}/v1/predict", data=picture, headers={"Accept": "image/png"})
    pixels = np.asarray(Image.open(io.BytesIO(seen.content)))
    check("what the network saw", pixels.shape == (28, 28))
    numbers = requests.post(f"{url}/v1/predict", json={"image": pixels.tolist()}).json()
    check("28x28 numbers", numbers[0]["probabilities"] == answer[0]["probabilities"])
    return pixels, np.array(answer[0]["probabilities"], np.float32)


def open_inference_protocol(host, pixels, picture, probabilities):
    """All that tritonclient can ask, with JSON and binary tensors, plain and compressed."""
    client = triton.InferenceServerClient(host, concurrency=4)
    check("live, ready", client.is_server_live() and client.is_server_ready() and client.is_model_ready("default"))
    check("version ready", client.is_model_ready("default", "1") and not client.is_model_ready("nobody"))
    check("server metadata", "binary_tensor_data" in client.get_server_metadata()["extensions"])
    metadata = client.get_model_metadata("default")
    check("model metadata", metadata["inputs"][0]["shape"] == [-1, 28, 28], metadata["versions"])
    check("repository index", client.get_model_repository_index()[0]["name"] == "default")

    batch = np.stack([pixels, pixels])
    for dtype, name in [(np.uint8, "UINT8"), (np.float32, "FP32"), (np.float16, "FP16"), (np.int64, "INT64")]:
        for binary in (True, False):
            if name == "FP16" and not binary:
                continue  # tritonclient has no JSON for it
            tensor = triton.InferInput("input", batch.shape, name)
            tensor.set_data_from_numpy(batch.astype(dtype), binary_data=binary)
            outputs = [triton.InferRequestedOutput("probabilities", binary_data=binary),
                       triton.InferRequestedOutput("digit", binary_data=not binary)]
            result = client.infer("default", [tensor], outputs=outputs, request_id="7")
            same = np.allclose(result.as_numpy("probabilities"), [probabilities] * 2, atol=1e-6)
            digits = result.as_numpy("digit")
            check(f"{name}, binary {binary}", same and digits.dtype == np.int64 and result.get_response()["id"] == "7")

    tensor = triton.InferInput("input", batch.shape, "UINT8")
    tensor.set_data_from_numpy(batch)
    everything = client.infer("default", [tensor])
    check("all outputs", everything.as_numpy("rejected").tolist() == [False, False])
    for algorithm in ("gzip", "deflate"):
        result = client.infer("default", [tensor], request_compression_algorithm=algorithm)
        check(f"{algorithm} body", np.allclose(result.as_numpy("probabilities"), [probabilities] * 2, atol=1e-6))
    outputs = [triton.InferRequestedOutput("probabilities", class_count=3)]
    classes = client.infer("default", [tensor], outputs=outputs).as_numpy("probabilities")
    check("classification", classes.shape == (2, 3), classes[0])
    for binary in (True, False):
        tensor = triton.InferInput("picture", [1], "BYTES")
        data = picture if binary else base64.b64encode(picture)
        tensor.set_data_from_numpy(np.array([data], np.object_), binary_data=binary)
        result = client.infer("default", [tensor])
        check(f"BYTES with a PNG, binary {binary}", np.allclose(result.as_numpy("probabilities"), [probabilities], atol=1e-6))
    waiting = [client.async_infer("default", [tensor]) for _ in range(20)]
    check("async_infer", all(one.get_result().as_numpy("digit") is not None for one in waiting))
    try:
        client.infer("nobody", [tensor])
        check("unknown model", False)
    except triton.InferenceServerException as error:
        check("unknown model", "404" in str(error.status()) and "nobody" in error.message(), error.message())


async def kserve_client(url, pixels, probabilities):
    """KServe's client for the second version of its protocol, which is the Open Inference Protocol."""
    client = kserve.InferenceRESTClient(kserve.RESTConfig(protocol="v2"))
    ready = await client.is_server_live(url) and await client.is_server_ready(url)
    check("kserve: live, ready", ready and await client.is_model_ready(url, "default"))
    batch = np.stack([pixels, pixels])
    for dtype, name in [(np.uint8, "UINT8"), (np.float32, "FP32")]:
        for binary in (True, False):
            tensor = kserve.InferInput("input", list(batch.shape), name)
            tensor.set_data_from_numpy(batch.astype(dtype), binary_data=binary)
            request = kserve.InferRequest(model_name="default", infer_inputs=[tensor])
            result = await client.infer(url, request, model_name="default")
            found = {output.name: output for output in result.outputs}["probabilities"].as_numpy()
            same = np.allclose(found.reshape(2, 10), [probabilities] * 2, atol=1e-6)
            check(f"kserve: {name}, binary {binary}", same)
    await client.close()


def tensorflow_serving(url, pixels, picture, probabilities):
    """The requests of TensorFlow Serving's documentation."""
    model = f"{url}/v1/models/default"
    status = requests.get(model).json()["model_version_status"][0]
    check("status", status["state"] == "AVAILABLE" and status["status"]["error_code"] == "OK")
    signatures = requests.get(f"{model}/metadata").json()["metadata"]["signature_def"]["signature_def"]
    check("metadata", "serving_default" in signatures)
    unit = (pixels / 255).tolist()
    rows = requests.post(f"{model}:predict", json={"signature_name": "serving_default", "instances": [unit, unit]}).json()
    check("rows", np.allclose(rows["predictions"], [probabilities] * 2, atol=1e-6))
    columns = requests.post(f"{model}/versions/1:predict", json={"inputs": {"input": [unit]}}).json()
    check("columns", np.allclose(columns["outputs"], [probabilities], atol=1e-6))
    encoded = {"b64": base64.b64encode(picture).decode()}
    pictures = requests.post(f"{model}:predict", json={"instances": [encoded, {"picture": encoded}]}).json()
    check("b64", np.allclose(pictures["predictions"], [probabilities] * 2, atol=1e-6))
    classes = requests.post(f"{model}:classify", json={"examples": [{"input": unit}]}).json()["results"][0]
    check("classify", max(classes, key=lambda pair: pair[1])[0] == str(int(probabilities.argmax())))
    wrong = requests.post(f"{model}:predict", json={"instances": [1], "inputs": [1]})
    check("both forms", wrong.status_code == 400 and list(wrong.json()) == ["error"], wrong.json()["error"])


def main():
    arguments = argparse.ArgumentParser(description="check a server with the clients that people have")
    arguments.add_argument("url", help="as http://127.0.0.1:8080")
    arguments.add_argument("picture", help="a PNG file with one digit")
    arguments.add_argument("--digit", type=int, required=True, help="the digit on it")
    chosen = arguments.parse_args()
    with open(chosen.picture, "rb") as file:
        picture = file.read()
    pixels, probabilities = own_interface(chosen.url, picture, chosen.digit)
    open_inference_protocol(chosen.url.split("//")[1], pixels, picture, probabilities)
    asyncio.run(kserve_client(chosen.url, pixels, probabilities))
    tensorflow_serving(chosen.url, pixels, picture, probabilities)


if __name__ == "__main__":
    main()
