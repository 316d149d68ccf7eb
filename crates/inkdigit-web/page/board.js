// The drawing board: strokes by pointer or keyboard, one picture in their place, and a way back.

/** The board's width in its own units, which are the pixels that are read. */
const WIDTH = 320;
/** A pen as wide as MNIST's, for digits as high as half the board. */
const PEN = 9.6;
const STEP = 8;

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Fires `change`; on the event `settled` says that no stroke is under way, `altered` that there is something new. */
export class Board extends EventTarget {
  #root;
  #canvas;
  #cursor;
  /** What is on the board: a picture or none, and strokes, each a list of [x, y, width]. */
  #now = { picture: null, strokes: [] };
  #past = [];
  #stroke = null;
  /** Where strokes are drawn to be read. */
  #copy = null;
  #pen = { x: WIDTH / 2, y: 0, down: false };

  constructor(root, canvas, cursor) {
    super();
    [this.#root, this.#canvas, this.#cursor] = [root, canvas, cursor];
    root.addEventListener("pointerdown", (event) => this.#pointerDown(event));
    root.addEventListener("pointermove", (event) => this.#pointerMove(event));
    for (const end of ["pointerup", "pointercancel"]) {
      root.addEventListener(end, (event) => event.isPrimary && this.#finish());
    }
    root.addEventListener("keydown", (event) => this.#key(event));
    root.addEventListener("blur", () => this.#lift(true));
    new ResizeObserver(() => this.draw()).observe(root);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
    this.#pen.y = this.height / 2;
  }

  get width() {
    return WIDTH;
  }

  get height() {
    return Math.max(1, Math.round((WIDTH * this.#root.clientHeight) / this.#root.clientWidth));
  }

  get empty() {
    return !this.#now.picture && this.#now.strokes.length === 0;
  }

  get undoable() {
    return this.#past.length > 0;
  }

  /** The picture on the board; none while there are strokes. */
  get picture() {
    return this.#now.picture;
  }

  /** What is to be read, as an ImageData: the picture as it is, or the strokes in black on white. */
  pixels() {
    const { picture } = this.#now;
    if (picture) {
      const context = picture.getContext("2d", { willReadFrequently: true });
      return context.getImageData(0, 0, picture.width, picture.height);
    }
    const height = this.height;
    if (this.#copy?.canvas.height !== height) {
      this.#copy = new OffscreenCanvas(WIDTH, height).getContext("2d", { willReadFrequently: true });
    }
    const context = this.#copy;
    context.fillStyle = "#fff";
    context.fillRect(0, 0, WIDTH, height);
    this.#ink(context, "#000");
    return context.getImageData(0, 0, WIDTH, height);
  }

  /** Puts a picture, as a canvas, in the place of all that is there. */
  show(picture) {
    this.#change({ picture, strokes: [] });
  }

  clear() {
    if (!this.empty) this.#change({ picture: null, strokes: [] });
  }

  undo() {
    this.#stroke = null;
    if (!this.undoable) return;
    this.#now = this.#past.pop();
    this.#changed(true);
  }

  draw() {
    const scale = Math.min(3, devicePixelRatio || 1);
    const [width, height] = [this.#root.clientWidth * scale, this.#root.clientHeight * scale].map(Math.round);
    if (width === 0 || height === 0) return;
    if (this.#canvas.width !== width || this.#canvas.height !== height) {
      [this.#canvas.width, this.#canvas.height] = [width, height];
    }
    const context = this.#canvas.getContext("2d");
    context.clearRect(0, 0, width, height);
    const { picture } = this.#now;
    if (picture) {
      const fit = Math.min(width / picture.width, height / picture.height);
      const [w, h] = [picture.width * fit, picture.height * fit];
      context.imageSmoothingQuality = "high";
      context.drawImage(picture, (width - w) / 2, (height - h) / 2, w, h);
    }
    context.save();
    context.scale(width / WIDTH, width / WIDTH);
    this.#ink(context, getComputedStyle(this.#root).color);
    context.restore();
  }

  #ink(context, colour) {
    context.strokeStyle = context.fillStyle = colour;
    context.lineCap = context.lineJoin = "round";
    for (const stroke of this.#now.strokes) {
      const [x, y, width] = stroke[0];
      context.beginPath();
      context.arc(x, y, width / 2, 0, 2 * Math.PI);
      context.fill();
      // From middle to middle of neighbouring points, bent toward the points: smooth at any speed.
      let from = stroke[0];
      for (let i = 1; i < stroke.length; i++) {
        const [point, last] = [stroke[i], i === stroke.length - 1];
        const to = last ? point : point.map((value, axis) => (value + stroke[i + 1][axis]) / 2);
        context.beginPath();
        context.lineWidth = (from[2] + to[2]) / 2;
        context.moveTo(from[0], from[1]);
        context.quadraticCurveTo(point[0], point[1], to[0], to[1]);
        context.stroke();
        from = to;
      }
    }
  }

  #change(next) {
    this.#past.push(this.#now);
    if (this.#past.length > 200) this.#past.shift();
    this.#now = next;
    this.#changed(true);
  }

  #changed(settled, altered = true) {
    if (altered) this.draw();
    this.dispatchEvent(Object.assign(new Event("change"), { settled, altered }));
  }

  #begin(point) {
    // A stroke on a picture begins a drawing of its own; undo brings the picture back.
    const strokes = this.#now.picture ? [] : this.#now.strokes;
    this.#stroke = [point];
    this.#past.push(this.#now);
    this.#now = { picture: null, strokes: [...strokes, this.#stroke] };
    this.#changed(false);
  }

  #finish() {
    if (!this.#stroke) return;
    this.#stroke = null;
    this.#changed(true, false);
  }

  #point(event) {
    const box = this.#root.getBoundingClientRect();
    const unit = WIDTH / this.#root.clientWidth;
    const x = (event.clientX - box.left - this.#root.clientLeft) * unit;
    const y = (event.clientY - box.top - this.#root.clientTop) * unit;
    const pressure = event.pointerType === "pen" && event.pressure > 0 ? 0.5 + event.pressure : 1;
    return [x, y, PEN * pressure];
  }

  #pointerDown(event) {
    if (!event.isPrimary || event.button !== 0) return;
    event.preventDefault();
    this.#root.focus({ preventScroll: true });
    this.#lift(true);
    this.#root.setPointerCapture(event.pointerId);
    this.#begin(this.#point(event));
  }

  #pointerMove(event) {
    if (!this.#stroke || this.#pen.down || !event.isPrimary) return;
    const all = event.getCoalescedEvents?.() ?? [];
    for (const one of all.length > 0 ? all : [event]) this.#stroke.push(this.#point(one));
    this.#changed(false);
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const arrow = ARROWS[event.key];
    if (arrow) {
      event.preventDefault();
      const step = event.shiftKey ? STEP / 4 : STEP;
      this.#pen.x = Math.min(WIDTH - PEN, Math.max(PEN, this.#pen.x + arrow[0] * step));
      this.#pen.y = Math.min(this.height - PEN, Math.max(PEN, this.#pen.y + arrow[1] * step));
      if (this.#pen.down) {
        this.#stroke.push([this.#pen.x, this.#pen.y, PEN]);
        this.#changed(false);
      }
      this.#showCursor();
    } else if (event.key === " " || event.key === "Enter") {
      event.preventDefault();
      if (event.repeat) return;
      if (this.#pen.down) return this.#lift(false);
      this.#pen.down = true;
      this.#begin([this.#pen.x, this.#pen.y, PEN]);
      this.#showCursor();
    }
  }

  /** Lifts the keyboard's pen. */
  #lift(hide) {
    const down = this.#pen.down;
    this.#pen.down = false;
    if (down) this.#finish();
    if (hide) this.#cursor.hidden = true;
    else this.#showCursor();
  }

  #showCursor() {
    this.#cursor.hidden = false;
    this.#cursor.classList.toggle("down", this.#pen.down);
    this.#cursor.style.left = `${(100 * this.#pen.x) / WIDTH}%`;
    this.#cursor.style.top = `${(100 * this.#pen.y) / this.height}%`;
  }
}
