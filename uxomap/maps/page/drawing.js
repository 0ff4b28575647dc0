/* Draws all layers on one canvas, from typed arrays, only what is in view; finds what lies under the pointer. */

/* Draw order from below. The outlines of zones lie over those of single areas, which often coincide. */
const DRAW_ORDER = ["hexagons", "cells", "squares", "unlocated", "zones", "zone_updates", "priorities", "surveys", "hazard_areas",
  "zone_lines", "tasks", "strikes", "strike_updates", "finds", "reports", "badges"];
const FILLED = ["zones", "zone_updates", "priorities"];
const BOXES = { cells: 0.66, hexagons: 0.66, squares: 0.5 };

/* Rings with more points than this are thinned for each zoom level and cut to the view. */
const MANY_POINTS = 120;

/* Points nearer than this to the one before, in pixels, are left out of such rings: the next larger one is taken where the rings in
   view would else have more points than can be drawn while the map is dragged. */
const THIN = [0.7, 1.4, 2.8, 5.6];
const MOST_POINTS = 20000;

/* The same while the map is dragged; their outlines are then plain, and drawn in full once it rests. */
const MOST_DRAGGED = 6000;

/* Smallest ring that is drawn then, in those distances. */
const SMALLEST_RING = 2;

/* From so many pictures of a layer in view on, a few pixels apart are one: the densest lies on top. */
const CROWD = 1500;
const shown = {};
const off = {};
const drawnOrder = {};

/* Priorities are filled by themselves only where no zones carry the fill. */
function isFilled(key) {
  return key !== "priorities" || !(shown.zones || shown.zone_updates);
}

/* Unlocated strikes are drawn once: as strikes where that layer is there. */
function isDrawn(feature) {
  return hasPlace(feature) && !(feature.layer === "strikes" && feature.located === false && data.layers.unlocated);
}

function lookOf(feature) {
  const coarse = feature.layer === "unlocated" || feature.located === false;
  const shape = { reports: "circle", finds: "cross", strike_updates: "plus" }[feature.layer]
    || data.style.symbols[feature.kind] || "diamond";
  return { shape, r: feature.layer === "reports" ? 4 : 5, hollow: coarse, assumed: !coarse && Boolean(feature.assumed) };
}

function prepareLayers() {
  for (const name of layerNames) {
    shown[name] = Boolean(data.layers[name]) && !data.hidden.includes(name);
    off[name] = new Uint8Array(features[name].length);
    drawnOrder[name] = features[name].filter(isDrawn).map((feature) => feature.number);
    if (FILLED.includes(name) || name in BOXES) {
      const list = features[name];
      drawnOrder[name].sort((a, b) => (list[a].per_ha || 0) - (list[b].per_ha || 0));
    }
  }
}

