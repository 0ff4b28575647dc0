/* Tools on the map: the position under the pointer, measuring, and the days that are shown. */

/* Digits of a grid reference that a pixel is worth: one metre needs a pixel of about a metre. */
function gridDigits(latitude, zoom) {
  const metres = (40075016.7 * Math.cos((latitude * Math.PI) / 180)) / (256 * Math.pow(2, zoom));
  return zoom < 5 ? 0 : Math.max(1, Math.min(5, 5 - Math.ceil(Math.log10(metres / 1.5))));
}

function positionText(latlng, zoom) {
  const digits = Math.min(6, Math.max(1, Math.round(zoom / 3)));
  const longitude = wrapLongitude(latlng.lng);
  const north = degrees(latlng.lat, digits, say.latitude_north, say.latitude_south);
  const east = degrees(longitude, digits, say.longitude_east, say.longitude_west);
  return [north + ", " + east, toMgrs(longitude, latlng.lat, gridDigits(latlng.lat, zoom))];
}

/* Decimal degrees and grid reference of the pointer, or of the middle of the map while it is moved with keys. */
function addPosition(map, readCell) {
  const position = make("div", { class: "position", dir: "ltr" });
  const corner = L.control({ position: "bottomright" });
  corner.onAdd = () => position;
  corner.addTo(map);
  const show = (latlng) => {
    const [decimal, grid] = positionText(latlng, map.getZoom());
    const cell = readCell(latlng);
    position.replaceChildren(...[decimal, grid && "MGRS " + grid, cell].filter(Boolean).map((line) => make("div", {}, line)));
  };
  map.on("mousemove click", (event) => show(event.latlng));
  const cross = make("div", { class: "cross", "aria-hidden": "true", hidden: true });
  map.getContainer().append(cross);
  map.getContainer().addEventListener("keyup", (event) => {
    show(map.getCenter());
    cross.hidden = event.target !== map.getContainer();
  });
  map.on("mousemove click", () => { cross.hidden = true; });
  map.getContainer().addEventListener("focusout", () => { cross.hidden = true; });
  map.on("mouseout", () => { position.replaceChildren(); });
}

function lengthText(metres) {
  const [unit, size] = metres < 1000 ? [say.metres, 1] : [say.kilometres, 1000];
  return unit.replace("{number}", roughNumber(metres / size));
}

function areaText(squareMetres) {
  const [unit, size] = squareMetres < 1e7 ? [say.hectares, 1e4] : [say.square_kilometres, 1e6];
  return unit.replace("{number}", roughNumber(squareMetres / size));
}

function measured(places) {
  let length = 0;
  for (let at = 1; at < places.length; at += 1) {
    length += geodesicLength(places[at - 1], places[at]);
  }
  return { length, area: places.length > 2 ? geodesicArea(places) : 0 };
}

function rulerSwatch() {
  return makeSwatch(30, 30, (context) => {
    context.translate(15, 15);
    context.rotate(-Math.PI / 4);
    context.lineWidth = 1.5;
    context.strokeStyle = INK;
    context.strokeRect(-10, -4, 20, 8);
    context.beginPath();
    for (const x of [-6, -2, 2, 6]) {
      context.moveTo(x, -4);
      context.lineTo(x, x % 4 ? 0 : 1);
    }
    context.stroke();
  });
}

/* What is said of the points: the line through them in their order, and what it encloses once it is closed. */
function measuredLines(places) {
  if (places.length < 2) {
    return [say.measure_hint];
  }
  const { length, area } = measured(places);
  const closed = length + geodesicLength(places[places.length - 1], places[0]);
  return [fill(say.measured_length, { length: lengthText(length) }), ...(area
    ? [fill(say.measured_perimeter, { length: lengthText(closed) }), fill(say.measured_area, { area: areaText(area) })] : [])];
}

