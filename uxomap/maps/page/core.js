/* The data of the page, and the few helpers that build its elements. Report text only ever becomes text nodes. */

const data = JSON.parse(document.getElementById("uxomap-data").textContent);
const say = data.labels;

/* Pixels a CSS pixel has: the screen's, and enough for paper while the page is printed. */
let isPrinting = false;

function pixelRatio() {
  return isPrinting ? 2.5 : Math.min(window.devicePixelRatio || 1, 2);
}

/* Longitudes east of the window's turn are drawn one turn further west, so that the antimeridian cuts nothing. */
const turnEast = data.window && data.window[0] < -180 ? data.window[0] + 360 - 1e-5 : Infinity;

const layerNames = data.order;
const features = {};
const shapesOf = {};
const unpackedDetails = {};

for (const name of layerNames) {
  const layer = data.layers[name];
  features[name] = [];
  if (layer) {
    const columns = unpackText(layer.columns);
    const names = Object.keys(columns);
    shapesOf[name] = unpackShapes(layer.shapes, layer.count);
    for (let number = 0; number < layer.count; number += 1) {
      const feature = { layer: name, number };
      for (const column of names) {
        feature[column] = columns[column][number];
      }
      feature.name = hasLetters(feature.name) ? feature.name : feature.id;
      features[name].push(feature);
    }
  }
}

/* Whether a text shows anything: not only blanks and marks without a width. */
function hasLetters(text) {
  return /[\p{L}\p{N}\p{P}\p{S}]/u.test(text.replace(/[\u115f\u1160\u2800\u3164\uffa0]/g, ""));
}

/* A text as it is searched: small letters without accents, and without marks of direction. */
function foldText(text) {
  const plain = { ı: "i", ł: "l", đ: "d", ø: "o", ß: "ss", æ: "ae", œ: "oe" };
  return text.toLowerCase().normalize("NFD").replace(/[\p{M}\u2068\u2069]/gu, "").replace(/[ıłđøßæœ]/g, (letter) => plain[letter]);
}

/* Details are unpacked when they are asked for, a chunk at a time. */
function detailsOf(feature) {
  const chunk = Math.floor(feature.number / data.chunk);
  const key = feature.layer + "/" + chunk;
  if (!unpackedDetails[key]) {
    unpackedDetails[key] = unpackText(data.layers[feature.layer].details[chunk]);
  }
  return unpackedDetails[key][feature.number % data.chunk];
}

function kindOf(feature) {
  return shapesOf[feature.layer].kinds[feature.number];
}

function hasPlace(feature) {
  return kindOf(feature) !== KIND.none;
}

/* West, top, east, bottom in the world square. */
function boxOf(feature) {
  return shapesOf[feature.layer].box.subarray(4 * feature.number, 4 * feature.number + 4);
}

function centreOf(feature) {
  const [west, top, east, bottom] = boxOf(feature);
  return L.latLng(toLatitude((top + bottom) / 2), toLongitude((west + east) / 2));
}

/* Rings as closed lines, open where a shape was cut at the antimeridian. */
function outlinesOf(feature) {
  const shapes = shapesOf[feature.layer];
  const place = (at) => [toLatitude(shapes.y[at]), toLongitude(shapes.x[at])];
  const lines = [];
  for (const [from, to] of ringsAt(shapes, feature.number)) {
    let line = [place(from)];
    for (let at = from; at < to; at += 1) {
      const next = at + 1 < to ? at + 1 : from;
      if (isSeam(shapes, at, next)) {
        lines.push(line);
        line = [];
      }
      line.push(place(next));
    }
    lines.push(line);
  }
  return lines.filter((line) => line.length > 1);
}

/* Makes an element; strings among the children become text nodes. */
function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name === "onclick" || name === "oninput" || name === "onchange") {
      element[name] = value;
    } else if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? "" : value);
    }
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/* A paragraph, heading or cell with text from a report, in whichever direction it is written; units stay with numbers. A sentence
   that begins with a name set apart runs as the page does. */
function makeText(tag, text, attributes) {
  return make(tag, { dir: data.rtl && text.includes("\u2068") ? "rtl" : "auto", ...attributes }, text.replace(/(\d) (km²|km|ha|m|%)(?![\w²])/g, "$1\u00a0$2"));
}

/* Puts values into the places of a sentence. */
function fill(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (place, name) => (name in values ? String(values[name]) : place));
}

function withMarks(text) {
  return text.replace(/[.,]/g, (mark) => (mark === "." ? data.marks.decimal : data.marks.group));
}

function wholeNumber(value) {
  return withMarks(value.toLocaleString("en"));
}

/* A number with three significant digits. */
function roughNumber(value) {
  const digits = Math.max(0, Math.min(6, 2 - Math.floor(Math.log10(Math.max(value, 1e-6)))));
  return withMarks(Number(value.toPrecision(3)).toLocaleString("en", { maximumFractionDigits: digits }));
}

function dayText(day) {
  const date = new Date(day * 86400000);
  return date.getUTCDate() + " " + data.months[date.getUTCMonth()] + " " + date.getUTCFullYear();
}

function shorten(text, length) {
  const letters = Array.from(text);
  return letters.length > length ? letters.slice(0, length - 1).join("").trimEnd() + "…" : text;
}

/* A link to a web address, or the bare text where there is none. */
function makeLink([text, url]) {
  if (!/^https?:\/\//i.test(url)) {
    return makeText("span", text);
  }
  return makeText("a", text || url, { href: url, target: "_blank", rel: "noopener noreferrer" });
}

function isNarrow() {
  return window.matchMedia("(max-width: 699px)").matches;
}

/* A low frame, as in a notebook. */
function isLow() {
  return window.matchMedia("(max-height: 640px)").matches;
}

/* Buttons of the map stand away from the lists. */
function controlSide() {
  return data.rtl ? "topright" : "topleft";
}

function movesGently() {
  return !window.matchMedia("(prefers-reduced-motion: reduce)").matches;
}
