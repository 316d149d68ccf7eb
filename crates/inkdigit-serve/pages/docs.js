// Draws the OpenAPI document as forms, and sends what they hold.

const token = document.querySelector("#token");
const place = document.querySelector("#operations");
const template = document.querySelector("#operation");

const resolve = (description, schema) =>
  schema?.$ref ? description.components.schemas[schema.$ref.split("/").pop()] : schema;

const element = (name, text) => Object.assign(document.createElement(name), { textContent: text ?? "" });

function field(parameter) {
  const label = element("label", `${parameter.name} (${parameter.in})`);
  const input = element("input");
  input.name = parameter.name;
  input.dataset.in = parameter.in;
  input.required = parameter.required && parameter.in === "path";
  if (parameter.name === "model" && parameter.in === "path") input.value = "default";
  label.append(input, element("small", parameter.description));
  return label;
}

function bodyOf(description, operation, view) {
  const content = operation.requestBody?.content;
  if (!content) return;
  view.querySelector(".body").hidden = false;
  const types = Object.keys(content).filter((type) => type !== "multipart/form-data" && type !== "image/jpeg");
  const select = view.querySelector(".type");
  types.sort((a, b) => a.startsWith("image/") ? -1 : b.startsWith("image/") ? 1 : 0);
  for (const type of types) select.append(new Option(type === "image/png" ? "a picture" : type, type));
  const example = resolve(description, content["application/json"]?.schema)?.example ?? {};
  view.querySelector("textarea").value = JSON.stringify(example, null, 2);
  const show = () => {
    const json = select.value === "application/json";
    view.querySelector(".json").hidden = !json;
    view.querySelector(".file").hidden = json;
  };
  select.addEventListener("change", show);
  show();
}

function acceptOf(operation, view) {
  const types = Object.keys(operation.responses["200"]?.content ?? {});
  if (types.length < 2) return;
  view.querySelector(".accept").hidden = false;
  for (const type of types) view.querySelector(".accept select").append(new Option(type));
}

async function send(method, path, view) {
  const query = new URLSearchParams();
  const headers = {};
  let target = path.slice(1);
  for (const input of view.querySelectorAll("[data-in]")) {
    if (input.dataset.in === "path") target = target.replace(`{${input.name}}`, encodeURIComponent(input.value));
    else if (input.value && input.dataset.in === "query") query.set(input.name, input.value);
    else if (input.value) headers[input.name] = input.value;
  }
  if (token.value) headers.Authorization = `Bearer ${token.value}`;
  const accept = view.querySelector(".accept");
  if (!accept.hidden) headers.Accept = accept.querySelector("select").value;
  let body;
  if (!view.querySelector(".body").hidden) {
    headers["Content-Type"] = view.querySelector(".type").value;
    const json = headers["Content-Type"] === "application/json";
    body = json ? view.querySelector("textarea").value : view.querySelector("input[type=file]").files[0];
    if (!json && body) headers["Content-Type"] = body.type || "application/octet-stream";
  }
  const start = performance.now();
  const response = await fetch(query.size ? `${target}?${query}` : target, { method, headers, body });
  const took = performance.now() - start;
  const answer = [Object.assign(element("div", `${response.status} ${response.statusText}, ${took.toFixed(1)} ms`), { className: "status" })];
  const type = response.headers.get("Content-Type") ?? "";
  if (type.startsWith("image/")) {
    const image = element("img");
    image.alt = "The picture that came back";
    image.src = URL.createObjectURL(await response.blob());
    answer.push(image);
  } else {
    const text = await response.text();
    answer.push(element("pre", type.includes("json") ? JSON.stringify(JSON.parse(text), null, 1) : text));
  }
  view.querySelector("output").replaceChildren(...answer);
}

function show(description, path, method, operation) {
  const view = template.content.cloneNode(true).firstElementChild;
  view.querySelector(".method").textContent = method.toUpperCase();
  view.querySelector(".path").textContent = path;
  view.querySelector(".summary").textContent = operation.summary ?? "";
  view.querySelector(".description").textContent = operation.description ?? "";
  view.querySelector(".parameters").append(...(operation.parameters ?? []).map(field));
  bodyOf(description, operation, view);
  acceptOf(operation, view);
  view.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    send(method.toUpperCase(), path, view).catch((error) => {
      view.querySelector("output").replaceChildren(element("pre", `The request failed: ${error.message}`));
    });
  });
  return view;
}

const description = await (await fetch("openapi.json")).json();
place.replaceChildren();
for (const tag of description.tags) {
  place.append(element("h2", tag.name), element("p", tag.description));
  for (const [path, methods] of Object.entries(description.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      if (operation.tags?.includes(tag.name)) place.append(show(description, path, method, operation));
    }
  }
}
