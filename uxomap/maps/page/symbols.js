/* Shapes on the map's canvas. Everything lies on one canvas, because stacked ones would hide each other from the pointer. */

const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Helvetica Neue', Arial, sans-serif";
const INK = "#2b2a28";
const QUIET = "#5f5b53";
const MARK = "#0b5cad";
const DOT_RADIUS = 7;
const SMALLEST_ZONE = 18;
const SMALLEST_AREA = 26;
const SMALLEST_FOR_SYMBOL = 26;

function dashes(pattern) {
  return pattern ? pattern.split(" ").map(Number) : [];
}

function zoneFill(zone) {
  return zone.density < 0 ? data.style.unknown : data.style.palette[zone.density];
}

/* Traces the outline of a symbol around a point. */
function traceShape(context, shape, x, y, r) {
  context.beginPath();
  if (shape === "triangle") {
    context.moveTo(x, y - 1.25 * r);
    context.lineTo(x + 1.15 * r, y + 0.85 * r);
    context.lineTo(x - 1.15 * r, y + 0.85 * r);
    context.closePath();
  } else if (shape === "square") {
    context.rect(x - 0.9 * r, y - 0.9 * r, 1.8 * r, 1.8 * r);
  } else if (shape === "diamond") {
    context.moveTo(x, y - 1.3 * r);
    context.lineTo(x + 1.3 * r, y);
    context.lineTo(x, y + 1.3 * r);
    context.lineTo(x - 1.3 * r, y);
    context.closePath();
  } else {
    context.arc(x, y, r, 0, 2 * Math.PI);
  }
}

/* Draws a strike: a dark shape on a white rim; hollow and grey where the place is too coarse for an area. */
function drawSymbol(context, look, x, y) {
  context.save();
  context.globalAlpha = 1;
  context.setLineDash([]);
  context.lineJoin = "round";
  traceShape(context, look.shape, x, y, look.r);
  if (look.hollow) {
    context.lineWidth = 3.4;
    context.strokeStyle = "rgba(255, 255, 255, 0.85)";
    context.stroke();
    context.fillStyle = "#ffffff";
    context.fill();
    context.lineWidth = 1.5;
    context.strokeStyle = QUIET;
    context.stroke();
  } else {
    context.lineWidth = 3;
    context.strokeStyle = "#ffffff";
    context.stroke();
    context.fillStyle = INK;
    context.fill();
  }
  if (look.assumed) {
    context.setLineDash([]);
    context.beginPath();
    context.arc(x + look.r + 1.5, y - look.r - 1.5, 2.2, 0, 2 * Math.PI);
    context.lineWidth = 1.5;
    context.strokeStyle = "#ffffff";
    context.stroke();
    context.fillStyle = MARK;
    context.fill();
  }
  context.restore();
}

/* Draws the dot that stands for a zone too small to see; its rim carries the same pattern as the zone's outline. */
function drawDot(context, fill, pattern, x, y) {
  context.save();
  context.globalAlpha = 1;
  context.beginPath();
  context.arc(x, y, DOT_RADIUS + 1.4, 0, 2 * Math.PI);
  context.fillStyle = "#ffffff";
  context.fill();
  context.lineWidth = 1.5;
  context.lineCap = pattern === "1 5" ? "round" : "butt";
  context.setLineDash(dashes(pattern).map((length) => 0.62 * length));
  context.strokeStyle = INK;
  context.stroke();
  context.beginPath();
  context.arc(x, y, DOT_RADIUS - 1.2, 0, 2 * Math.PI);
  context.fillStyle = fill;
  context.fill();
  context.restore();
}

function extentOf(layer) {
  const size = layer._rawPxBounds ? layer._rawPxBounds.getSize() : L.point(0, 0);
  return Math.max(size.x, size.y);
}

/* The fill of a zone, or a dot where the polygon would be a speck. */
const ZoneShape = L.Polygon.extend({
  _isDot() {
    return extentOf(this) < SMALLEST_ZONE;
  },
  _updateBounds() {
    L.Polygon.prototype._updateBounds.call(this);
    if (this._rawPxBounds && this._isDot()) {
      const centre = this._rawPxBounds.getCenter();
      const reach = L.point(DOT_RADIUS + 3, DOT_RADIUS + 3);
      this._pxBounds = L.bounds(centre.subtract(reach), centre.add(reach));
    }
  },
  _updatePath() {
    if (!this._isDot()) {
      L.Polygon.prototype._updatePath.call(this);
    } else if (this._renderer._drawing && this._pxBounds.intersects(this._renderer._bounds)) {
      const centre = this._rawPxBounds.getCenter();
      drawDot(this._renderer._ctx, this.options.fillColor, this.options.pattern, centre.x, centre.y);
    }
  },
  _containsPoint(point) {
    if (this._rawPxBounds && this._isDot()) {
      return this._rawPxBounds.getCenter().distanceTo(point) <= DOT_RADIUS + this._clickTolerance();
    }
    return L.Polygon.prototype._containsPoint.call(this, point);
  },
});

