/* What stands in for a base map: a grid with labels below the data, quiet place names above it. */

const GRID_STEPS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 45];
const contextShown = { graticule: true, places: true };

function degrees(value, digits, positive, negative) {
  const turned = Number(Math.abs(value).toFixed(digits));
  const letter = turned === 0 ? "" : " " + (value > 0 ? positive : negative);
  return turned.toFixed(digits) + "°" + letter;
}

function wrapLongitude(longitude) {
  return ((((longitude + 180) % 360) + 360) % 360) - 180;
}

function addCanvas(map, pane, level) {
  const canvas = make("canvas", { class: "overlay", "aria-hidden": "true" });
  map.createPane(pane).append(canvas);
  map.getPane(pane).style.zIndex = level;
  map.getPane(pane).style.pointerEvents = "none";
  return canvas;
}

/* Fits a canvas to the map and the screen, and empties it. */
function startDrawing(map, canvas) {
  const size = map.getSize();
  L.DomUtil.setPosition(canvas, map.containerPointToLayerPoint([0, 0]));
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(size.x * ratio);
  canvas.height = Math.round(size.y * ratio);
  canvas.style.width = size.x + "px";
  canvas.style.height = size.y + "px";
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  return context;
}

function haloText(context, text, x, y, colour) {
  context.lineWidth = 3;
  context.lineJoin = "round";
  context.strokeStyle = "rgba(250, 249, 246, 0.92)";
  context.strokeText(text, x, y);
  context.fillStyle = colour;
  context.fillText(text, x, y);
}

/* Lines of one direction: their values and where they cross the map. */
function gridLines(from, to, step, place) {
  const lines = [];
  for (let number = Math.ceil(from / step); number * step <= to; number += 1) {
    lines.push([number * step, place(number * step)]);
  }
  return lines;
}

function drawGrid(map, canvas) {
  const context = startDrawing(map, canvas);
  if (!contextShown.graticule) {
    return;
  }
  const size = map.getSize();
  const bounds = map.getBounds();
  const pixelsADegree = (256 * Math.pow(2, map.getZoom())) / 360;
  const step = GRID_STEPS.find((candidate) => candidate * pixelsADegree >= 95) || 60;
  const digits = Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));
  const middle = map.getCenter();
  const across = (longitude) => map.latLngToContainerPoint([middle.lat, longitude]).x;
  const down = (latitude) => map.latLngToContainerPoint([latitude, middle.lng]).y;
  const meridians = gridLines(bounds.getWest(), bounds.getEast(), step, across);
  const parallels = gridLines(Math.max(bounds.getSouth(), -85), Math.min(bounds.getNorth(), 85), step, down);
  context.strokeStyle = "rgba(70, 80, 92, 0.34)";
  context.lineWidth = 1;
  context.beginPath();
  for (const [, x] of meridians) {
    context.moveTo(Math.round(x) + 0.5, 0);
    context.lineTo(Math.round(x) + 0.5, size.y);
  }
  for (const [, y] of parallels) {
    context.moveTo(0, Math.round(y) + 0.5);
    context.lineTo(size.x, Math.round(y) + 0.5);
  }
  context.stroke();
  context.font = "12px " + FONT;
  context.textBaseline = "top";
  context.textAlign = "center";
  for (const [longitude, x] of meridians) {
    if (x > 64 && x < size.x - 74) {
      haloText(context, degrees(wrapLongitude(longitude), digits, say.longitude_east, say.longitude_west), x, 5, QUIET);
    }
  }
  context.textBaseline = "bottom";
  context.textAlign = "right";
  for (const [latitude, y] of parallels) {
    if (y > 24 && y < size.y - 40) {
      haloText(context, degrees(latitude, digits, say.latitude_north, say.latitude_south), size.x - 6, y - 2, QUIET);
    }
  }
}

function overlaps(boxes, box) {
  return boxes.some((other) => box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1]);
}

