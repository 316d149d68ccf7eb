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
