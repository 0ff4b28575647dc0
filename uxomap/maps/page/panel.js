/* The panel: lists of what there is, search over all of it, and the details of what is chosen. */

const PAGE_OF_LIST = 100;
const index = {};
const areasByStrike = new Map();

function buildIndex() {
  for (const name of layerNames) {
    for (const feature of features[name]) {
      index[name + "/" + feature.id] = feature;
    }
  }
  features.hazard_areas.forEach((feature) => areasByStrike.set(feature.strike, feature));
}

/* Lists of the panel: key, tab, features in their order. */
function panelLists() {
  const byEstimate = (a, b) => (b.expected || 0) - (a.expected || 0);
  const byRank = (a, b) => a.rank - b.rank;
  const sorted = (name, order) => [...features[name]].sort(order);
  const lists = [];
  if (data.layers.priorities) {
    lists.push({ key: "priorities", intro: say.priorities_intro, entries: sorted("priorities", byRank) });
  }
  if (data.layers.zone_updates) {
    lists.push({ key: "zone_updates", intro: say.zones_intro, entries: sorted("zone_updates", byEstimate) });
  }
  if (data.layers.zones || !Object.keys(data.layers).some((name) => name !== "unlocated" && name !== "strikes" && name !== "hazard_areas")) {
    lists.push({ key: "zones", intro: say.zones_intro, entries: sorted("zones", byEstimate) });
  }
  lists.push({ key: "unlocated", intro: say.unlocated_intro, entries: sorted("unlocated", byEstimate) });
  lists.push({ key: "tasks", intro: "", entries: sorted("tasks", byRank) });
  for (const key of [data.layers.strikes ? "strikes" : "hazard_areas", "reports", "surveys", "finds"]) {
    lists.push({ key, intro: "", entries: features[key] });
  }
  return lists.filter((list) => list.entries.length || list.key === "zones")
    .map((list) => ({ ...list, entries: list.entries.filter((feature) => !off[list.key][feature.number]) }));
}

function entrySwatch(feature) {
  const key = feature.layer;
  if (key === "priorities" || key === "tasks") {
    return badgeSwatch(wholeNumber(feature.rank), key === "tasks" ? "square" : "round");
  }
  if (FILLED.includes(key)) {
    return zoneSwatch(classFill(feature.density), data.style.patterns[feature.sure]);
  }
  if (key in BOXES) {
    return boxSwatch(classFill(feature.density), QUIET, BOXES[key]);
  }
  return key === "surveys" ? searchSwatch() : key === "hazard_areas" ? areaSwatch() : symbolSwatch(lookOf(feature));
}

function makeEntry(feature, panel) {
  const open = () => (feature.layer ? panel.choose(feature, true) : panel.showPlace(feature));
  const words = make("span", { class: "entry-words" },
    makeText("span", feature.name, { class: "entry-name" }),
    makeText("span", feature.brief, { class: "entry-brief" }),
    feature.why ? makeText("span", feature.why, { class: "entry-brief" }) : null,
    feature.id && feature.id !== feature.name ? makeText("span", feature.id, { class: "entry-id" }) : null);
  const key = feature.layer ? feature.layer + "/" + feature.id : null;
  return make("li", {}, make("button", { type: "button", class: "entry", "data-key": key, onclick: open }, feature.layer ? entrySwatch(feature) : "", words));
}

function matches(feature, wanted) {
  feature.folded = feature.folded || [feature.id, feature.name, feature.place].map(foldText);
  return feature.folded.some((text) => text.includes(wanted));
}

function showEntries(holder, list, panel, limit) {
  const items = list.entries.slice(0, limit).map((feature) => makeEntry(feature, panel));
  holder.replaceChildren();
  if (!list.entries.length) {
    const none = features.unlocated.length ? say.no_zones_listed : say.no_zones;
    holder.append(make("p", { class: "empty" }, list.key === "zones" ? none : say.nothing));
    return;
  }
  holder.append(make("ul", { class: "entries" }, ...items));
  if (list.entries.length > limit) {
    const more = () => showEntries(holder, list, panel, limit + PAGE_OF_LIST);
    holder.append(make("button", { type: "button", class: "plain", onclick: more }, say.more));
  }
}

/* Everything whose place or id holds the words, zones first, then names of the context; the map moves with Enter to the first. */
function search(wanted) {
  const order = ["priorities", "zone_updates", "zones", "unlocated", "strikes", "hazard_areas", "reports", "tasks", "surveys", "finds"];
  const found = [];
  for (const name of order.filter((key) => features[key] && !(key === "hazard_areas" && data.layers.strikes))) {
    for (const feature of features[name]) {
      if (!off[name][feature.number] && matches(feature, wanted)) {
        found.push(feature);
      }
    }
  }
  return found.concat(contextPlaces().filter((place) => matches(place, wanted)));
}

