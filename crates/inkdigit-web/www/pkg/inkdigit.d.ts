/* tslint:disable */
/* eslint-disable */
/** Red, green, blue and opacity of each pixel, row by row: an ImageData, or any object with its fields. */
export interface Pixels {
    readonly data: Uint8ClampedArray | Uint8Array;
    readonly width: number;
    readonly height: number;
}

/** Why a picture isn't taken for a digit. */
export type Rejection = "nothing drawn" | "too faint" | "no digit found" | "unsure";

/** What a digit was read as. */
export interface Prediction {
    /** The most probable digit. */
    digit: number;
    /** Its probability. */
    probability: number;
    /** The probability of each digit; they add up to 1. */
    probabilities: number[];
    /** Whether the picture isn't taken for a digit at all. */
    rejected: boolean;
    /** Why, if it isn't. */
    reason?: Rejection;
}

/** What `Recognizer.digit` answers; the same as `inkdigit predict --json`. */
export interface DigitAnswer extends Prediction {
    /** The picture's name, as it was given. */
    file: string;
}

/** A digit of a `PageAnswer`. */
export interface PageDigitAnswer {
    digit: number;
    probability: number;
    /** The second most probable digit. */
    second: number;
    second_probability: number;
    /** Column, row, width and height in the picture's pixels. */
    box: [number, number, number, number];
    /** The number of its line, from 0. */
    line: number;
    /** The number of its word in the line, from 0. */
    word: number;
    rejected: boolean;
}

/** What `Recognizer.page` answers; the same as `inkdigit read --json`. */
export interface PageAnswer {
    /** The picture's name, as it was given. */
    file: string;
    /** The digits of each line, a line for a line, without those that were rejected. */
    text: string;
    lines: string[];
    /** For each of `lines` its words: digits with wide gaps before and after them. */
    words: string[][];
    /** By how many degrees the picture was turned clockwise to be read. */
    turned: number;
    digits: PageDigitAnswer[];
    /** Why there is no digit. */
    reason?: Rejection;
}

/** A digit of a `Reading`. */
export interface ReadDigit extends Prediction {
    /** Column, row, width and height in the picture's pixels. */
    box: [number, number, number, number];
    /** The number of its line, from 0. */
    line: number;
    /** What the network saw: 28x28, bright ink (255) on dark (0). */
    pixels: Uint8Array;
}

/** What `Recognizer.read` answers: one digit or many. */
export interface Reading {
    /** The digits of each line, a line for a line, without those that were rejected. */
    text: string;
    /** By how many degrees the picture was turned clockwise to be read. */
    turned: number;
    /** Each digit in reading order, with those that were rejected. */
    digits: ReadDigit[];
    /** Why there is no digit. */
    reason?: Rejection;
}

/** What a layer makes of a digit, its maps in tiles; an ImageData can be made of it. */
export interface LayerPicture {
    name: string;
    /** What the layer is: "5×5 convolution". */
    kind: string;
    /** What it gives: "20 maps of 24×24". */
    shape: string;
    /** What it does, in a sentence. */
    sentence: string;
    width: number;
    height: number;
    /** Red, green, blue and opacity of each pixel. */
    pixels: Uint8ClampedArray;
}

/** A model in a few words. */
export interface ModelCard {
    name: string;
    /** Numbers that it learned. */
    parameters: number;
    /** The share of the test images that it read right, where that was measured. */
    test_accuracy: number | null;
    /** The model it began as and the program that wrote that one, where it comes from elsewhere. */
    origin: string | null;
}



/**
 * Reads handwritten digits with one model.
 */
