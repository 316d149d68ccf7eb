// Keeps the page's files, so that it works without a network after the first visit. Other addresses of the same
// server aren't touched. `cargo xtask web` fills in the version and the files.

const CACHE = "inkdigit-5b582f20d482";
const FILES = [
  "./",
  "app.js",
  "board.js",
  "icon-192.png",
  "icon.svg",
  "index.html",
  "manifest.webmanifest",
  "pkg/finder.onnx",
  "pkg/index.js",
  "pkg/inkdigit.js",
  "pkg/plain.wasm",
  "pkg/relaxed.wasm",
  "pkg/simd.wasm",
  "style.css",
];
/** Kept from the first time they are asked for: not everybody has pictures. */
const LATER = ["pkg/finder.onnx"];

/** The page says which build it runs; the others aren't kept. */
const build = new URL(self.location).searchParams.get("build");

const base = new URL("./", self.location);
const kept = new Set();
const later = new Set(LATER.map((file) => new URL(file, base).href));
for (const file of FILES) {
  const [, module] = /^pkg\/(\w+)\.wasm$/.exec(file) ?? [];
  if (!module || module === build) kept.add(new URL(file, base).href);
}

self.addEventListener("install", (event) => {
  const fill = async () => {
    const cache = await caches.open(CACHE);
    await cache.addAll([...kept].filter((url) => !later.has(url)).map((url) => new Request(url, { cache: "no-cache" })));
    await self.skipWaiting();
  };
  event.waitUntil(fill());
});

self.addEventListener("activate", (event) => {
  const tidy = async () => {
    const names = await caches.keys();
    const old = names.filter((name) => name.startsWith("inkdigit-") && name !== CACHE);
    await Promise.all(old.map((name) => caches.delete(name)));
    await self.clients.claim();
  };
  event.waitUntil(tidy());
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  url.search = url.hash = "";
  if (event.request.method !== "GET" || !kept.has(url.href)) return;
  const answer = async () => {
    const cache = await caches.open(CACHE);
    const known = await cache.match(url.href);
    if (known) return known;
    const fetched = await fetch(event.request);
    if (later.has(url.href) && fetched.ok) await cache.put(url.href, fetched.clone());
    return fetched;
  };
  event.respondWith(answer());
});
