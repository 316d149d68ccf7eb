export type * from "./inkdigit.js";

/**
 * Which build this browser can run: with vectors whose multiply-add is one instruction, with vectors, or without.
 * Its file is `NAME.wasm`.
 */
export const build: "relaxed" | "simd" | "plain";

/**
 * Fetches what finds digits anywhere on a picture, for `Recognizer.findWith`. It lies beside this module, and is as
 * large as all the rest: fetch it when the first picture comes.
 */
export function finder(): Promise<Uint8Array>;

/**
 * Loads the network and the code that runs it, once; all builds have the same face.
 * @param wasm The bytes of a build's file, or where to fetch it; by itself it is found beside this module.
 */
export function load(wasm?: BufferSource | URL | string | Response): Promise<typeof import("./inkdigit.js")>;
