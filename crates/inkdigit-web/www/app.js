// The page: hands pixels to the recognizer and shows what it answers. What is ink and where digits are is the
// recognizer's matter alone.

import { Board } from "./board.js";
import { build, finder, load } from "./pkg/index.js";

// What takes longest comes first.
const loading = load();

const $ = (id) => document.getElementById(id);
const body = document.body;
const board = new Board($("board"), $("paper"), $("cursor"));

/** The most pixels that a canvas holds on every phone; larger pictures are scaled down to it. */
const MOST_PIXELS = 16_000_000;

const REASONS = {
  "nothing drawn": "Nothing is drawn here yet.",
  "too faint": "There is something, but it's too faint to read.",
  "no digit found": "No digit found: only specks or lines.",
};

let engine;
let recognizer;
/** The finder's file, from the first picture on. */
let finding;
let reading = { text: "", digits: [], turned: 0, reason: "nothing drawn" };
let chosen = 0;
let scheduled = false;
let settled = true;
/** What is on the board was read already: a stroke's end changes nothing. */
let current = false;

/** With blanks at which no line breaks. */
const percent = (share) => {
  if (share > 0.9995) return ">\u00a099.9\u00a0%";
  return share < 0.0005 ? "<\u00a00.1\u00a0%" : `${(100 * share).toFixed(1)}\u00a0%`;
};

// Answers.

function schedule() {
  if (scheduled) return;
  scheduled = true;
  requestAnimationFrame(() => {
    scheduled = false;
    read();
  });
}

function read() {
  if (!recognizer) return;
  if (current) return show();
  const started = performance.now();
  try {
    reading = board.empty
      ? { text: "", digits: [], turned: 0, reason: "nothing drawn" }
      : recognizer.read(board.pixels(), !board.picture);
  } catch (error) {
    return trouble(error);
  }
  current = true;
  const ended = performance.now();
  performance.measure("inkdigit:read", { start: started, end: ended });
  // A number that grows leaves the choice with its newest digit.
  chosen = Math.max(0, reading.digits.length - 1);
  $("time").textContent = board.empty ? "" : `read in ${(ended - started).toFixed(1)} ms`;
  show();
}

function show() {
  const { digits } = reading;
  const digit = digits[chosen];
  const many = digits.length > 1;
  body.classList.toggle("many", many);
  body.classList.toggle("nothing", !digit);
  body.classList.toggle("rejected", Boolean(digit?.rejected));
  $("digit").textContent = many ? reading.text : reading.text || (digit ? "–" : "");
  $("sentence").textContent = sentence();
  showBars(digit);
  showChips(digits, many);
  showMarks(digits, many);
  if (digit) showSeen(digit);
  if (settled) showLayers(digit);
}

function sentence() {
  const { digits, text, reason, turned } = reading;
  const digit = digits[0];
  if (digits.length === 0) return board.empty ? "Draw, and the answer appears here." : REASONS[reason];
  if (digits.length === 1 && digit.rejected) {
    return `That's no digit I know. The closest is ${digit.digit}, at ${percent(digit.probability)}.`;
  }
  const also = Math.abs(turned) > 1 ? ` The picture was turned by ${Math.round(turned)}°.` : "";
  if (digits.length === 1) return `That's a ${digit.digit}, ${percent(digit.probability)} sure.${also}`;
  const read = digits.filter((one) => !one.rejected).length;
  if (read === 0) return `No digit among the ${digits.length} marks here.${also}`;
  const lines = text.split("\n").length;
  const digitsRead = `${read} ${read > 1 ? "digits" : "digit"}`;
  const told = lines > 1 ? `${digitsRead} in ${lines} lines` : `That's ${text}, ${digitsRead}`;
  const doubtful = digits.length - read;
  const rest = doubtful ? `, and ${doubtful} ${doubtful > 1 ? "marks" : "mark"} that ${doubtful > 1 ? "are" : "is"} no digit` : "";
  return `${told}${rest}.${also}`;
}

const bars = Array.from({ length: 10 }, (_, digit) => {
  const row = $("bars").appendChild(document.createElement("li"));
  row.append(Object.assign(document.createElement("b"), { textContent: digit }));
  const bar = row.appendChild(document.createElement("span"));
  const value = row.appendChild(document.createElement("i"));
  return { row, bar, value };
});

function showBars(digit) {
  bars.forEach(({ row, bar, value }, number) => {
    const share = digit && digit.probabilities[number];
    row.classList.toggle("best", Boolean(digit) && number === digit.digit);
    bar.style.setProperty("--share", share ?? 0);
    value.textContent = digit ? percent(share) : "";
  });
}

