/* The data of the page, and the few helpers that build its elements. Report text only ever becomes text nodes. */

const data = JSON.parse(document.getElementById("uxomap-data").textContent);
const say = data.labels;
const layerNames = ["zones", "hazard_areas", "strikes", "unlocated", "reports"];
const features = {};
for (const name of layerNames) {
  features[name] = data.layers[name] ? data.layers[name].features : [];
}

/* Texts that features share stand once in the pool. */
for (const feature of layerNames.flatMap((name) => features[name])) {
  const found = feature.properties;
  found.table = found.table.map((number) => data.pool[number]);
  for (const name of ["assumed", "dud_sources", "links", "places"]) {
    found[name] = name in found ? data.pool[found[name]] : [];
  }
}

/* Longitudes east of the window's turn are drawn one turn further west, so that the antimeridian cuts nothing. */
const turnEast = data.window && data.window[0] < -180 ? data.window[0] + 360 - 1e-5 : Infinity;

function toLatLng(position) {
  return [position[1], position[0] >= turnEast ? position[0] - 360 : position[0]];
}

function ringsOf(geometry) {
  const polygons = geometry.type === "MultiPolygon" ? geometry.coordinates : [geometry.coordinates];
  return polygons.map((rings) => rings.map((ring) => ring.map(toLatLng)));
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

/* A paragraph, heading or cell with text from a report, in whichever direction it is written; units stay with numbers. */
function makeText(tag, text, attributes) {
  return make(tag, { dir: "auto", ...attributes }, text.replace(/(\d) (km²|km|ha|m|%)(?![\w²])/g, "$1\u00a0$2"));
}

function shorten(text, length) {
  return text.length > length ? text.slice(0, length - 1).trimEnd() + "…" : text;
}

/* A link to a web address, or the bare text where there is none. */
function makeLink(link) {
  if (!/^https?:\/\//i.test(link.url)) {
    return makeText("span", link.text);
  }
  return makeText("a", link.text || link.url, { href: link.url, target: "_blank", rel: "noopener noreferrer" });
}

function isNarrow() {
  return window.matchMedia("(max-width: 699px)").matches;
}

/* A low frame, as in a notebook. */
function isLow() {
  return window.matchMedia("(max-height: 640px)").matches;
}

function movesGently() {
  return !window.matchMedia("(prefers-reduced-motion: reduce)").matches;
}
