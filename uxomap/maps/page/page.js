/* Puts the page together. */

function lookOf(key, feature) {
  const found = feature.properties;
  const kind = found.kind || (strikesById.get(found.strike_id) || { properties: {} }).properties.kind;
  const coarse = key === "unlocated" || found.located === false;
  return {
    shape: key === "reports" ? "circle" : data.style.symbols[kind] || "diamond",
    r: key === "reports" ? 4 : 5,
    hollow: coarse,
    assumed: !coarse && (areasByStrike.get(feature.id) || feature).properties.assumed.length > 0,
  };
}

function zoneLayer(feature) {
  return new ZoneShape(ringsOf(feature.geometry), {
    pattern: data.style.patterns[feature.properties.sure], stroke: false,
    fillColor: zoneFill(feature.properties), fillOpacity: 0.88, smoothFactor: 0.6,
  });
}

function zoneLine(feature) {
  const pattern = data.style.patterns[feature.properties.sure];
  return new CasedLine(ringsOf(feature.geometry), {
    color: INK, weight: 1.8, dashArray: pattern, lineCap: pattern === "1 5" ? "round" : "butt", fill: false,
    casing: { weight: 4.2, opacity: 1 }, smallest: SMALLEST_ZONE, interactive: false, smoothFactor: 0.6,
  });
}

function areaLine(feature) {
  return new CasedLine(ringsOf(feature.geometry), {
    color: QUIET, weight: 1, fill: false, casing: { weight: 2.8, opacity: 0.65 }, smallest: SMALLEST_AREA, smoothFactor: 0.6,
  });
}

function pointLayer(key, feature) {
  const area = areasByStrike.get(feature.id);
  const wide = area && data.layers.zones ? 2 * Math.sqrt(area.properties.area_m2 / Math.PI) : 0;
  return new SymbolShape(toLatLng(feature.geometry.coordinates), { look: lookOf(key, feature), radius: 8, wide });
}

/* Unlocated strikes are drawn once: as strikes where that layer is there. */
function isDrawn(key, feature) {
  if (!feature.geometry) {
    return false;
  }
  return key === "strikes" ? feature.properties.located : true;
}

function layerOf(key, feature) {
  if (key === "zones") {
    return zoneLayer(feature);
  }
  return key === "hazard_areas" ? areaLine(feature) : pointLayer(key, feature);
}

function hint(feature) {
  const found = feature.properties;
  return make("div", { class: "hint" }, makeText("b", found.name), found.brief ? makeText("div", found.brief) : "");
}

/* Draw order from below. The outlines of zones lie over those of single areas, which often coincide. */
const DRAW_ORDER = ["unlocated", "zones", "hazard_areas", "zone_lines", "strikes", "reports"];

/* One group a layer; its shapes share their handlers. */
function addGroup(map, groups, key, list, makeLayer) {
  groups[key] = L.featureGroup(list.filter((feature) => isDrawn(key, feature)).map((feature) => {
    const layer = makeLayer(feature);
    layer.feature = feature;
    return layer;
  }));
}

function drawLayers(map, panel) {
  const groups = {};
  const zones = [...features.zones].sort((a, b) => (a.properties.uxo_per_ha || 0) - (b.properties.uxo_per_ha || 0));
  for (const key of DRAW_ORDER) {
    if (key === "zone_lines") {
      addGroup(map, groups, key, zones, zoneLine);
    } else {
      addGroup(map, groups, key, key === "zones" ? zones : features[key], (feature) => layerOf(key, feature));
      groups[key].on("click", (event) => {
        L.DomEvent.stopPropagation(event);
        panel.choose(key, event.layer.feature.id, false);
      });
      groups[key].bindTooltip((layer) => hint(layer.feature), { sticky: true, direction: "top", offset: [0, -8] });
    }
    groups[key].addTo(map);
  }
  return groups;
}

/* Switches a layer on or off; what comes back must not cover what lies over it. */
function showGroup(map, groups, name, shown) {
  for (const key of name === "zones" ? ["zones", "zone_lines"] : [name]) {
    if (shown) {
      groups[key].addTo(map);
    } else {
      groups[key].remove();
    }
  }
  for (const key of DRAW_ORDER.filter((candidate) => map.hasLayer(groups[candidate]))) {
    groups[key].eachLayer((layer) => layer.bringToFront());
  }
}

function boundsOf(feature) {
  if (feature.geometry.type === "Point") {
    const at = L.latLng(toLatLng(feature.geometry.coordinates));
    return at.toBounds(Math.max(2 * (feature.properties.precision_m || 0), 500));
  }
  return L.latLngBounds(ringsOf(feature.geometry).flat(2));
}