/* Where a name may stand around its point: right, left, above, below. */
function roomsAround(point, width) {
  const corners = [[13, -8], [-13 - width, -8], [-width / 2, -26], [-width / 2, 10]];
  return corners.map(([x, y]) => [point.x + x, point.y + y, point.x + x + width, point.y + y + 16]);
}

/* Takes the room that covers no other name and the fewest points. */
function takeRoom(context, size, taken, dots, name, point) {
  const gap = name.gap;
  const width = context.measureText(name.text).width + 24;
  let best = null;
  let fewest = Infinity;
  for (const box of roomsAround(point, width)) {
    const wide = [box[0] - gap, box[1] - gap / 2, box[2] + gap, box[3] + gap / 2];
    const isInside = box[0] > 4 && box[2] < size.x - 4 && box[1] > 20 && box[3] < size.y - 4;
    if (isInside && !overlaps(taken, wide)) {
      const covered = dots.filter((dot) => overlaps([dot], box)).length;
      if (covered < fewest) {
        best = box;
        fewest = covered;
      }
    }
  }
  if (best) {
    taken.push(best);
  }
  return best && { name, point, left: best[0], middle: best[1] + 8, more: 0 };
}

/* Names in falling order of importance, each only where it crowds out no earlier one; a number says how many it hides. */
function drawNames(map, canvas, names) {
  const context = startDrawing(map, canvas);
  if (!contextShown.places) {
    return;
  }
  context.textBaseline = "middle";
  context.textAlign = "left";
  context.font = "12.5px " + FONT;
  const size = map.getSize();
  const bounds = map.getBounds();
  const gap = map.getZoom() < 6 ? 10 : 3;
  const taken = [];
  const placed = [];
  const inView = names.filter((name) => name.isShown() && bounds.contains(name.at)).slice(0, 2000);
  const points = inView.map((name) => map.latLngToContainerPoint(name.at));
  const dots = points.slice(0, 300).map((point) => [point.x - 6, point.y - 6, point.x + 6, point.y + 6]);
  inView.forEach((name, number) => {
    const point = points[number];
    const near = placed.find((other) => other.point.distanceTo(point) < 26);
    if (near) {
      near.more += near.name.text === name.text ? 0 : 1;
    } else if (placed.length < 120) {
      const room = takeRoom(context, size, taken, dots, { ...name, gap }, point);
      placed.push(...(room ? [room] : []));
    }
  });
  for (const { name, left, middle, more } of placed) {
    haloText(context, name.text, left, middle, name.quiet ? QUIET : INK);
    if (more) {
      haloText(context, "+" + more, left + context.measureText(name.text).width + 5, middle, QUIET);
    }
  }
}

/* Adds grid, names, scale bar and the position under the pointer. */
function addContext(map, names) {
  const below = addCanvas(map, "grid", 250);
  const above = addCanvas(map, "names", 450);
  const redraw = () => {
    const shift = map.containerPointToLayerPoint([0, 0]);
    map.getContainer().style.backgroundPosition = -shift.x + "px " + -shift.y + "px";
    drawGrid(map, below);
    drawNames(map, above, names);
  };
  map.on("move resize zoomend viewreset", redraw);
  map.on("zoomstart", () => map.getContainer().classList.add("zooming"));
  map.on("zoomend", () => map.getContainer().classList.remove("zooming"));
  L.control.scale({ imperial: false, maxWidth: 130 }).addTo(map);
  const position = make("div", { class: "position" });
  const corner = L.control({ position: "bottomright" });
  corner.onAdd = () => position;
  corner.addTo(map);
  map.on("mousemove click", (event) => {
    const digits = Math.min(5, Math.max(1, Math.round(map.getZoom() / 3)));
    const at = event.latlng;
    const north = degrees(at.lat, digits, say.latitude_north, say.latitude_south);
    position.textContent = north + ", " + degrees(wrapLongitude(at.lng), digits, say.longitude_east, say.longitude_west);
  });
  map.on("mouseout", () => { position.textContent = ""; });
  return redraw;
}