const Drawing = L.Renderer.extend({
  options: { padding: 0.4 },
  _initContainer() {
    this._container = make("canvas", { class: "data", "aria-hidden": "true" });
    this._context = this._container.getContext("2d");
    this._sprites = new Map();
    this._thinned = new Map();
    this._cut = new Map();
    this.badgeBoxes = [];
  },
  _destroyContainer() {
    this._container.remove();
  },
  _onZoomEnd() {},
  _update() {
    if (this._map._animatingZoom && this._bounds) {
      return;
    }
    L.Renderer.prototype._update.call(this);
    const size = this._bounds.getSize();
    const ratio = pixelRatio();
    L.DomUtil.setPosition(this._container, this._bounds.min);
    this._container.width = Math.round(size.x * ratio);
    this._container.height = Math.round(size.y * ratio);
    this._container.style.width = size.x + "px";
    this._container.style.height = size.y + "px";
    this._ratio = ratio;
    this._context.setTransform(ratio, 0, 0, ratio, -this._bounds.min.x * ratio, -this._bounds.min.y * ratio);
    this.paint();
  },
  /* While the map is dragged the canvas moves along; it is drawn anew once its margin is used up. */
  follow() {
    const map = this._map;
    if (!map || map._animatingZoom || !this._bounds || map.getZoom() !== this._zoom) {
      return;
    }
    const top = map.containerPointToLayerPoint([0, 0]);
    if (!this._bounds.contains(L.bounds(top, top.add(map.getSize())))) {
      this._isQuick = this._isHeavy;
      this._update();
      this._isQuick = false;
    }
  },
  repaint() {
    if (this._map) {
      this._update();
    }
  },
  paint() {
    const started = performance.now();
    this._scale = 256 * Math.pow(2, this._zoom);
    this._origin = this._map.getPixelOrigin();
    const margin = 16;
    const edge = (value, axis) => (value + this._origin[axis]) / this._scale;
    this._view = [edge(this._bounds.min.x - margin, "x"), edge(this._bounds.min.y - margin, "y"),
      edge(this._bounds.max.x + margin, "x"), edge(this._bounds.max.y + margin, "y")];
    this.badgeBoxes = [];
    this._thinForView();
    for (const key of DRAW_ORDER) {
      this._paintLayer(key);
    }
    data.painted = performance.now() - started;
  },
  _paintLayer(key) {
    if (key === "zone_lines") {
      FILLED.filter((name) => shown[name] && isFilled(name)).forEach((name) => this._zoneLines(name));
      return;
    }
    if (key === "badges") {
      this._badges("tasks", "square", 30);
      this._badges("priorities", "round", 0);
      return;
    }
    if (!shown[key]) {
      return;
    }
    if (FILLED.includes(key)) {
      this._zones(key);
    } else if (key in BOXES) {
      this._boxes(key);
    } else if (key === "hazard_areas") {
      this._lines(key, { weight: 1, colour: QUIET, casing: 2.8, alpha: 0.65 });
    } else if (key === "surveys") {
      this._searches(key);
    } else if (key === "tasks") {
      this._lines(key, { weight: 1.8, colour: MARK, casing: 4, alpha: 0.9 });
    } else {
      this._symbols(key);
    }
  },
  /* Calls a function for every feature of a layer that is in view and not switched off. */
  _inView(key, visit) {
    const { box } = shapesOf[key];
    const [west, top, east, bottom] = this._view;
    const hidden = off[key];
    for (const number of drawnOrder[key]) {
      const at = 4 * number;
      if (!hidden[number] && box[at] < east && box[at + 2] > west && box[at + 1] < bottom && box[at + 3] > top) {
        visit(number, Math.max(box[at + 2] - box[at], box[at + 3] - box[at + 1]) * this._scale);
      }
    }
  },
  _middle(key, number) {
    const { box } = shapesOf[key];
    const at = 4 * number;
    return [((box[at] + box[at + 2]) / 2) * this._scale - this._origin.x, ((box[at + 1] + box[at + 3]) / 2) * this._scale - this._origin.y];
  },
  /* Rings of a large shape without the points that the zoom level cannot show: for each its box and its points. */
  _thin(key, number, distance) {
    const name = [key, number, distance].join("/");
    const level = Math.ceil(this._zoom);
    const kept = this._thinned.get(name);
    if (!kept || kept.level !== level) {
      this._thinned.set(name, { level, rings: thinRings(shapesOf[key], number, distance / (256 * Math.pow(2, level))) });
    }
    return this._thinned.get(name).rings;
  },
  /* Thins the large shapes in view and cuts them to it, once for fill and outline. */
  _thinForView() {
    const large = [];
    for (const key of layerNames.filter((name) => shown[name])) {
      this._inView(key, (number) => {
        if (pointsOf(shapesOf[key], number) > MANY_POINTS) {
          large.push([key, number]);
        }
      });
    }
    const [west, top, east, bottom] = this._view;
    const most = this._isQuick ? MOST_DRAGGED : MOST_POINTS;
    for (const distance of THIN) {
      let count = 0;
      this._cut.clear();
      for (const [key, number] of large) {
        const rings = this._thin(key, number, distance)
          .filter((ring) => ring.east > west && ring.west < east && ring.bottom > top && ring.top < bottom)
          .map((ring) => cutRing(shapesOf[key], ring.points, this._view));
        this._cut.set(key + "/" + number, rings);
        count += rings.reduce((sum, points) => sum + points.length, 0);
      }
      this._isHeavy = this._isQuick || count > MOST_DRAGGED;
      if (count <= most) {
        return;
      }
    }
  },
  /* Traces the rings of a shape as a path; as an outline, without the sides along the antimeridian, where it was cut. */
  _trace(key, number, isOutline) {
    const shapes = shapesOf[key];
    this._context.beginPath();
    const cut = this._cut.get(key + "/" + number);
    if (cut) {
      cut.forEach((points) => this._traceRing(shapes, 0, points.length, points, isOutline));
      return;
    }
    for (const [from, to] of ringsAt(shapes, number)) {
      this._traceRing(shapes, from, to, null, isOutline);
    }
  },
  /* Traces the points from one to another, of all points or of those listed; closer than half a pixel they add nothing. */
  _traceRing(shapes, from, to, points, isOutline) {
    if (from === to) {
      return;
    }
    const context = this._context;
    const first = points ? points[from] : from;
    let [lastX, lastY] = [Infinity, Infinity];
    let [last, isCut] = [-1, false];
    for (let place = from; place < to; place += 1) {
      const at = points ? points[place] : place;
      const x = shapes.x[at] * this._scale - this._origin.x;
      const y = shapes.y[at] * this._scale - this._origin.y;
      const skips = isOutline && last >= 0 && isSeam(shapes, last, at);
      if (skips || Math.abs(x - lastX) + Math.abs(y - lastY) > 0.5) {
        context[last < 0 || skips ? "moveTo" : "lineTo"](x, y);
        [lastX, lastY] = [x, y];
        isCut = isCut || skips;
      }
      last = at;
    }
    const endsOnSeam = isOutline && isSeam(shapes, last, first);
    if (!isCut && !endsOnSeam) {
      context.closePath();
    } else if (!endsOnSeam) {
      context.lineTo(shapes.x[first] * this._scale - this._origin.x, shapes.y[first] * this._scale - this._origin.y);
    }
  },
  _sprite(name, reach, draw) {
    if (!this._sprites.has(name)) {
      const sprite = make("canvas", { width: 4 * reach, height: 4 * reach });
      const context = sprite.getContext("2d");
      context.scale(2, 2);
      draw(context, reach, reach);
      this._sprites.set(name, sprite);
    }
    return this._sprites.get(name);
  },
  /* Draws one picture at many places; a picture that others cover to a few pixels is left out. */
  _stamp(key, numbers, spriteOf, reach) {
    const taken = new Set();
    const kept = [];
    const side = numbers.length > CROWD ? 8 : 3;
    for (let at = numbers.length - 1; at >= 0; at -= 1) {
      const [x, y] = this._middle(key, numbers[at]);
      const cell = Math.round(x / side) * 65536 + Math.round(y / side);
      if (!taken.has(cell)) {
        taken.add(cell);
        kept.push([numbers[at], x, y]);
      }
    }
    for (let at = kept.length - 1; at >= 0; at -= 1) {
      const [number, x, y] = kept[at];
      this._context.drawImage(spriteOf(number), x - reach, y - reach, 2 * reach, 2 * reach);
    }
  },
  _zones(key) {
    if (isFilled(key)) {
      const context = this._context;
      const dots = [];
      context.globalAlpha = 0.88;
      this._inView(key, (number, extent) => {
        if (extent < SMALLEST_ZONE) {
          dots.push(number);
        } else {
          context.fillStyle = classFill(features[key][number].density);
          this._trace(key, number);
          context.fill("evenodd");
        }
      });
      context.globalAlpha = 1;
      this._stamp(key, dots, (number) => {
        const { density, sure } = features[key][number];
        return this._sprite("dot" + density + sure, 12, (inside, x, y) =>
          drawDot(inside, classFill(density), data.style.patterns[sure], x, y));
      }, 12);
    }
  },
  _stroke(pattern, weight, colour, alpha) {
    const context = this._context;
    context.lineWidth = weight;
    context.strokeStyle = colour;
    context.globalAlpha = alpha;
    context.lineJoin = "round";
    context.lineCap = pattern === "1 5" ? "round" : "butt";
    context.setLineDash(dashes(pattern));
    context.stroke();
    context.setLineDash([]);
    context.globalAlpha = 1;
  },
  _zoneLines(key) {
    this._inView(key, (number, extent) => {
      if (extent >= SMALLEST_ZONE) {
        this._trace(key, number, true);
        if (this._isQuick && this._cut.has(key + "/" + number)) {
          this._stroke("", 1, QUIET, 1);
          return;
        }
        this._stroke("", 4.2, "#ffffff", 1);
        this._stroke(data.style.patterns[features[key][number].sure], 1.8, INK, 1);
      }
    });
  },
  _lines(key, look) {
    this._inView(key, (number, extent) => {
      if (extent >= SMALLEST_AREA) {
        this._trace(key, number, true);
        this._stroke("", look.casing, "#ffffff", look.alpha);
        this._stroke("", look.weight, look.colour, 1);
      }
    });
  },
  /* Searched land: blue lines far apart, so that the class below keeps its colour. */
  _searches(key) {
    const context = this._context;
    const lines = searchPattern(context, this._ratio);
    this._inView(key, (number) => {
      this._trace(key, number);
      context.fillStyle = lines;
      context.fill("evenodd");
      this._trace(key, number, true);
      this._stroke("", 3.6, "#ffffff", 1);
      this._stroke("10 4 2 4", 1.8, MARK, 1);
    });
  },
  _boxes(key) {
    const context = this._context;
    this._inView(key, (number, extent) => {
      const feature = features[key][number];
      this._trace(key, number);
      context.globalAlpha = BOXES[key];
      context.fillStyle = classFill(feature.density);
      context.fill("evenodd");
      context.globalAlpha = 1;
      if (key === "squares") {
        this._stroke("2 3", 1, QUIET, 1);
        if (extent > 34) {
          const [x, y] = this._middle(key, number);
          context.font = "12px " + FONT;
          context.textAlign = "center";
          context.textBaseline = "middle";
          haloText(context, wholeNumber(feature.size), x, y, INK);
        }
      }
    });
  },
  /* Numbers in falling order of importance, each only where it covers no earlier one. */
  _badges(key, shape, smallest) {
    if (!shown[key]) {
      return;
    }
    const ranked = [];
    this._inView(key, (number, extent) => {
      if (extent >= smallest) {
        ranked.push(number);
      }
    });
    ranked.sort((a, b) => features[key][a].rank - features[key][b].rank);
    const taken = new Set();
    for (const number of ranked) {
      const [x, y] = this._badgePlace(key, number);
      const [column, row] = [Math.round(x / 26), Math.round(y / 22)];
      const near = [-1, 0, 1].some((across) => [-1, 0, 1].some((down) => taken.has((column + across) * 65536 + row + down)));
      if (!near) {
        taken.add(column * 65536 + row);
        const half = drawBadge(this._context, wholeNumber(features[key][number].rank), shape, x, y);
        this.badgeBoxes.push([x - half - 2, y - 12, x + half + 2, y + 12]);
      }
    }
  },
  /* A rank stands on the upper edge of its zone, and above a small one, whose colour it would hide; the number of a task at its
     upper left corner. */
  _badgePlace(key, number) {
    const [x, y] = this._middle(key, number);
    const { box } = shapesOf[key];
    const at = 4 * number;
    const top = box[at + 1] * this._scale - this._origin.y;
    if (key === "tasks") {
      return [box[at] * this._scale - this._origin.x, top];
    }
    return y - top < 20 ? [x, top - 9] : [this._highest(key, number) * this._scale - this._origin.x, top];
  },
  /* Where the outline of a feature reaches its highest point: the middle of its box may lie beside a zone of several lobes. */
  _highest(key, number) {
    const shapes = shapesOf[key];
    shapes.highest = shapes.highest || new Float64Array(shapes.count).fill(NaN);
    if (Number.isNaN(shapes.highest[number])) {
      let top = Infinity;
      for (const [from, to] of ringsAt(shapes, number)) {
        for (let at = from; at < to; at += 1) {
          if (shapes.y[at] < top) {
            top = shapes.y[at];
            shapes.highest[number] = shapes.x[at];
          }
        }
      }
    }
    return shapes.highest[number];
  },
  _isSymbolShown(key, number) {
    const { wide } = features[key][number];
    if (!wide || !(shown.zones || shown.zone_updates)) {
      return true;
    }
    const { box } = shapesOf[key];
    const latitude = toLatitude(box[4 * number + 1]);
    return (wide * this._scale) / (40075016.7 * Math.cos((latitude * Math.PI) / 180)) >= SMALLEST_FOR_SYMBOL;
  },
  _symbols(key) {
    const numbers = [];
    this._inView(key, (number) => {
      if (this._isSymbolShown(key, number)) {
        numbers.push(number);
      }
    });
    this._stamp(key, numbers, (number) => {
      const look = lookOf(features[key][number]);
      return this._sprite([look.shape, look.r, look.hollow, look.assumed].join(), 14, (inside, x, y) => drawSymbol(inside, look, x, y));
    }, 14);
  },
  /* The topmost feature at a place, or null. */
  find(latlng, tolerance) {
    return this.findAll(latlng, tolerance, 1)[0] || null;
  },
  /* Features at a place from above, each strike once. */
  findAll(latlng, tolerance, most) {
    const at = [worldX(latlng.lng), worldY(latlng.lat)];
    const found = [];
    const known = new Set();
    for (const [key, isBadge] of [["priorities", true], ["tasks", true], ...DRAW_ORDER.map((name) => [name, false]).reverse()]) {
      if (shown[key]) {
        this._findIn(key, at, tolerance, isBadge, (feature) => {
          const name = ["strikes", "hazard_areas", "unlocated"].includes(key) ? "strike/" + (feature.strike || feature.id) : key + "/" + feature.id;
          if (!known.has(name)) {
            known.add(name);
            found.push(feature);
          }
          return found.length >= most;
        });
      }
      if (found.length >= most) {
        break;
      }
    }
    return found;
  },
  /* Calls a function for each feature of a layer at a place, the topmost first, until it says that this is enough. */
  _findIn(key, at, tolerance, isBadge, visit) {
    const { box } = shapesOf[key];
    const reach = (DOT_RADIUS + 5 + tolerance) / this._scale;
    for (let place = drawnOrder[key].length - 1; place >= 0; place -= 1) {
      const number = drawnOrder[key][place];
      const corner = 4 * number;
      if (!off[key][number] && at[0] > box[corner] - reach && at[0] < box[corner + 2] + reach
        && at[1] > box[corner + 1] - reach && at[1] < box[corner + 3] + reach && (isBadge ? this._isOnBadge(key, number, at) : this._isHit(key, number, at, tolerance))
        && visit(features[key][number])) {
        return;
      }
    }
  },
  _isHit(key, number, at, tolerance) {
    const { box, kinds } = shapesOf[key];
    const corner = 4 * number;
    const extent = Math.max(box[corner + 2] - box[corner], box[corner + 3] - box[corner + 1]) * this._scale;
    const away = Math.hypot((box[corner] + box[corner + 2]) / 2 - at[0], (box[corner + 1] + box[corner + 3]) / 2 - at[1]) * this._scale;
    if (kinds[number] === KIND.point) {
      return this._isSymbolShown(key, number) && away <= 7 + tolerance;
    }
    if (FILLED.includes(key) && !isFilled(key)) {
      return false;
    }
    if (FILLED.includes(key) && extent < SMALLEST_ZONE) {
      return away <= DOT_RADIUS + tolerance;
    }
    if (key === "hazard_areas" && (shown.zones || shown.zone_updates)) {
      return extent >= SMALLEST_AREA && this._isOnEdge(key, number, at, 3 + tolerance);
    }
    return isInside(shapesOf[key], number, at);
  },
  _isOnBadge(key, number, at) {
    const [x, y] = this._badgePlace(key, number);
    return Math.hypot(at[0] * this._scale - this._origin.x - x, at[1] * this._scale - this._origin.y - y) <= 12;
  },
  _isOnEdge(key, number, at, tolerance) {
    const shapes = shapesOf[key];
    const within = tolerance / this._scale;
    return ringsAt(shapes, number).some(([from, to]) => {
      for (let here = from; here < to; here += 1) {
        const next = here + 1 < to ? here + 1 : from;
        if (awayFromLine(at[0], at[1], shapes.x[here], shapes.y[here], shapes.x[next], shapes.y[next]) < within) {
          return true;
        }
      }
      return false;
    });
  },
});

