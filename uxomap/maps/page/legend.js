/* The legend is the layer control: what a layer looks like stands beside its switch. */

function legendLine(swatch, text) {
  return make("li", {}, swatch, make("span", {}, text));
}

function legendLines(...lines) {
  return make("ul", { class: "lines" }, ...lines);
}

/* A switch for one layer. */
function makeSwitch(text, onchange, swatch) {
  const box = make("input", { type: "checkbox", checked: true, onchange: () => onchange(box.checked) });
  return make("label", { class: "switch" }, box, make("span", {}, text), swatch);
}

function zoneLegend() {
  const ramp = rampSwatch();
  ramp.removeAttribute("aria-hidden");
  ramp.setAttribute("role", "img");
  ramp.setAttribute("aria-label", data.style.palette.map((fill, number) => say["density_" + number]).join("; "));
  const sure = data.style.patterns.map((pattern, number) => legendLine(lineSwatch(pattern, 2, INK), say["sure_" + number]));
  const dot = makeSwatch(44, 20, (context) => drawDot(context, data.style.palette[2], "", 22, 10));
  const unknown = features.zones.some((feature) => feature.properties.density < 0)
    ? [legendLine(zoneSwatch(data.style.unknown, "1 5"), say.density_unknown)] : [];
  return [
    make("p", { class: "meaning" }, say.zones_meaning), ramp, legendLines(...unknown),
    make("p", { class: "meaning" }, say.sure_meaning), legendLines(...sure, legendLine(dot, say.zone_dot)),
  ];
}

function strikeLegend() {
  const used = new Set([...features.strikes, ...features.unlocated].map((feature) => feature.properties.kind));
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
  const hollow = () => symbolSwatch({ shape: "circle", r: 5, hollow: true });
  const nothing = () => [];
  return [
    [say.group_hazard, [["zones", () => null, zoneLegend], ["hazard_areas", areaSwatch, nothing]]],
    [say.group_reports, [
      ["strikes", () => null, strikeLegend],
      ["unlocated", hollow, nothing],
      ["reports", () => symbolSwatch({ shape: "circle", r: 4 }), nothing],
    ]],
  ];
}

function fillLegend(holder, setShown, setContext) {
  holder.append(make("div", { class: "sheet-head" }, make("h2", {}, say.legend), makeClose()));
  const inside = make("div", { class: "sheet-body" });
  holder.append(inside);
  for (const [title, entries] of legendGroups()) {
    const given = entries.filter(([name]) => data.layers[name]);
    if (!given.length) {
      continue;
    }
    const group = make("fieldset", {}, make("legend", {}, title));
    for (const [name, swatch, explain] of given) {
      group.append(makeSwitch(say[name], (shown) => setShown(name, shown), swatch()), ...explain());
    }
    inside.append(group);
  }
  const hatch = make("span", { class: "swatch hatch" });
  inside.append(make("fieldset", {}, make("legend", {}, say.not_assessed),
    legendLines(legendLine(hatch, say.not_assessed_meaning))));
  inside.append(make("fieldset", {}, make("legend", {}, say.group_context),
    makeSwitch(say.places, (shown) => setContext("places", shown)),
    make("p", { class: "meaning" }, say.places_meaning),
    makeSwitch(say.graticule, (shown) => setContext("graticule", shown))));
}