function showChips(digits, many) {
  const chips = [];
  digits.forEach((digit, index) => {
    if (!many) return;
    if (index > 0 && digit.line !== digits[index - 1].line) chips.push(document.createElement("hr"));
    const chip = Object.assign(document.createElement("button"), { type: "button" });
    chip.textContent = digit.rejected ? "–" : digit.digit;
    chip.ariaPressed = String(index === chosen);
    chip.ariaLabel = digit.rejected ? `no digit, perhaps ${digit.digit}` : `${digit.digit}, ${percent(digit.probability)}`;
    chip.classList.toggle("rejected", digit.rejected);
    chip.addEventListener("click", () => {
      chosen = index;
      show();
      $("digits").querySelectorAll("button")[index]?.focus();
    });
    chips.push(chip);
  });
  $("digits").replaceChildren(...chips);
}

function showMarks(digits, many) {
  const { picture } = board;
  const [width, height] = picture ? [picture.width, picture.height] : [board.width, board.height];
  $("marks").setAttribute("viewBox", `0 0 ${width} ${height}`);
  const shown = many || picture ? digits : [];
  const margin = Math.max(width, height) / 120;
  $("marks").replaceChildren(
    ...shown.map(({ box: [x, y, w, h], rejected }, index) => {
      const mark = document.createElementNS("http://www.w3.org/2000/svg", "rect");
      const sides = { x: x - margin, y: y - margin, width: w + 2 * margin, height: h + 2 * margin };
      for (const [name, value] of Object.entries(sides)) mark.setAttribute(name, value);
      mark.classList.toggle("rejected", rejected);
      mark.classList.toggle("chosen", index === chosen);
      return mark;
    }),
  );
}

function showSeen({ pixels }) {
  const colours = new Uint8ClampedArray(4 * pixels.length);
  pixels.forEach((level, i) => colours.set([level, level, level, 255], 4 * i));
  $("seen").getContext("2d").putImageData(new ImageData(colours, 28, 28), 0, 0);
}

function showLayers(digit) {
  if (!$("inside").open || !recognizer) return;
  if (!digit) {
    const words = Object.assign(document.createElement("li"), { textContent: "Draw a digit, and its way through the network appears here." });
    words.className = "empty";
    return $("layers").replaceChildren(words);
  }
  const ground = getComputedStyle(body).getPropertyValue("--card").trim().replace("#", "");
  try {
    const pictures = recognizer.layers(digit.pixels, Number.parseInt(ground, 16));
    $("layers").replaceChildren(...pictures.map(layer));
  } catch (error) {
    trouble(error);
  }
}

function layer({ kind, shape, sentence, width, height, pixels }) {
  const item = document.createElement("li");
  const title = Object.assign(document.createElement("h3"), { textContent: kind });
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  canvas.role = "img";
  canvas.ariaLabel = `${kind}: ${shape}`;
  canvas.getContext("2d").putImageData(new ImageData(pixels, width, height), 0, 0);
  const words = Object.assign(document.createElement("p"), { textContent: sentence });
  words.className = "hint";
  item.append(title, canvas, words);
  return item;
}

// Troubles, in words.

function trouble(error) {
  const stopped = error instanceof WebAssembly.RuntimeError;
  const words = stopped ? "The recognizer stopped unexpectedly. Reload the page to go on." : error.message;
  $("trouble").hidden = false;
  $("trouble").querySelector("p").textContent = words;
}

$("trouble").querySelector("button").addEventListener("click", () => ($("trouble").hidden = true));

// Pictures and networks from outside.

/** Fetches the finder once; without it pictures are read by rules, which is said. */
async function fetchFinder() {
  if (finding) return;
  body.classList.add("fetching");
  try {
    finding = await finder();
    if (recognizer) recognizer.findWith(finding, "finder.onnx");
    current = false;
  } catch (error) {
    trouble(new Error(`What finds digits on pictures can't be loaded, so this one is read by simpler rules: ${error.message}`));
  }
  body.classList.remove("fetching");
}

async function openPicture(file) {
  const fetching = fetchFinder();
  let bitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    const name = file.name || "What was pasted";
    return trouble(new Error(`${name} can't be shown as a picture; take PNG, JPEG, WebP or GIF.`));
  }
  const scale = Math.min(1, Math.sqrt(MOST_PIXELS / (bitmap.width * bitmap.height)));
  const picture = document.createElement("canvas");
  picture.width = Math.max(1, Math.floor(bitmap.width * scale));
  picture.height = Math.max(1, Math.floor(bitmap.height * scale));
  const context = picture.getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0, picture.width, picture.height);
  bitmap.close();
  await fetching;
  board.show(picture);
}

async function openModel(file) {
  try {
    use(engine.Recognizer.fromOnnx(new Uint8Array(await file.arrayBuffer()), file.name));
    $("built-in").hidden = false;
  } catch (error) {
    trouble(error);
  }
}