export class Recognizer {
    free(): void;
    [Symbol.dispose](): void;
    /**
     * Reads the one digit on a picture: the answer of `inkdigit predict --json`.
     *
     * # Errors
     * An `Error` if the pixels don't fit their size.
     */
    digit(picture: Pixels, file?: string | null): DigitAnswer;
    /**
     * From now on digits on pictures are found by the finder of an ONNX file, anywhere; without one they are found
     * by rules, as on drawings.
     *
     * # Errors
     * An `Error` that says what is wrong with the file, if it holds no finder.
     */
    findWith(bytes: Uint8Array | number[], file: string): void;
    /**
     * A recognizer with the network of an ONNX file; `file` is what messages call it.
     *
     * # Errors
     * An `Error` that says what is wrong with the file, if it holds no network for digits.
     */
    static fromOnnx(bytes: Uint8Array | number[], file: string): Recognizer;
    /**
     * What each layer makes of a digit that is in the network's form, as pictures; between their tiles lies
     * `ground`, a colour as in CSS (0xrrggbb).
     *
     * # Errors
     * An `Error` if there aren't 28x28 bytes.
     */
    layers(digit: Uint8Array | number[], ground: number): LayerPicture[];
    /**
     * A recognizer with the model that is built in.
     */
    constructor();
    /**
     * Reads all digits of a picture, in reading order: the answer of `inkdigit read --json`.
     *
     * # Errors
     * An `Error` if the pixels don't fit their size.
     */
    page(picture: Pixels, file?: string | null): PageAnswer;
    /**
     * The ten probabilities of each of any number of digits that are in the network's form already: 28x28
     * bytes each, bright ink (255) on dark (0), as in MNIST.
     *
     * # Errors
     * An `Error` if there isn't a whole number of them.
     */
    probabilities(digits: Uint8Array | number[]): Float32Array;
    /**
     * Reads one digit or many, whichever the picture has, and hands over what the network saw of each.
     * `drawn` says that the picture was drawn just now: nothing but strokes on even ground, and not turned.
     *
     * # Errors
     * An `Error` if the pixels don't fit their size.
     */
    read(picture: Pixels, drawn: boolean): Reading;
    /**
     * What its model says about itself.
     */
    readonly model: ModelCard;
}

/**
 * The processor's vectors that this build uses: `simd128`, or `portable` for none.
 */
export function instructionSet(): string;

export type InitInput = RequestInfo | URL | Response | BufferSource | WebAssembly.Module;

export interface InitOutput {
    readonly memory: WebAssembly.Memory;
    readonly __wbg_recognizer_free: (a: number, b: number) => void;
    readonly instructionSet: () => [number, number];
    readonly recognizer_digit: (a: number, b: any, c: number, d: number) => [number, number, number];
    readonly recognizer_findWith: (a: number, b: number, c: number, d: number, e: number) => [number, number];
    readonly recognizer_fromOnnx: (a: number, b: number, c: number, d: number) => [number, number, number];
    readonly recognizer_layers: (a: number, b: number, c: number, d: number) => [number, number, number];
    readonly recognizer_model: (a: number) => any;
    readonly recognizer_new: () => number;
    readonly recognizer_page: (a: number, b: any, c: number, d: number) => [number, number, number];
    readonly recognizer_probabilities: (a: number, b: number, c: number) => [number, number, number, number];
    readonly recognizer_read: (a: number, b: any, c: number) => [number, number, number];
    readonly __wbindgen_exn_store: (a: number) => void;
    readonly __externref_table_alloc: () => number;
    readonly __wbindgen_externrefs: WebAssembly.Table;
    readonly __wbindgen_free: (a: number, b: number, c: number) => void;
    readonly __wbindgen_malloc: (a: number, b: number) => number;
    readonly __wbindgen_realloc: (a: number, b: number, c: number, d: number) => number;
    readonly __externref_table_dealloc: (a: number) => void;
    readonly __wbindgen_start: () => void;
}

export type SyncInitInput = BufferSource | WebAssembly.Module;

/**
 * Instantiates the given `module`, which can either be bytes or
 * a precompiled `WebAssembly.Module`.
 *
 * @param {{ module: SyncInitInput }} module - Passing `SyncInitInput` directly is deprecated.
 *
 * @returns {InitOutput}
 */
export function initSync(module: { module: SyncInitInput } | SyncInitInput): InitOutput;

/**
 * If `module_or_path` is {RequestInfo} or {URL}, makes a request and
 * for everything else, calls `WebAssembly.instantiate` directly.
 *
 * @param {{ module_or_path: InitInput | Promise<InitInput> }} module_or_path - Passing `InitInput` directly is deprecated.
 *
 * @returns {Promise<InitOutput>}
 */
export default function __wbg_init (module_or_path: { module_or_path: InitInput | Promise<InitInput> } | InitInput | Promise<InitInput>): Promise<InitOutput>;