/* Shows what is chosen: a halo, and for a point the circle that holds it with 95 %. */
function makeHighlight(map) {
  map.createPane("halo").style.zIndex = 390;
  map.createPane("ring").style.zIndex = 460;
  const [below, above] = ["halo", "ring"].map((pane) => L.svg({ pane, padding: 0.3 }));
  const halo = L.layerGroup().addTo(map);
  let shown = null;
  const draw = () => {
    halo.clearLayers();
    if (!shown || !shown[1].geometry) {
      return;
    }
    const [key, feature] = shown;
    const look = { color: MARK, weight: 10, smoothFactor: 0.6, opacity: 0.8, fill: false, interactive: false, renderer: below };
    const found = feature.properties;
    if (feature.geometry.type === "Point") {
      const at = toLatLng(feature.geometry.coordinates);
      if (found.precision_m) {
        L.circle(at, { ...look, radius: found.precision_m, weight: 2, dashArray: "6 5" }).addTo(halo);
      }
      L.circleMarker(at, { ...look, renderer: above, radius: 12, weight: 4 }).addTo(halo);
      return;
    }
    const bounds = boundsOf(feature);
    const size = map.project(bounds.getNorthEast()).distanceTo(map.project(bounds.getSouthWest()));
    if (size < 1.5 * SMALLEST_ZONE) {
      L.circleMarker(bounds.getCenter(), { ...look, renderer: above, radius: 12, weight: 4 }).addTo(halo);
    } else {
      L.polygon(ringsOf(feature.geometry), look).addTo(halo);
    }
  };
  map.on("zoomend", draw);
  return (key, feature) => {
    shown = feature ? [key, feature] : null;
    draw();
  };
}

/* Names for the map: zones by their estimate, then the strikes that have no zone. */
function collectNames(map, groups) {
  const names = [];
  const add = (key, feature, at, quiet) => {
    names.push({ text: shorten(feature.properties.name, 28), at: L.latLng(at), quiet, isShown: () => map.hasLayer(groups[key]) });
  };
  const byEstimate = (a, b) => (b.properties.uxo_expected || 0) - (a.properties.uxo_expected || 0);
  const located = features.zones.length ? "zones" : "hazard_areas";
  for (const feature of [...features[located]].sort(byEstimate)) {
    add(located, feature, boundsOf(feature).getCenter(), false);
  }
  for (const key of features[located].length ? ["unlocated", "reports"] : ["strikes", "unlocated", "reports"]) {
    for (const feature of [...features[key]].sort(byEstimate)) {
      if (isDrawn(key, feature)) {
        add(key, feature, toLatLng(feature.geometry.coordinates), true);
      }
    }
  }
  return names;
}

function fitAll(map) {
  if (!data.window) {
    map.setView([20, 15], 2);
    return;
  }
  const [west, south, east, north] = data.window;
  const bounds = L.latLngBounds([Math.max(south, -85), west], [Math.min(north, 85), east]);
  map.fitBounds(bounds, { padding: isNarrow() ? [18, 26] : [46, 40], maxZoom: 14, animate: false });
}

/* Brings a feature into the part of the map that no sheet covers. */
function zoomTo(map, feature, animate) {
  if (!feature.geometry) {
    return;
  }
  const sheet = document.getElementById("uxomap-panel");
  const isOver = isNarrow() && sheet.classList.contains("open");
  const beside = !isNarrow() && isLow() && sheet.classList.contains("open");
  map.flyToBounds(boundsOf(feature), {
    paddingTopLeft: [40, 40], paddingBottomRight: [beside ? sheet.offsetWidth + 20 : 40, isOver ? sheet.offsetHeight + 16 : 50],
    maxZoom: 15, animate, duration: 0.7,
  });
}

function addZoom(map) {
  L.control.zoom({ zoomInTitle: say.zoom_in, zoomOutTitle: say.zoom_out }).addTo(map);
  const all = L.control({ position: "topleft" });
  all.onAdd = () => {
    const button = make("button", { type: "button", class: "all", title: say.zoom_all, "aria-label": say.zoom_all }, "⤢");
    L.DomEvent.disableClickPropagation(button);
    button.addEventListener("click", () => fitAll(map));
    return make("div", { class: "leaflet-bar" }, button);
  };
  all.addTo(map);
}

function chooseByAddress(panel) {
  const wanted = decodeURIComponent(window.location.hash.slice(1));
  const key = wanted && layerNames.find((name) => index[name + "/" + wanted]);
  if (key) {
    panel.choose(key, wanted, true);
  }
}

/* Legend and summary take their room before the map measures its own. */
function foldSummary() {
  const summary = document.getElementById("uxomap-summary");
  if (summary) {
    summary.open = !isNarrow() && !isLow();
  }
}

function announceReady() {
  document.body.dataset.uxomap = "ready";
  document.body.dataset.uxomapErrors = JSON.stringify(window.uxomapErrors);
}

window.uxomapDraw = function (map) {
  buildIndex();
  foldSummary();
  map.invalidateSize({ animate: false });
  addZoom(map);
  fitAll(map);
  let isSettled = false;
  const zoom = (feature) => zoomTo(map, feature, isSettled && movesGently());
  const highlight = makeHighlight(map);
  const panel = makePanel(document.getElementById("uxomap-panel"), (key, feature, fromList) => {
    highlight(key, feature);
    const away = feature && feature.geometry && !map.getBounds().contains(boundsOf(feature).getCenter());
    if (feature && (fromList || away)) {
      zoom(feature);
    }
  }, (key, feature) => {
    if (isNarrow() || isLow()) {
      openSheet(null);
    }
    zoom(feature);
  });
  const groups = drawLayers(map, panel);
  const redraw = addContext(map, collectNames(map, groups));
  const setShown = (name, shown) => {
    showGroup(map, groups, name, shown);
    redraw();
  };
  const setContext = (name, shown) => {
    contextShown[name] = shown;
    redraw();
  };
  fillLegend(document.getElementById("uxomap-legend"), setShown, setContext);
  fillTaps(document.getElementById("uxomap-taps"), panel);
  redraw();
  map.on("click", () => { if (panel.chosen) { panel.leave(); } });
  new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(map.getContainer());
  chooseByAddress(panel);
  isSettled = true;
  window.setTimeout(announceReady, 0);
};
