/* The panel: lists of what there is, and the details of what is chosen. */

const PAGE_OF_LIST = 100;
const index = {};
const strikesById = new Map();
const areasByStrike = new Map();
const unlocatedById = new Map();
const zonesByStrike = new Map();

function buildIndex() {
  for (const name of layerNames) {
    for (const feature of features[name]) {
      index[name + "/" + feature.id] = feature;
    }
  }
  features.strikes.forEach((feature) => strikesById.set(feature.id, feature));
  features.hazard_areas.forEach((feature) => areasByStrike.set(feature.properties.strike_id, feature));
  features.unlocated.forEach((feature) => unlocatedById.set(feature.id, feature));
  features.zones.forEach((zone) => zone.properties.strikes.forEach((strike) => zonesByStrike.set(strike, zone)));
}

/* Lists of the panel: key, tab, features in their order, picture of an entry. */
function panelLists() {
  const byEstimate = (a, b) => (b.properties.uxo_expected || 0) - (a.properties.uxo_expected || 0);
  const lists = [];
  if (data.layers.zones || !data.layers.reports) {
    lists.push({ key: "zones", tab: say.tab_zones, intro: say.zones_intro, entries: [...features.zones].sort(byEstimate) });
  }
  if (data.layers.unlocated) {
    const entries = [...features.unlocated].sort(byEstimate);
    lists.push({ key: "unlocated", tab: say.tab_unlocated, intro: say.unlocated_intro, entries });
  }
  if (data.layers.strikes || data.layers.hazard_areas) {
    const key = data.layers.strikes ? "strikes" : "hazard_areas";
    lists.push({ key, tab: say.tab_strikes, intro: "", entries: features[key] });
  }
  if (data.layers.reports) {
    lists.push({ key: "reports", tab: say.tab_reports, intro: "", entries: features.reports });
  }
  return lists.filter((list) => list.entries.length || list.key === "zones");
}

function entrySwatch(key, feature) {
  const found = feature.properties;
  if (key === "zones") {
    return zoneSwatch(zoneFill(found), data.style.patterns[found.sure]);
  }
  return symbolSwatch(lookOf(key, feature));
}

function makeEntry(key, feature, panel) {
  const found = feature.properties;
  const open = () => panel.choose(key, feature.id, true);
  const words = make("span", { class: "entry-words" },
    makeText("span", found.name, { class: "entry-name" }),
    makeText("span", found.brief || found.sentence, { class: "entry-brief" }),
    key === "unlocated" ? makeText("span", found.why, { class: "entry-brief" }) : null);
  return make("li", {}, make("button", { type: "button", class: "entry", onclick: open }, entrySwatch(key, feature), words));
}

function matches(feature, wanted) {
  const found = feature.properties;
  return [found.id, found.name, ...found.places].some((text) => text.toLowerCase().includes(wanted));
}

function showEntries(holder, list, panel, wanted, limit) {
  const entries = wanted ? list.entries.filter((feature) => matches(feature, wanted)) : list.entries;
  const items = entries.slice(0, limit).map((feature) => makeEntry(list.key, feature, panel));
  holder.replaceChildren();
  if (!entries.length) {
    const listed = features.unlocated.length ? say.no_zones_listed : say.no_zones;
    holder.append(make("p", { class: "empty" }, list.key === "zones" && !wanted ? listed : say.nothing));
    return;
  }
  holder.append(make("ul", { class: "entries" }, ...items));
  if (entries.length > limit) {
    const more = () => showEntries(holder, list, panel, wanted, limit + PAGE_OF_LIST);
    holder.append(make("button", { type: "button", class: "plain", onclick: more }, say.more));
  }
}

