/* What stands in for a base map: a grid with labels below the data, quiet place names above it. */

const GRID_STEPS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 45];
const contextShown = { graticule: true, places: true, basemap: true };

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
  const ratio = pixelRatio();
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
  context.textAlign = data.rtl ? "left" : "right"; // away from the buttons
  for (const [latitude, y] of parallels) {
    if (y > 24 && y < size.y - 40) {
      haloText(context, degrees(latitude, digits, say.latitude_north, say.latitude_south), data.rtl ? 6 : size.x - 6, y - 2, QUIET);
    }
  }
}

function overlaps(boxes, box) {
  return boxes.some((other) => box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1]);
}

/* Land that is not assessed is hatched above base map and context, below all that was estimated. */
function drawHatch(map, canvas) {
  const context = startDrawing(map, canvas);
  const size = map.getSize();
  const shift = map.containerPointToLayerPoint([0, 0]);
  const isOverMap = data.basemap && contextShown.basemap;
  context.translate(-shift.x, -shift.y);
  context.globalAlpha = isOverMap ? 2 * HATCH_ALPHA : HATCH_ALPHA;
  context.fillStyle = hatchPattern(context, pixelRatio());
  context.fillRect(shift.x, shift.y, size.x, size.y);
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

/* Names of the highest estimates in view that are tried. */
const MOST_NAMES = 800;

/* Names in falling order of importance, each only where it crowds out no earlier one; a number says how many it hides. */
function drawNames(map, canvas, names, badges) {
  const context = startDrawing(map, canvas);
  if (!contextShown.places) {
    return;
  }
  context.textBaseline = "middle";
  context.textAlign = "left";
  context.font = "12.5px " + FONT;
  const size = map.getSize();
  const gap = map.getZoom() < 6 ? 10 : 3;
  const corner = map.containerPointToLayerPoint([0, 0]);
  const taken = badges.map((box) => [box[0] - corner.x, box[1] - corner.y, box[2] - corner.x, box[3] - corner.y]);
  const placed = [];
  const scale = 256 * Math.pow(2, map.getZoom());
  const top = map.getPixelOrigin().add(corner);
  const inView = [];
  const points = [];
  for (const name of names) {
    const [x, y] = [name.x * scale - top.x, name.y * scale - top.y];
    if (x > 0 && x < size.x && y > 0 && y < size.y && name.isShown()) {
      inView.push(name);
      points.push(L.point(x, y));
      if (points.length === MOST_NAMES) {
        break;
      }
    }
  }
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

/* Lines and areas that the user gave as context, in quiet greys; lines first wide and pale, then thin. */
function addBackground(map) {
  map.createPane("background").style.zIndex = 210;
  map.getPane("background").style.pointerEvents = "none";
  const canvas = make("canvas", { class: "overlay", "aria-hidden": "true" });
  map.getPane("background").append(canvas);
  for (const layer of data.context) {
    layer.drawn = unpackShapes(layer.shapes, layer.count);
    layer.texts = unpackText(layer.names);
    layer.at = numbersOf(layer.places);
  }
  return canvas;
}

function drawBackground(map, canvas) {
  const context = startDrawing(map, canvas);
  const scale = 256 * Math.pow(2, map.getZoom());
  const top = map.getPixelOrigin().add(map.containerPointToLayerPoint([0, 0]));
  const size = map.getSize();
  for (const layer of data.context) {
    if (contextShown[layer.kind] === false || map.getZoom() > layer.most_zoom) {
      continue;
    }
    const { x, y, box, count, kinds } = layer.drawn;
    context.beginPath();
    for (let number = 0; number < count; number += 1) {
      const at = 4 * number;
      const outside = box[at] * scale > top.x + size.x || box[at + 2] * scale < top.x
        || box[at + 1] * scale > top.y + size.y || box[at + 3] * scale < top.y;
      if (outside || kinds[number] === KIND.none) {
        continue;
      }
      for (const [from, to] of ringsAt(layer.drawn, number)) {
        if (kinds[number] === KIND.point) {
          context.rect(x[from] * scale - top.x - 1.5, y[from] * scale - top.y - 1.5, 3, 3);
        }
        for (let place = from; place < to && kinds[number] !== KIND.point; place += 1) {
          context[place === from ? "moveTo" : "lineTo"](x[place] * scale - top.x, y[place] * scale - top.y);
        }
      }
    }
    context.setLineDash(layer.look.dash);
    context.lineWidth = layer.look.weight;
    context.strokeStyle = layer.look.stroke;
    context.fillStyle = layer.look.fill || "rgba(0, 0, 0, 0)";
    if (layer.look.fill) {
      context.fill("evenodd");
    }
    context.stroke();
  }
}

/* Names of the context: after those of the data, and only where there is room. */
function contextNames() {
  const names = [];
  for (const layer of data.context) {
    layer.texts.forEach((text, number) => {
      if (text && layer.drawn.kinds[number] !== KIND.none) {
        const longitude = layer.at[2 * number] / STEPS_A_DEGREE;
        const x = worldX(longitude >= turnEast ? longitude - 360 : longitude);
        names.push({ text: shorten(text, 28), x, y: worldY(layer.at[2 * number + 1] / STEPS_A_DEGREE), quiet: true, isShown: () => contextShown[layer.kind] !== false });
      }
    });
  }
  return names;
}

/* Named places of the context, for the search. */
function contextPlaces() {
  if (!data.contextPlaces) {
    data.contextPlaces = data.context.flatMap((layer) => layer.texts.map((name, number) => ({
      id: "", name, place: "", brief: say["context_" + layer.kind],
      isNamed: hasLetters(name) && layer.drawn.kinds[number] !== KIND.none,
      lng: layer.at[2 * number] / STEPS_A_DEGREE, lat: layer.at[2 * number + 1] / STEPS_A_DEGREE,
    })).filter((place) => place.isNamed));
  }
  return data.contextPlaces;
}

/* A box of degrees, so many degrees further east. */
function shiftBox(box, turn) {
  return [box[0] + turn, box[1], box[2] + turn, box[3]];
}

/* A box in the turn of the Earth that the window shows. */
function turnBox(box) {
  const [west, , east] = data.window || box;
  return shiftBox(box, 360 * Math.round((west + east - box[0] - box[2]) / 720));
}

/* Keeps an account of the tiles that are there. */
const loadedTiles = new Map();

function watchTiles(layer) {
  layer.on("tileload", (event) => loadedTiles.set(event.tile, event.coords));
  layer.on("tileunload", (event) => loadedTiles.delete(event.tile));
  return layer;
}

/* Copies of the tiles that are there, laid for the view that comes: paper does not wait for those that still load. */
function copyTiles(map) {
  const copies = Array.from(loadedTiles, ([tile, place]) => [tile.cloneNode(), place]);
  return () => {
    const holder = make("div", { class: "still" });
    const origin = map.getPixelOrigin();
    for (const [tile, place] of copies) {
      const size = 256 * Math.pow(2, map.getZoom() - place.z);
      tile.style.cssText = "position: absolute; width: " + size + "px; height: " + size + "px";
      L.DomUtil.setPosition(tile, L.point(place.x * size - origin.x, place.y * size - origin.y));
      holder.append(tile);
    }
    map.getPane("basemap").append(holder);
  };
}

/* Pictures below the data: the user's base map, tiles, and the cells of the map of contamination. */
function addPictures(map) {
  map.createPane("basemap").style.zIndex = 205;
  map.createPane("cells").style.zIndex = 240;
  const bounds = (box) => L.latLngBounds([box[1], box[0]], [box[3], box[2]]);
  const base = data.basemap;
  if (base && base.kind === "image") {
    for (const turn of turnEast < Infinity ? [0, -360] : [0]) {
      L.imageOverlay(base.image, bounds(shiftBox(base.box, turn)), { pane: "basemap" }).addTo(map);
    }
  } else if (base && base.kind === "tiles") {
    const tileAt = (place) => base.tiles[place.z + "/" + place.x + "/" + place.y];
    const Tiles = L.GridLayer.extend({
      createTile: (place) => make("img", { alt: "", role: "presentation", decoding: "sync", src: tileAt(place) }),
      /* Leaflet asks this before it makes a tile: none is made for a place without a picture. */
      _isValidTile(place) {
        return L.GridLayer.prototype._isValidTile.call(this, place) && Boolean(tileAt(this._wrapCoords(place)));
      },
    });
    /* Further out, the tiles of the first level would be too many and too small to read. */
    const first = Object.keys(base.tiles).filter((name) => name.startsWith(base.zooms[0] + "/")).length;
    watchTiles(new Tiles({ pane: "basemap", minZoom: base.zooms[0] - (first > 400 ? 1.5 : 4), minNativeZoom: base.zooms[0], maxNativeZoom: base.zooms[1], maxZoom: 19 })).addTo(map);
  } else if (base && base.kind === "online") {
    watchTiles(L.tileLayer(base.address, { pane: "basemap", maxZoom: base.most_zoom, maxNativeZoom: base.most_zoom })).addTo(map);
  }
  if (base && base.attribution) {
    const corner = L.control({ position: "bottomright" });
    corner.onAdd = () => make("div", { class: "attribution", dir: "auto" }, base.attribution);
    corner.addTo(map);
  }
  return data.cells ? addCells(map, bounds(turnBox(data.cells.box))) : { setShown() {}, read: () => "" };
}

/* The picture of cells; the pointer reads the class of the cell below it. */
function addCells(map, bounds) {
  const overlay = L.imageOverlay(data.cells.image, bounds, { pane: "cells", opacity: 0.72, className: "pixels" }).addTo(map);
  let pixels = null;
  const image = new Image();
  image.onload = () => {
    const canvas = make("canvas", { width: image.naturalWidth, height: image.naturalHeight });
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(image, 0, 0);
    pixels = context;
  };
  image.src = data.cells.image;
  const [left, top] = [worldX(bounds.getWest()), worldY(bounds.getNorth())];
  const [wide, high] = [worldX(bounds.getEast()) - left, worldY(bounds.getSouth()) - top];
  const read = (latlng) => {
    const [x, y] = [(worldX(latlng.lng) - left) / wide, (worldY(latlng.lat) - top) / high];
    if (!pixels || !map.hasLayer(overlay) || x < 0 || x >= 1 || y < 0 || y >= 1) {
      return "";
    }
    const [red, green, blue, alpha] = pixels.getImageData(Math.floor(x * image.naturalWidth), Math.floor(y * image.naturalHeight), 1, 1).data;
    const colour = "#" + [red, green, blue].map((part) => part.toString(16).padStart(2, "0")).join("");
    const found = data.style.palette.indexOf(colour);
    return alpha && found >= 0 ? fill(say.cell_reads, { range: say["density_" + found] }) : "";
  };
  return { read, setShown: (isOn) => (isOn ? overlay.addTo(map) : overlay.remove()) };
}

/* Adds grid, names and scale bar. */
function addContext(map, names, drawing) {
  const background = addBackground(map);
  const hatch = addCanvas(map, "hatch", 220);
  const below = addCanvas(map, "grid", 250);
  const above = addCanvas(map, "names", 450);
  const all = names.concat(contextNames());
  const isMany = all.length > 1000;
  const redraw = (event) => {
    map.getPane("basemap").style.display = contextShown.basemap ? "" : "none";
    drawHatch(map, hatch);
    drawGrid(map, below);
    if (!(event && event.type === "move" && isMany)) {
      drawBackground(map, background);
      drawNames(map, above, all, drawing.badgeBoxes);
    }
  };
  map.on("move resize zoomend viewreset moveend", redraw);
  map.on("zoomstart", () => map.getContainer().classList.add("zooming"));
  map.on("zoomend", () => map.getContainer().classList.remove("zooming"));
  const scale = L.control.scale({ imperial: false, maxWidth: 130 });
  scale._updateMetric = function (longest) { // Leaflet itself knows English units only
    const metres = this._getRoundNum(longest);
    this._updateScale(this._mScale, lengthText(metres), metres / longest);
  };
  scale.addTo(map);
  scale.getContainer().dir = data.rtl ? "rtl" : "ltr"; // the map itself is never turned round
  return redraw;
}