function showList(panel) {
  const lists = panelLists();
  const list = lists.find((candidate) => candidate.key === panel.tab) || lists.find((candidate) => candidate.entries.length) || lists[0];
  const tabs = lists.map((candidate) => make("button", {
    type: "button", class: "tab", "aria-pressed": String(candidate === list),
    onclick: () => { panel.tab = candidate.key; panel.wanted = ""; showList(panel); },
  }, say["tab_" + candidate.key] + " ", make("span", { class: "count" }, wholeNumber(candidate.entries.length))));
  const entries = make("div", {});
  const intro = make("p", { class: "intro" }, list.intro);
  const show = () => {
    const wanted = foldText(panel.wanted.trim());
    const found = wanted ? { key: "found", entries: search(wanted) } : list;
    intro.textContent = wanted ? fill(say.found, { n: wholeNumber(found.entries.length) }) : list.entries.length ? list.intro : "";
    showEntries(entries, found, panel, PAGE_OF_LIST);
    return found.entries;
  };
  const filter = make("input", {
    type: "search", class: "filter", placeholder: say.filter, "aria-label": say.filter, dir: "auto",
    oninput: () => { panel.wanted = filter.value; show(); },
  });
  filter.value = panel.wanted;
  filter.addEventListener("keydown", (event) => {
    const found = event.key === "Enter" ? show() : [];
    if (found.length && panel.wanted.trim()) {
      entries.querySelector(".entry").click();
    }
  });
  panel.head.replaceChildren(make("div", { class: "tabs" }, ...tabs), panel.close);
  panel.inside.replaceChildren(filter, intro, entries);
  show();
  panel.inside.scrollTop = panel.listScroll;
}

function section(title, ...children) {
  return make("section", {}, make("h3", {}, title), ...children);
}

function makeTable(rows) {
  return make("table", {}, make("tbody", {}, ...rows.map(([label, value]) =>
    make("tr", {}, make("th", { scope: "row" }, label), makeText("td", value)))));
}

function bullets(texts) {
  return make("ul", { class: "bullets" }, ...texts.map((text) => makeText("li", text)));
}

/* Sections about one feature. */
function describe(details, title) {
  const sections = [title ? section(title, makeTable(details.table)) : makeTable(details.table)];
  for (const part of details.parts) {
    sections.push(section(part.title, part.rows.length ? makeTable(part.rows) : null, part.bullets.length ? bullets(part.bullets) : null));
  }
  return sections;
}

function jumps(title, key, ids, panel) {
  const known = (ids || []).map((id) => index[key + "/" + id]).filter(Boolean);
  if (!known.length) {
    return null;
  }
  const holder = make("div", {});
  showEntries(holder, { key, entries: known }, panel, 20);
  return section(title, holder);
}

/* A jump to a zone as it is known now: after surveys, where there were any. */
function zoneJump(title, zone, panel) {
  const layer = ["zone_updates", "zones", "priorities"].find((name) => index[name + "/" + zone]);
  return layer ? jumps(title, layer, [zone], panel) : null;
}

/* A strike is told by its estimate (area or list) and by what was reported. */
function strikeParts(feature, panel) {
  const strike = feature.strike || feature.id;
  const estimate = areasByStrike.get(strike) || index["unlocated/" + strike];
  const reported = index["strikes/" + strike];
  const first = detailsOf(estimate || reported);
  const sections = [makeText("p", first.sentence, { class: "sentence" })];
  if (estimate) {
    sections.push(...describe(first, reported ? say.estimate : ""));
  }
  if (reported) {
    const told = detailsOf(reported);
    sections.push(...describe(estimate ? { ...told, parts: [] } : told, estimate ? say.as_reported : ""));
  }
  const zone = (reported && detailsOf(reported).zone) || first.zone;
  sections.push(jumps(say.surveys_here, "surveys", first.surveys, panel), zoneJump(say.zone_of, zone, panel));
  return { sections, links: detailsOf(reported || estimate).links };
}

function detailParts(feature, panel) {
  if (["strikes", "hazard_areas", "unlocated"].includes(feature.layer)) {
    return strikeParts(feature, panel);
  }
  const details = detailsOf(feature);
  const ids = details.strikes || [];
  const members = data.layers.strikes ? ["strikes", ids]
    : ["hazard_areas", ids.map((id) => areasByStrike.get(id)).filter(Boolean).map((area) => area.id)];
  return {
    sections: [makeText("p", details.sentence, { class: "sentence" }), ...describe(details, ""),
      jumps(say.surveys_here, "surveys", details.surveys, panel), jumps(say.strikes_here, members[0], members[1], panel),
      jumps(say.reported_strike, "strikes", details.reported ? [details.reported] : [], panel),
      feature.layer === "tasks" ? zoneJump(say.zone_of_task, details.zone, panel) : null],
    links: details.links,
  };
}