function showList(panel) {
  const lists = panelLists();
  const list = lists.find((candidate) => candidate.key === panel.tab) || lists[0];
  const tabs = lists.map((candidate) => make("button", {
    type: "button", class: "tab", "aria-pressed": String(candidate === list),
    onclick: () => { panel.tab = candidate.key; showList(panel); },
  }, candidate.tab + " ", make("span", { class: "count" }, candidate.entries.length.toLocaleString("en"))));
  const entries = make("div", {});
  const filter = make("input", {
    type: "search", class: "filter", placeholder: say.filter, "aria-label": say.filter,
    oninput: () => showEntries(entries, list, panel, filter.value.trim().toLowerCase(), PAGE_OF_LIST),
  });
  panel.head.replaceChildren(make("div", { class: "tabs" }, ...tabs), panel.close);
  panel.inside.replaceChildren(
    list.intro && list.entries.length ? make("p", { class: "intro" }, list.intro) : "",
    list.entries.length > 8 ? filter : "", entries);
  panel.inside.scrollTop = panel.listScroll;
  showEntries(entries, list, panel, "", PAGE_OF_LIST);
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
function describe(found, title) {
  const parts = [title ? section(title, makeTable(found.table)) : makeTable(found.table)];
  if (found.assumed.length) {
    parts.push(section(say.assumed, bullets(found.assumed)));
  }
  if (found.dud_sources.length) {
    parts.push(section(say.dud_sources, bullets(found.dud_sources)));
  }
  return parts;
}

function jumps(title, key, ids, panel) {
  const known = ids.map((id) => index[key + "/" + id]).filter(Boolean);
  if (!known.length) {
    return null;
  }
  return section(title, make("ul", { class: "entries" }, ...known.map((feature) => makeEntry(key, feature, panel))));
}

/* A strike is told by its estimate (area or list) and by what was reported. */
function strikeParts(strikeId, panel) {
  const estimate = areasByStrike.get(strikeId) || unlocatedById.get(strikeId);
  const reported = strikesById.get(strikeId);
  const zone = zonesByStrike.get(strikeId);
  const first = (estimate || reported).properties;
  const parts = [makeText("p", first.sentence, { class: "sentence" })];
  if (estimate) {
    parts.push(...describe(estimate.properties, reported ? say.estimate : ""));
  }
  if (reported) {
    const left = estimate ? { ...reported.properties, assumed: [] } : reported.properties;
    parts.push(...describe(left, estimate ? say.as_reported : ""));
  }
  parts.push(zone ? jumps(say.zone_of, "zones", [zone.id], panel) : null);
  return { name: first.name, parts, links: (reported || estimate).properties.links };
}

function detailParts(key, feature, panel) {
  const found = feature.properties;
  if (key === "zones" || key === "reports") {
    const parts = [makeText("p", found.sentence, { class: "sentence" }), ...describe(found, "")];
    if (key === "zones") {
      const members = data.layers.strikes ? "strikes" : "hazard_areas";
      const ids = data.layers.strikes ? found.strikes
        : found.strikes.map((id) => areasByStrike.get(id)).filter(Boolean).map((area) => area.id);
      parts.push(jumps(say.strikes_here, members, ids, panel));
    }
    return { name: found.name, parts, links: found.links };
  }
  return strikeParts(found.strike_id || feature.id, panel);
}

function showDetails(panel, key, feature) {
  const { name, parts, links } = detailParts(key, feature, panel);
  const back = make("button", { type: "button", class: "plain", onclick: () => panel.leave() }, "‹ " + say.back);
  const zoom = feature.geometry
    ? make("button", { type: "button", class: "plain", onclick: () => panel.zoomTo(key, feature) }, say.zoom_to) : null;
  const heading = makeText("h2", name, { tabindex: "-1" });
  const places = feature.properties.places.slice(0, 6);
  panel.head.replaceChildren(make("div", { class: "tabs" }, back, zoom || ""), panel.close);
  panel.inside.replaceChildren(make("div", { class: "title" }, entrySwatch(key, feature), heading),
    ...places.map((place) => makeText("p", place, { class: "place" })),
    ...parts.filter(Boolean),
    feature.geometry && feature.properties.precision_m ? make("p", { class: "intro" }, say.precision_circle) : "",
    links.length ? section(say.sources, make("ul", { class: "bullets" },
      ...links.map((link) => make("li", {}, makeLink(link))))) : "");
  panel.inside.scrollTop = 0;
  heading.focus({ preventScroll: true });
}

function makeClose() {
  return make("button", { type: "button", class: "close", title: say.close, "aria-label": say.close,
    onclick: () => openSheet(null) }, "✕");
}

/* Makes the panel; `choose` and `leave` are the only ways to change what is chosen. */
function makePanel(holder, onChosen, zoomTo) {
  const panel = { tab: "zones", listScroll: 0, chosen: null, zoomTo };
  panel.close = makeClose();
  panel.head = make("div", { class: "sheet-head" });
  panel.inside = make("div", { class: "sheet-body" });
  holder.append(panel.head, panel.inside);
  panel.choose = (key, id, fromList) => {
    const feature = index[key + "/" + id];
    if (!feature) {
      return;
    }
    panel.listScroll = panel.chosen ? panel.listScroll : panel.inside.scrollTop;
    panel.chosen = [key, feature];
    showDetails(panel, key, feature);
    openSheet("panel");
    onChosen(key, feature, fromList);
  };
  panel.leave = () => {
    panel.chosen = null;
    onChosen(null, null, false);
    showList(panel);
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