function use(next) {
  recognizer?.free();
  recognizer = next;
  if (finding) recognizer.findWith(finding, "finder.onnx");
  const { name, parameters, test_accuracy: accuracy, origin } = recognizer.model;
  const known = accuracy ? `, right on ${(100 * accuracy).toFixed(2)} % of MNIST's test digits` : "";
  const strong = Object.assign(document.createElement("strong"), { textContent: name || origin || "network" });
  $("model").replaceChildren("Reading with ", strong, `: ${parameters.toLocaleString("en")} learned numbers${known}.`);
  $("trouble").hidden = true;
  current = false;
  read();
}

function open(file) {
  if (/\.onnx$/i.test(file.name)) return openModel(file);
  if (file.type.startsWith("image/")) return openPicture(file);
  trouble(new Error(`${file.name} is neither a picture nor an ONNX file; drop one of these.`));
}

$("open-picture").addEventListener("change", ({ target }) => {
  if (target.files[0]) openPicture(target.files[0]);
  target.value = "";
});
$("open-model").addEventListener("change", ({ target }) => {
  if (target.files[0]) openModel(target.files[0]);
  target.value = "";
});
$("built-in").addEventListener("click", () => {
  use(new engine.Recognizer());
  $("built-in").hidden = true;
});
document.addEventListener("paste", (event) => {
  const file = [...event.clipboardData.files].find((one) => one.type.startsWith("image/"));
  if (file) openPicture(file);
});
document.addEventListener("dragover", (event) => {
  event.preventDefault();
  body.classList.add("dropping");
});
for (const end of ["dragleave", "drop"]) {
  document.addEventListener(end, (event) => {
    if (end === "drop" || !event.relatedTarget) body.classList.remove("dropping");
  });
}
document.addEventListener("drop", (event) => {
  event.preventDefault();
  if (event.dataTransfer.files[0]) open(event.dataTransfer.files[0]);
});

// Tools.

for (const [kind, pointing] of [["pointerdown", true], ["keydown", false]]) {
  addEventListener(kind, () => body.classList.toggle("pointing", pointing), { capture: true });
}

$("undo").addEventListener("click", () => board.undo());
$("clear").addEventListener("click", () => board.clear());
$("inside").addEventListener("toggle", () => showLayers(reading.digits[chosen]));
document.addEventListener("keydown", (event) => {
  const command = event.ctrlKey || event.metaKey;
  if (command && event.key.toLowerCase() === "z" && !event.shiftKey) {
    event.preventDefault();
    board.undo();
  } else if (event.key === "Escape") {
    board.clear();
  } else if (event.key.toLowerCase() === "o" && !command && !event.altKey) {
    $("open-picture").click();
  }
});
board.addEventListener("change", (event) => {
  settled = event.settled;
  current &&= !event.altered;
  body.classList.toggle("used", !board.empty);
  $("undo").disabled = !board.undoable;
  $("clear").disabled = board.empty;
  schedule();
});

/** Browsers make fast code of what has run some times: digits that nobody sees are read until they have. */
function warmUp() {
  const { width, height } = board;
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  context.fillStyle = "#fff";
  context.fillRect(0, 0, width, height);
  context.lineWidth = 10;
  // A 7, and a 1 beside it: a lone digit and a number.
  const pictures = [[[0.4, 0.2], [0.6, 0.2], [0.5, 0.8]], [[0.2, 0.2], [0.2, 0.8]]].map((stroke) => {
    context.beginPath();
    stroke.forEach(([x, y]) => context.lineTo(x * width, y * height));
    context.stroke();
    return context.getImageData(0, 0, width, height);
  });
  recognizer.read(pictures[0], true);
  performance.measure("inkdigit:first-answer", { start: 0, end: performance.now() });
  let left = 40;
  const step = (deadline) => {
    do recognizer.read(pictures[left % 2], true);
    while (--left > 0 && deadline.timeRemaining() > 10);
    // Whoever draws meanwhile does it himself.
    if (left > 0 && board.empty) next();
    else body.dataset.warm = "";
  };
  const next = () => requestIdleCallback(step, { timeout: 500 });
  if ("requestIdleCallback" in window) next();
}

// The beginning.

try {
  engine = await loading;
  use(new engine.Recognizer());
  performance.measure("inkdigit:ready", { start: 0, end: performance.now() });
  body.dataset.ready = engine.instructionSet();
  warmUp();
} catch (error) {
  $("sentence").textContent = "The network can't be loaded.";
  trouble(new Error(`The network can't be loaded: ${error.message}`));
}
if ("serviceWorker" in navigator && isSecureContext) {
  navigator.serviceWorker.register(`sw.js?build=${build}`).catch(() => {
    // Without it the page works all the same, as long as there is a network.
  });
}
