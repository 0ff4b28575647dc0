/* Symbols of the map and of its legend, drawn by the same functions. */

const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Helvetica Neue', Arial, sans-serif";
const INK = "#2b2a28";
const QUIET = "#5f5b53";
const MARK = "#0b5cad";
const DOT_RADIUS = 7;
const HATCH_ALPHA = 0.24;
const SMALLEST_ZONE = 18;
const SMALLEST_AREA = 26;
const SMALLEST_FOR_SYMBOL = 26;

function dashes(pattern) {
  return pattern ? pattern.split(" ").map(Number) : [];
}

function classFill(number) {
  return number < 0 ? data.style.unknown : data.style.palette[number];
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
  } else if (shape === "cross" || shape === "plus") {
    const corners = shape === "cross" ? [[-1, -1], [1, 1], [-1, 1], [1, -1]] : [[-1.2, 0], [1.2, 0], [0, -1.2], [0, 1.2]];
    for (const [number, corner] of corners.entries()) {
      context[number % 2 ? "lineTo" : "moveTo"](x + corner[0] * r, y + corner[1] * r);
    }
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
  if (look.shape === "cross" || look.shape === "plus") {
    context.lineWidth = 5.5;
    context.strokeStyle = "#ffffff";
    context.stroke();
    context.lineWidth = 2.6;
    context.strokeStyle = look.shape === "cross" ? MARK : INK;
    context.stroke();
  } else if (look.hollow) {
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

/* Blue lines far apart on white ones, which keep blue and the colour below from mixing. */
function drawSearchLines(context, size) {
  for (const [colour, width] of [["#ffffff", 3], [MARK, 1.2]]) {
    context.beginPath();
    for (const shift of [-size, 0, size]) {
      context.moveTo(shift - 2, -2);
      context.lineTo(shift + size + 2, size + 2);
    }
    context.lineWidth = width;
    context.strokeStyle = colour;
    context.stroke();
  }
}

/* Grey lines for what is not assessed; they run against those of searched land. */
function drawHatchLines(context, size) {
  context.beginPath();
  for (const shift of [-size, 0, size]) {
    context.moveTo(shift - 2, size + 2);
    context.lineTo(shift + size + 2, -2);
  }
  context.lineWidth = 1;
  context.strokeStyle = "#6b6558";
  context.stroke();
}

/* A pattern of lines, as fine as the canvas it is for. */
function linePattern(context, ratio, size, drawLines) {
  const side = Math.round(size * ratio);
  const tile = make("canvas", { width: side, height: side });
  const inside = tile.getContext("2d");
  inside.scale(side / size, side / size);
  drawLines(inside, size);
  const pattern = context.createPattern(tile, "repeat");
  pattern.setTransform(new DOMMatrix().scale(size / side));
  return pattern;
}

function searchPattern(context, ratio) {
  return linePattern(context, ratio, 16, drawSearchLines);
}

function hatchPattern(context, ratio) {
  return linePattern(context, ratio, 11, drawHatchLines);
}

/* A number in a dark disc (order of survey) or a blue square (task); returns half its width. */
function drawBadge(context, text, shape, x, y) {
  context.save();
  context.setLineDash([]);
  context.font = "600 12px " + FONT;
  const half = Math.max(10, context.measureText(text).width / 2 + 5);
  context.beginPath();
  if (shape === "square") {
    context.rect(x - half, y - 10, 2 * half, 20);
  } else {
    context.arc(x - half + 10, y, 10, Math.PI / 2, 1.5 * Math.PI);
    context.arc(x + half - 10, y, 10, 1.5 * Math.PI, 2.5 * Math.PI);
    context.closePath();
  }
  context.lineWidth = 3;
  context.strokeStyle = "#ffffff";
  context.stroke();
  context.fillStyle = shape === "square" ? MARK : INK;
  context.fill();
  context.fillStyle = "#ffffff";
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(text, x, y + 0.5);
  context.restore();
  return half;
}

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

function badgeSwatch(text, shape) {
  return makeSwatch(30, 24, (context) => drawBadge(context, text, shape, 15, 12));
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
      context.fillText(withMarks(String(value)), (number + 1) * width, 18);
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

/* Searched land in the legend and the lists. */
function searchSwatch() {
  return makeSwatch(30, 20, (context) => {
    context.fillStyle = searchPattern(context, 2);
    context.fillRect(2, 2, 26, 16);
    context.setLineDash([10, 4, 2, 4]);
    context.lineWidth = 1.6;
    context.strokeStyle = MARK;
    context.strokeRect(2, 2, 26, 16);
  });
}

/* Land that is not assessed, in the legend. */
function hatchSwatch() {
  return makeSwatch(30, 20, (context) => {
    context.fillStyle = "#f1efe9";
    context.fillRect(0, 0, 30, 20);
    context.globalAlpha = HATCH_ALPHA * 2;
    context.fillStyle = linePattern(context, 2, 8, drawHatchLines);
    context.fillRect(0, 0, 30, 20);
    context.globalAlpha = 1;
    context.strokeStyle = QUIET;
    context.strokeRect(0.5, 0.5, 29, 19);
  });
}

/* A box with a fill and a border, for cells and squares. */
function boxSwatch(fill, stroke, alpha) {
  return makeSwatch(30, 20, (context) => {
    context.globalAlpha = alpha;
    context.fillStyle = fill;
    context.fillRect(2, 2, 26, 16);
    context.globalAlpha = 1;
    if (stroke) {
      context.lineWidth = 1.6;
      context.strokeStyle = stroke;
      context.strokeRect(2, 2, 26, 16);
    }
  });
}