function pointsOf(shapes, number) {
  const [first, after] = [shapes.firstRing[number], shapes.firstRing[number + 1]];
  return after > first ? shapes.ends[after - 1] - (first ? shapes.ends[first - 1] : 0) : 0;
}

/* A side along the antimeridian: there a shape was cut in two for its file, and no outline runs. */
function isSeam(shapes, one, other) {
  const isOn = (x) => Math.abs(x - Math.round(x)) < 1e-9;
  return isOn(shapes.x[one]) && isOn(shapes.x[other]);
}

/* Leaves out points nearer than a distance to the one kept before, and rings that a line's width would cover. */
function thinRings(shapes, number, distance) {
  const rings = [];
  for (const [from, to] of ringsAt(shapes, number)) {
    const ring = { west: Infinity, top: Infinity, east: -Infinity, bottom: -Infinity, points: [] };
    let [lastX, lastY] = [Infinity, Infinity];
    for (let at = from; at < to; at += 1) {
      const [x, y] = [shapes.x[at], shapes.y[at]];
      if (Math.abs(x - lastX) > distance || Math.abs(y - lastY) > distance) {
        ring.points.push(at);
        [lastX, lastY] = [x, y];
        ring.west = Math.min(ring.west, x);
        ring.east = Math.max(ring.east, x);
        ring.top = Math.min(ring.top, y);
        ring.bottom = Math.max(ring.bottom, y);
      }
    }
    if (ring.points.length > 2 && Math.max(ring.east - ring.west, ring.bottom - ring.top) > SMALLEST_RING * distance) {
      ring.points = Int32Array.from(ring.points);
      rings.push(ring);
    }
  }
  return rings;
}