/* A button starts measuring; each click or press of Enter adds a point, Escape ends it. */
function addMeasure(map, notes) {
  const places = [];
  const said = make("div", { class: "measured", role: "status", hidden: true });
  const line = L.layerGroup();
  map.createPane("measure").style.zIndex = 470;
  const renderer = L.svg({ pane: "measure", padding: 0.4 });
  const button = make("button", { type: "button", class: "all", title: say.measure, "aria-label": say.measure, "aria-pressed": "false" },
    rulerSwatch());
  const tool = { active: false };
  const draw = () => {
    line.clearLayers();
    const look = { color: MARK, weight: 3, interactive: false, renderer };
    const points = places.map(([lng, lat]) => [lat, lng]);
    if (points.length > 2) {
      L.polygon(points, { ...look, stroke: false, fillOpacity: 0.08 }).addTo(line);
      L.polyline([points[points.length - 1], points[0]], { ...look, weight: 2, dashArray: "4 6" }).addTo(line);
    }
    L.polyline(points, look).addTo(line);
    points.forEach((point) => L.circleMarker(point, { ...look, radius: 4, fillOpacity: 1 }).addTo(line));
    said.replaceChildren(...measuredLines(places).map((text) => makeText("div", text)));
  };
  tool.add = (latlng) => {
    places.push([latlng.lng, latlng.lat]);
    draw();
  };
  tool.set = (active) => {
    tool.active = active;
    places.length = 0;
    button.setAttribute("aria-pressed", String(active));
    said.hidden = !active;
    map.getContainer().classList.toggle("measuring", active);
    if (active) {
      line.addTo(map);
      map.doubleClickZoom.disable();
    } else {
      line.remove();
      map.doubleClickZoom.enable();
    }
    draw();
  };
  button.addEventListener("click", () => {
    tool.set(!tool.active);
    map.getContainer().focus({ preventScroll: true });
  });
  map.getContainer().addEventListener("keydown", (event) => {
    if (tool.active && event.key === "Enter" && event.target === map.getContainer()) {
      tool.add(map.getCenter());
    }
    if (tool.active && event.key === "Escape") {
      tool.set(false);
    }
  });
  const holder = L.control({ position: controlSide() });
  holder.onAdd = () => {
    const box = make("div", { class: "leaflet-bar" }, button);
    L.DomEvent.disableClickPropagation(box);
    return box;
  };
  holder.addTo(map);
  notes.append(said);
  return tool;
}

/* First and last day of the strikes, and how many have none; of the first layer that tells of strikes. */
function findDays() {
  const found = { first: Infinity, last: -Infinity, undated: 0 };
  const told = ["strikes", "hazard_areas", "unlocated", "reports", "zones", "zone_updates", "priorities"].find((name) => features[name].length);
  for (const feature of [...(features[told] || []), ...(told === "hazard_areas" ? features.unlocated : [])]) {
    const [start, end] = [feature.start ?? feature.end, feature.end ?? feature.start];
    if (start === null || start === undefined) {
      found.undated += 1;
    } else {
      found.first = Math.min(found.first, start);
      found.last = Math.max(found.last, end);
    }
  }
  return found;
}

/* Hides what lies wholly outside the days chosen; what has no day stays. */
function chooseDays(from, to) {
  for (const name of data.dated) {
    const hidden = off[name];
    for (const feature of features[name] || []) {
      const [start, end] = [feature.start ?? feature.end, feature.end ?? feature.start];
      hidden[feature.number] = start !== null && start !== undefined && (end < from || start > to) ? 1 : 0;
    }
  }
}

/* Layers on the page that no day is chosen from. */
function hasUndatedLayers() {
  return Boolean(data.cells) || ["surveys", "finds", "strike_updates", "tasks", "cells", "hexagons", "squares"].some((name) => features[name].length);
}

/* Two sliders for the first and the last day; while they hide something, a mark on the map says so and takes it back. */
function makeDays(notes, onchange) {
  const { first, last, undated } = findDays();
  if (!(last > first)) {
    return null;
  }
  const told = make("p", { class: "meaning", "aria-live": "polite" });
  const slider = (label, value) => make("input", {
    type: "range", class: "days", min: first, max: last, step: 1, value, "aria-label": label,
  });
  const [from, to] = [slider(say.day_from, first), slider(say.day_to, last)];
  const chip = make("div", { class: "chip", hidden: true, title: say.days_hidden });
  const reset = make("button", { type: "button", "aria-label": say.days_all, title: say.days_all, onclick: () => {
    [from.value, to.value] = [first, last];
    apply(from, to, Math.max);
  } }, "✕");
  notes.append(chip);
  const tell = () => {
    const days = { first: dayText(Number(from.value)), last: dayText(Number(to.value)) };
    told.textContent = fill(say.days_shown, days);
    chip.hidden = Number(from.value) === first && Number(to.value) === last;
    chip.replaceChildren(makeText("span", fill(say.days_chosen, days)), reset);
    for (const input of [from, to]) {
      input.setAttribute("aria-valuetext", dayText(Number(input.value)));
    }
  };
  const apply = (moved, other, keep) => {
    other.value = keep(Number(moved.value), Number(other.value));
    tell();
    chooseDays(Number(from.value), Number(to.value));
    onchange();
  };
  from.oninput = () => apply(from, to, Math.max);
  to.oninput = () => apply(to, from, Math.min);
  tell();
  const lines = [say.days_meaning, say.days_hidden, hasUndatedLayers() ? say.days_others : "",
    undated ? fill(say.days_undated, { n: wholeNumber(undated) }) : ""].filter(Boolean);
  return make("fieldset", { class: "choice" }, make("legend", {}, say.days), told,
    make("label", { class: "day" }, make("span", {}, say.day_from), from),
    make("label", { class: "day" }, make("span", {}, say.day_to), to), ...lines.map((line) => make("p", { class: "meaning" }, line)));
}