/* A line on a pale casing, so that its pattern shows on dark fills and light ground; left out where it would be a speck. */
const CasedLine = L.Polygon.extend({
  _updatePath() {
    if (extentOf(this) >= this.options.smallest) {
      const line = this.options;
      this.options = Object.assign(Object.create(line), { ...line.casing, color: "#ffffff", _dashArray: null });
      L.Polygon.prototype._updatePath.call(this);
      this.options = line;
      L.Polygon.prototype._updatePath.call(this);
    }
  },
  _containsPoint(point) {
    return extentOf(this) >= this.options.smallest && L.Polygon.prototype._containsPoint.call(this, point);
  },
});

/* A strike or report; beside a zone that is only a dot it would hide the dot, so it waits until its area can be seen. */
const SymbolShape = L.CircleMarker.extend({
  _isShown() {
    const wide = this.options.wide;
    if (!wide) {
      return true;
    }
    const circumference = 40075016.7 * Math.cos((this._latlng.lat * Math.PI) / 180);
    return (wide * 256 * Math.pow(2, this._map.getZoom())) / circumference >= SMALLEST_FOR_SYMBOL;
  },
  _updatePath() {
    if (this._renderer._drawing && !this._empty() && this._isShown()) {
      drawSymbol(this._renderer._ctx, this.options.look, this._point.x, this._point.y);
    }
  },
  _containsPoint(point) {
    return this._isShown() && L.CircleMarker.prototype._containsPoint.call(this, point);
  },
});

/* A small picture for the legend and the lists, drawn by the same functions as the map. */
function makeSwatch(width, height, draw) {
  const scale = 2;
  const canvas = make("canvas", { class: "swatch", width: width * scale, height: height * scale, "aria-hidden": "true" });
  canvas.style.width = width + "px";
  canvas.style.height = height + "px";
  const context = canvas.getContext("2d");
  context.scale(scale, scale);
  draw(context);
  return canvas;
}

function symbolSwatch(look) {
  return makeSwatch(24, 20, (context) => drawSymbol(context, look, 11, 11));
}

function zoneSwatch(fill, pattern) {
  return makeSwatch(30, 20, (context) => {
    context.fillStyle = "#ffffff";
    context.fillRect(1, 1, 28, 18);
    context.fillStyle = fill;
    context.fillRect(4, 4, 22, 12);
    context.lineWidth = 1.6;
    context.strokeStyle = INK;
    context.lineCap = pattern === "1 5" ? "round" : "butt";
    context.setLineDash(dashes(pattern).map((length) => 0.8 * length));
    context.strokeRect(1.5, 1.5, 27, 17);
  });
}

/* The five classes side by side, with the breaks between them. */
function rampSwatch() {
  const width = 44;
  return makeSwatch(5 * width, 32, (context) => {
    data.style.palette.forEach((fill, number) => {
      context.fillStyle = fill;
      context.fillRect(number * width, 0, width, 14);
    });
    context.strokeStyle = INK;
    context.strokeRect(0.5, 0.5, 5 * width - 1, 13);
    context.fillStyle = INK;
    context.font = "12.5px " + FONT;
    context.textAlign = "center";
    context.textBaseline = "top";
    data.style.breaks.forEach((value, number) => {
      context.fillRect((number + 1) * width - 0.5, 0, 1, 17);
      context.fillText(String(value), (number + 1) * width, 18);
    });
  });
}

function lineSwatch(pattern, weight, colour) {
  return makeSwatch(44, 14, (context) => {
    context.lineWidth = weight;
    context.strokeStyle = colour;
    context.lineCap = pattern === "1 5" ? "round" : "butt";
    context.setLineDash(dashes(pattern));
    context.beginPath();
    context.moveTo(2, 7);
    context.lineTo(42, 7);
    context.stroke();
  });
}
