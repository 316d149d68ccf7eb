"""Treats a running `inkdigit serve` badly and checks that everybody else is served meanwhile: thousands of idle
connections, heads and bodies that never end, a PNG that announces gigapixels, garbage and deep JSON. Prints what the
server said to each, and how long an honest request took; ends with 1 if an answer isn't what it should be.

    inkdigit serve --port 8080 --idle-time 20 --request-time 10 &
    python tools/reference/serve_abuse.py 127.0.0.1 8080 docs/pictures/synthetic-3.png --connections 10000
"""
import argparse
import asyncio
import json
import statistics
import struct
import time
import zlib


def request(path, body=b"", content_type="application/json", more=""):
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return head.encode() + body


async def answer(host, port, data, timeout=60):
    """Status and body of one request on a connection of its own."""
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(data)
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), timeout)
        length = [line for line in head.decode().split("\r\n") if line.lower().startswith("content-length")]
        body = await asyncio.wait_for(reader.readexactly(int(length[0].split(":")[1])), timeout)
        return int(head.split()[1]), body
    finally:
        writer.close()


def bomb():
    """A PNG of a few bytes that announces 65535x65535 pixels."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    header = struct.pack(">IIBBBBB", 65535, 65535, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


async def honest(host, port, picture, times):
    while True:
        start = time.perf_counter()
        status, body = await answer(host, port, request("/v1/predict", picture, "image/png"))
        assert status == 200, body
        times.append(time.perf_counter() - start)
        await asyncio.sleep(0.05)


async def drip(host, port, start, piece):
    """Sends a piece every second until the server hangs up; returns how long that took and what it said."""
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(start)
    began = time.perf_counter()
    said = asyncio.create_task(reader.read())
    while not said.done():
        writer.write(piece)
        await asyncio.wait([said], timeout=1)
    writer.close()
    try:
        words = said.result()
    except ConnectionError:
        words = b""
    return time.perf_counter() - began, words[:12].decode()


async def main():
    arguments = argparse.ArgumentParser(description="treat a server badly")
    arguments.add_argument("host")
    arguments.add_argument("port", type=int)
    arguments.add_argument("picture")
    arguments.add_argument("--connections", type=int, default=10000)
    chosen = arguments.parse_args()
    host, port = chosen.host, chosen.port
    with open(chosen.picture, "rb") as file:
        picture = file.read()
    times = []
    others = asyncio.create_task(honest(host, port, picture, times))

    idle = [await asyncio.open_connection(host, port) for _ in range(chosen.connections)]
    print(f"{len(idle)} idle connections are open")
    drips = [asyncio.create_task(drip(host, port, b"GET /livez HTTP/1.1\r\nX: ", b"x")) for _ in range(50)]
    endless = b"POST /v1/predict HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    drips += [asyncio.create_task(drip(host, port, endless, b"1\r\nx\r\n")) for _ in range(50)]

    tensor = {"name": "input", "shape": [1, 28, 28], "datatype": "UINT8", "data": [0] * 784}
    cases = [
        ("a bomb of a PNG", "/v1/predict", bomb(), "image/png", 413),
        ("garbage as a picture", "/v1/predict", bytes(range(256)) * 40, "image/png", 415),
        ("a picture cut off", "/v1/predict", picture[:100], "image/png", 400),
        ("garbage JSON", "/v1/predict", b"{]", "application/json", 400),
        ("deep JSON", "/v1/predict", b'{"image":' + b"[" * 500_000, "application/json", 400),
        ("deep JSON, v2", "/v2/models/default/infer", b"[" * 500_000, "application/json", 400),
        ("wrong shape", "/v2/models/default/infer", json.dumps({"inputs": [tensor | {"shape": [1, 2, 3]}]}).encode(), "application/json", 400),
        ("wrong dtype", "/v2/models/default/infer", json.dumps({"inputs": [tensor | {"datatype": "FP128"}]}).encode(), "application/json", 400),
        ("unknown model", "/v2/models/nobody/infer", json.dumps({"inputs": [tensor]}).encode(), "application/json", 404),
        ("unknown model, TensorFlow", "/v1/models/nobody:predict", b'{"instances": []}', "application/json", 404),
        ("an unknown type", "/v1/predict", b"x", "video/mp4", 415),
    ]
    for what, path, body, content_type, expected in cases:
        status, said = await answer(host, port, request(path, body, content_type))
        words = json.loads(said)
        print(f"{status} {what}: {words['error'][:110]}")
        assert status == expected and list(words) == ["error"], (status, said)
    head = b"POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999999\r\n\r\n"
    status, said = await answer(host, port, head)
    print(f"{status} a body too long: {json.loads(said)['error'][:110]}")
    assert status == 413

    ends = await asyncio.gather(*drips)
    for what, part in (("heads", ends[:50]), ("bodies", ends[50:])):
        seconds, words = zip(*part)
        print(f"50 {what} that never end: cut off after {min(seconds):.1f} to {max(seconds):.1f} s, {set(words)}")
    others.cancel()
    for _, writer in idle:
        writer.close()
    times.sort()
    print(f"{len(times)} honest requests meanwhile, all answered: median {1e3 * statistics.median(times):.1f} ms, "
          f"worst {1e3 * times[-1]:.1f} ms")


if __name__ == "__main__":
    asyncio.run(main())
