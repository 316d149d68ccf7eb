// Loads the build that this browser can run: with vectors (simd128), or without.

/** A module with one vector instruction. */
const VECTORS = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
]);

/** Which build is loaded: its file is `NAME/inkdigit_bg.wasm`. */
export const build = WebAssembly.validate(VECTORS) ? "simd" : "plain";

export async function load(wasm) {
  const engine = await (build === "simd" ? import("./simd/inkdigit.js") : import("./plain/inkdigit.js"));
  await engine.default(wasm === undefined ? undefined : { module_or_path: wasm });
  return engine;
}
