/* The legend is the layer control: what a layer looks like stands beside its switch. */

function legendLine(swatch, text) {
  return make("li", {}, swatch, make("span", {}, text));
}

function legendLines(...lines) {
  return make("ul", { class: "lines" }, ...lines);
}

/* A switch for one layer. */
function makeSwitch(text, checked, onchange, swatch) {
  const box = make("input", { type: "checkbox", checked, onchange: () => onchange(box.checked) });
  return make("label", { class: "switch" }, box, make("span", {}, text), swatch);
}

function rampLegend() {
  const ramp = rampSwatch();
  ramp.removeAttribute("aria-hidden");
  ramp.setAttribute("role", "img");
  ramp.setAttribute("aria-label", data.style.palette.map((fill, number) => say["density_" + number]).join("; "));
  return [make("p", { class: "meaning" }, say.zones_meaning), ramp];
}

function zoneLegend() {
  const sure = data.style.patterns.map((pattern, number) => legendLine(lineSwatch(pattern, 2, INK), say["sure_" + number]));
  const dot = makeSwatch(44, 20, (context) => drawDot(context, data.style.palette[2], "", 22, 10));
  const unknown = FILLED.some((name) => features[name].some((feature) => feature.density < 0))
    ? [legendLine(zoneSwatch(data.style.unknown, "1 5"), say.density_unknown)] : [];
  return [
    ...rampLegend(), legendLines(...unknown),
    make("p", { class: "meaning" }, say.sure_meaning), legendLines(...sure, legendLine(dot, say.zone_dot)),
  ];
}

function strikeLegend() {
  const used = new Set([...features.strikes, ...features.unlocated].map((feature) => feature.kind));
  const kinds = Object.keys(data.style.symbols).filter((kind) => used.has(kind));
  const lines = kinds.map((kind) =>
    legendLine(symbolSwatch({ shape: data.style.symbols[kind], r: 5 }), say["kind_" + kind]));
  lines.push(legendLine(symbolSwatch({ shape: "circle", r: 5, assumed: true }), say.assumed_mark));
  return [legendLines(...lines)];
}

function areaSwatch() {
  return makeSwatch(30, 18, (context) => {
    context.beginPath();
    context.ellipse(15, 9, 13, 7, 0, 0, 2 * Math.PI);
    context.lineWidth = 1.1;
    context.strokeStyle = QUIET;
    context.stroke();
  });
}

/* Entries of the legend by group: layer, picture beside its switch, and what explains it. */
function legendGroups() {
  const nothing = () => [];
  const none = () => null;
  const symbol = (look) => () => symbolSwatch({ r: 5, ...look });
  const box = (alpha, stroke) => () => boxSwatch(data.style.palette[2], stroke, alpha);
  const explains = FILLED.find((name) => data.layers[name]);
  const withFill = (name) => (name === explains ? zoneLegend : nothing);
  const cellMeaning = () => [...(explains ? [] : rampLegend()), make("p", { class: "meaning" }, say.cells_meaning)];
  return [
    [say.group_priority, [["priorities", () => badgeSwatch("1", "round"), withFill("priorities")],
      ["tasks", () => badgeSwatch("1", "square"), nothing]]],
    [say.group_hazard, [["zone_updates", none, withFill("zone_updates")], ["zones", none, withFill("zones")],
      ["hazard_areas", areaSwatch, nothing], ["contamination", box(0.72), cellMeaning],
      ["cells", box(BOXES.cells), cellMeaning], ["hexagons", box(BOXES.hexagons), cellMeaning],
      ["squares", box(BOXES.squares, QUIET), () => [make("p", { class: "meaning" }, say.squares_meaning)]]]],
    [say.group_reports, [["strikes", none, strikeLegend], ["unlocated", hollowSwatch, nothing],
      ["reports", symbol({ shape: "circle", r: 4 }), nothing]]],
    [say.group_survey, [["surveys", searchSwatch, nothing], ["finds", symbol({ shape: "cross" }), nothing],
      ["strike_updates", symbol({ shape: "plus" }), nothing]]],
  ];
}

/* The hollow marks that the map shows: one for each kind of munition whose place is known too coarsely. */
function hollowSwatch() {
  const used = new Set(features.unlocated.map((feature) => lookOf(feature).shape));
  const shapes = used.size ? [...used] : ["circle"];
  return makeSwatch(16 * shapes.length + 8, 20, (context) =>
    shapes.forEach((shape, number) => drawSymbol(context, { shape, r: 5, hollow: true }, 11 + 16 * number, 11)));
}

function isGiven(name) {
  return name === "contamination" ? Boolean(data.cells) : Boolean(data.layers[name]);
}

function contextLegend(setContext) {
  const lines = data.context.map((layer) => makeSwitch(say["context_" + layer.kind], true, (isOn) => setContext(layer.kind, isOn),
    layer.look.fill ? boxSwatch(layer.look.fill, layer.look.stroke, 1) : lineSwatch(layer.look.dash.join(" "), layer.look.weight, layer.look.stroke)));
  return make("fieldset", {}, make("legend", {}, say.group_context),
    data.basemap ? makeSwitch(say.basemap, true, (isOn) => setContext("basemap", isOn)) : "",
    makeSwitch(say.places, true, (isOn) => setContext("places", isOn)),
    make("p", { class: "meaning" }, say.places_meaning), ...lines,
    makeSwitch(say.graticule, true, (isOn) => setContext("graticule", isOn)));
}

function fillLegend(holder, setShown, setContext, days) {
  holder.append(make("div", { class: "sheet-head" }, make("h2", {}, say.legend), makeClose()));
  const inside = make("div", { class: "sheet-body" });
  holder.append(inside);
  for (const text of data.notes) {
    inside.append(makeText("p", text, { class: "note", role: "note" }));
  }
  inside.append(make("fieldset", {}, make("legend", {}, say.not_assessed),
    legendLines(legendLine(hatchSwatch(), say.not_assessed_meaning))));
  for (const [title, entries] of legendGroups()) {
    const given = entries.filter(([name]) => isGiven(name));
    if (!given.length) {
      continue;
    }
    const group = make("fieldset", {}, make("legend", {}, title));
    for (const [name, swatch, explain] of given) {
      const isOn = name === "contamination" || shown[name];
      group.append(makeSwitch(say["layer_" + name], isOn, (chosen) => setShown(name, chosen), swatch()), ...explain());
    }
    inside.append(group);
  }
  if (days) {
    inside.append(days);
  }
  inside.append(contextLegend(setContext));
}