/* Sides of a view on which a place lies outside it, as bits. */
function sidesOf(x, y, view) {
  return (x < view[0] ? 1 : 0) | (x > view[2] ? 2 : 0) | (y < view[1] ? 4 : 0) | (y > view[3] ? 8 : 0);
}

/* Leaves out runs of points that lie beyond one side of the view: what remains looks the same in it. */
function cutRing(shapes, points, view) {
  const kept = [];
  let common = 0;
  for (let at = 0; at < points.length; at += 1) {
    const here = sidesOf(shapes.x[points[at]], shapes.y[points[at]], view);
    const next = at + 1 < points.length ? sidesOf(shapes.x[points[at + 1]], shapes.y[points[at + 1]], view) : 0;
    if (common & here & next) {
      common &= here;
    } else {
      kept.push(points[at]);
      common = here;
    }
  }
  return kept;
}

function awayFromLine(x, y, ax, ay, bx, by) {
  const length2 = (bx - ax) ** 2 + (by - ay) ** 2;
  const share = length2 ? Math.max(0, Math.min(1, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length2)) : 0;
  return Math.hypot(x - ax - share * (bx - ax), y - ay - share * (by - ay));
}

function isInside(shapes, number, at) {
  let inside = false;
  for (const [from, to] of ringsAt(shapes, number)) {
    for (let here = from, last = to - 1; here < to; last = here, here += 1) {
      if (shapes.y[here] > at[1] !== shapes.y[last] > at[1]
        && at[0] < ((shapes.x[last] - shapes.x[here]) * (at[1] - shapes.y[here])) / (shapes.y[last] - shapes.y[here]) + shapes.x[here]) {
        inside = !inside;
      }
    }
  }
  return inside;
}