/* What else lies under a click: as small buttons, because only the topmost opens. */
function alsoHere(panel, feature) {
  const others = panel.under.filter((other) => other !== feature);
  return others.length ? make("div", { class: "also" }, make("span", {}, say.also_here), ...others.map((other) =>
    make("button", { type: "button", class: "plain", onclick: () => panel.choose(other, false, panel.under) },
      entrySwatch(other), makeText("span", shorten(other.name, 40))))) : "";
}

function showDetails(panel, feature) {
  const { sections, links } = detailParts(feature, panel);
  const back = make("button", { type: "button", class: "plain", onclick: () => panel.leave() }, (data.rtl ? "› " : "‹ ") + say.back);
  const zoom = hasPlace(feature)
    ? make("button", { type: "button", class: "plain", onclick: () => panel.zoomTo(feature) }, say.zoom_to) : null;
  const heading = makeText("h2", feature.name, { tabindex: "-1" });
  const places = feature.place ? feature.place.split(" | ").slice(0, 6) : [];
  panel.head.replaceChildren(make("div", { class: "tabs" }, back, zoom || ""), panel.close);
  panel.inside.replaceChildren(make("div", { class: "title" }, entrySwatch(feature), heading),
    ...places.map((place) => makeText("p", place, { class: "place" })), alsoHere(panel, feature),
    ...sections.filter(Boolean),
    kindOf(feature) === KIND.point && feature.precision ? make("p", { class: "intro" }, say.precision_circle) : "",
    links.length ? section(say.sources, make("ul", { class: "bullets" },
      ...links.map((link) => make("li", {}, makeLink(link))))) : "");
  panel.inside.scrollTop = 0;
  heading.focus({ preventScroll: true });
}

function makeClose() {
  return make("button", { type: "button", class: "close", title: say.close, "aria-label": say.close,
    onclick: () => openSheet(null) }, "✕");
}

/* Gives the focus back to what led to the details: the entry of the list, or the map. */
function returnFocus(panel, feature) {
  const key = feature.layer + "/" + feature.id;
  const entry = Array.from(panel.inside.querySelectorAll(".entry")).find((button) => button.dataset.key === key);
  (panel.isFromMap || !entry ? panel.map : entry).focus({ preventScroll: panel.isFromMap || !entry });
}

/* Makes the panel; `choose` and `leave` are the only ways to change what is chosen. */
function makePanel(holder, map, onChosen, { zoomTo, showPlace }) {
  const panel = { tab: "", wanted: "", listScroll: 0, chosen: null, under: [], isFromMap: false, map, zoomTo, showPlace };
  panel.close = makeClose();
  panel.head = make("div", { class: "sheet-head" });
  panel.inside = make("div", { class: "sheet-body" });
  holder.append(panel.head, panel.inside);
  panel.choose = (feature, fromList, under) => {
    panel.isFromMap = holder.contains(document.activeElement) ? panel.isFromMap && Boolean(panel.chosen) : true;
    panel.under = under || [];
    panel.listScroll = panel.chosen ? panel.listScroll : panel.inside.scrollTop;
    panel.chosen = feature;
    showDetails(panel, feature);
    openSheet("panel");
    onChosen(feature, fromList);
  };
  panel.leave = () => {
    const left = panel.chosen;
    const hadFocus = holder.contains(document.activeElement);
    panel.chosen = null;
    onChosen(null, false);
    showList(panel);
    if (hadFocus) {
      returnFocus(panel, left);
    }
  };
  panel.refresh = () => {
    if (!panel.chosen) {
      panel.listScroll = panel.inside.scrollTop;
      showList(panel);
    }
  };
  holder.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && panel.chosen) {
      panel.leave();
    }
  });
  showList(panel);
  return panel;
}

/* On a phone and in a low frame, legend and panel are sheets of which one may be open. */
function openSheet(name) {
  for (const sheet of ["legend", "panel"]) {
    document.getElementById("uxomap-" + sheet).classList.toggle("open", sheet === name);
  }
}

function fillTaps(holder, panel) {
  const tap = (sheet, text, before) => make("button", { type: "button", onclick: () => {
    const isOpen = document.getElementById("uxomap-" + sheet).classList.contains("open");
    before();
    openSheet(isOpen ? null : sheet);
  } }, text);
  holder.append(tap("legend", say.legend, () => {}), tap("panel", say.lists, () => { if (panel.chosen) { panel.leave(); } }));
}
