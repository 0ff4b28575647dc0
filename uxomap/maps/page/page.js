/* Puts the page together. */

function hint(feature) {
  return make("div", { class: "hint" }, makeText("b", feature.name), feature.brief ? makeText("div", feature.brief) : "");
}

function boundsOf(feature) {
  const [west, top, east, bottom] = boxOf(feature);
  const bounds = L.latLngBounds([toLatitude(bottom), toLongitude(west)], [toLatitude(top), toLongitude(east)]);
  return kindOf(feature) === KIND.point ? bounds.getCenter().toBounds(Math.max(2 * (feature.precision || 0), 500)) : bounds;
}

/* Shows what is chosen: a halo, and for a point the circle that holds it with 95 %. */
function makeHighlight(map) {
  map.createPane("halo").style.zIndex = 390;
  map.createPane("ring").style.zIndex = 460;
  const [below, above] = ["halo", "ring"].map((pane) => {
    map.getPane(pane).style.pointerEvents = "none";
    return L.svg({ pane, padding: 0.3 });
  });
  const halo = L.layerGroup().addTo(map);
  let chosen = null;
  const draw = () => {
    halo.clearLayers();
    const look = { color: MARK, weight: 10, opacity: 0.8, fill: false, interactive: false, renderer: below };
    if (chosen && !chosen.layer) {
      L.circleMarker(chosen, { ...look, renderer: above, radius: 12, weight: 4 }).addTo(halo);
      return;
    }
    if (!chosen || !hasPlace(chosen)) {
      return;
    }
    if (kindOf(chosen) === KIND.point) {
      if (chosen.precision) {
        L.circle(centreOf(chosen), { ...look, radius: chosen.precision, weight: 2, dashArray: "6 5" }).addTo(halo);
      }
      L.circleMarker(centreOf(chosen), { ...look, renderer: above, radius: 12, weight: 4 }).addTo(halo);
      return;
    }
    const bounds = boundsOf(chosen);
    const size = map.project(bounds.getNorthEast()).distanceTo(map.project(bounds.getSouthWest()));
    if (size < 1.5 * SMALLEST_ZONE) {
      L.circleMarker(bounds.getCenter(), { ...look, renderer: above, radius: 12, weight: 4 }).addTo(halo);
    } else {
      const smoothFactor = pointsOf(shapesOf[chosen.layer], chosen.number) > MANY_POINTS ? 3 : 0.6;
      outlinesOf(chosen).forEach((line) => L.polyline(line, { ...look, smoothFactor }).addTo(halo));
    }
  };
  map.on("zoomend", draw);
  return (feature) => {
    chosen = feature;
    draw();
  };
}

/* Names for the map: zones by their estimate, then the strikes that have no zone. */
function collectNames() {
  const names = [];
  const add = (feature, quiet) => {
    const [west, top, east, bottom] = boxOf(feature);
    names.push({
      text: shorten(feature.name, 28), x: (west + east) / 2, y: (top + bottom) / 2, quiet,
      isShown: () => shown[feature.layer] && !off[feature.layer][feature.number],
    });
  };
  const byEstimate = (a, b) => (b.expected || 0) - (a.expected || 0);
  const outlined = ["zone_updates", "zones", "priorities", "hazard_areas"].find((name) => features[name].length);
  const pointed = outlined ? ["unlocated", "reports"] : ["strikes", "unlocated", "reports"];
  for (const name of outlined ? [outlined, ...pointed] : pointed) {
    for (const feature of [...features[name]].sort(byEstimate)) {
      if (isDrawn(feature) && feature.name !== feature.id) {
        add(feature, name !== outlined);
      }
    }
  }
  return names;
}

function fitAll(map) {
  if (!data.window) {
    map.setView([20, 15], 2, { animate: false });
    return;
  }
  const [west, south, east, north] = data.window;
  const bounds = L.latLngBounds([Math.max(south, -85), west], [Math.min(north, 85), east]);
  map.fitBounds(bounds, { padding: isNarrow() ? [18, 26] : [46, 40], maxZoom: 14, animate: false });
}

/* Brings a feature into the part of the map that no sheet covers. */
function zoomTo(map, feature, animate) {
  if (!hasPlace(feature)) {
    return;
  }
  const sheet = document.getElementById("uxomap-panel");
  const isOver = isNarrow() && sheet.classList.contains("open");
  const beside = !isNarrow() && isLow() && sheet.classList.contains("open") ? sheet.offsetWidth : 0;
  map.flyToBounds(boundsOf(feature), {
    paddingTopLeft: [data.rtl ? beside + 40 : 40, 40],
    paddingBottomRight: [data.rtl ? 40 : beside + 40, isOver ? sheet.offsetHeight + 16 : 50],
    maxZoom: 15, animate, duration: 0.7,
  });
}

function addZoom(map) {
  L.control.zoom({ position: controlSide(), zoomInTitle: say.zoom_in, zoomOutTitle: say.zoom_out }).addTo(map);
  const all = L.control({ position: controlSide() });
  all.onAdd = () => {
    const button = make("button", { type: "button", class: "all", title: say.zoom_all, "aria-label": say.zoom_all }, "⤢");
    L.DomEvent.disableClickPropagation(button);
    button.addEventListener("click", () => fitAll(map));
    return make("div", { class: "leaflet-bar" }, button);
  };
  all.addTo(map);
}

function chooseByAddress(panel) {
  let wanted = "";
  try {
    wanted = decodeURIComponent(window.location.hash.slice(1));
  } catch (error) {
    return;
  }
  // a zone as it is known now, before the one that the surveys changed
  const key = wanted && ["zone_updates", ...layerNames].find((name) => index[name + "/" + wanted]);
  if (key) {
    panel.choose(index[key + "/" + wanted], true);
  }
}

/* Features under a click that the details name. */
const MOST_UNDER = 7;

/* Clicks choose, the pointer shows a hint; both look into the drawing once a frame at most. */
function listen(map, drawing, panel, measure) {
  const tip = L.tooltip({ direction: "top", offset: [0, -8], interactive: false });
  const touches = window.matchMedia("(pointer: coarse)").matches ? 12 : 4;
  let waiting = null;
  map.on("click", (event) => {
    if (measure.active) {
      measure.add(event.latlng);
      return;
    }
    const found = drawing.findAll(event.latlng, touches, MOST_UNDER);
    if (found.length) {
      panel.choose(found[0], false, found);
    } else if (panel.chosen) {
      panel.leave();
    }
  });
  const look = () => {
    const found = waiting && !measure.active ? drawing.find(waiting, 3) : null;
    waiting = null;
    map.getContainer().classList.toggle("over", Boolean(found));
    if (found) {
      tip.setLatLng(tip.wanted).setContent(hint(found)).openOn(map);
    } else {
      tip.close();
    }
  };
  map.on("mousemove", (event) => {
    if (!waiting) {
      window.requestAnimationFrame(look);
    }
    waiting = event.latlng;
    tip.wanted = event.latlng;
  });
  map.on("mouseout dragstart", () => tip.close());
  map.getContainer().addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !measure.active && event.target === map.getContainer()) {
      const found = drawing.findAll(map.getCenter(), 20, MOST_UNDER);
      if (found.length) {
        panel.choose(found[0], false, found);
      }
    }
  });
}

/* Legend and summary take their room before the map measures its own. */
function foldSummary() {
  const summary = document.getElementById("uxomap-summary");
  if (summary) {
    summary.open = !isNarrow() && !isLow();
  }
}

/* Makes the text of the legend smaller until all of it stands on the printed page. */
function fitLegend() {
  const inside = document.querySelector("#uxomap-legend .sheet-body");
  for (let size = 1; size > 0.6; size -= 0.04) {
    inside.style.zoom = isPrinting ? size : "";
    if (!isPrinting || inside.scrollHeight <= inside.clientHeight + 1) {
      return;
    }
  }
}

/* Puts a still picture in place of each drawing of the map: a drawing just made is replayed on paper, where it covers all below. */
function freezeDrawings() {
  if (!isPrinting || !window.OffscreenCanvas) {
    return;
  }
  for (const drawn of document.querySelectorAll(".map canvas")) {
    const copy = new OffscreenCanvas(drawn.width, drawn.height);
    copy.getContext("2d").drawImage(drawn, 0, 0);
    const still = make("canvas", { class: drawn.getAttribute("class") + " still", width: drawn.width, height: drawn.height });
    still.style.cssText = drawn.style.cssText;
    still.getContext("bitmaprenderer").transferFromImageBitmap(copy.transferToImageBitmap());
    drawn.after(still);
  }
}

/* Printing lays the page out for A4, draws the map anew for it, and takes both back. */
function watchPrinting(map, repaint) {
  const summary = document.getElementById("uxomap-summary");
  let before = null;
  const lay = (bounds, centre, zoom) => {
    document.documentElement.classList.toggle("printing", isPrinting);
    fitLegend();
    document.querySelectorAll(".map .still").forEach((still) => still.remove());
    const layTiles = isPrinting ? copyTiles(map) : () => {};
    map.invalidateSize({ animate: false, pan: false });
    map.setView(centre, bounds ? Math.min(zoom, map.getBoundsZoom(bounds)) : zoom, { animate: false });
    repaint();
    layTiles();
    freezeDrawings();
  };
  window.addEventListener("beforeprint", () => {
    if (!before) {
      before = { bounds: map.getBounds(), centre: map.getCenter(), zoom: map.getZoom(), isOpen: summary && summary.open };
      isPrinting = true;
      if (summary) {
        summary.open = true;
      }
      lay(before.bounds, before.centre, before.zoom);
    }
  });
  window.addEventListener("afterprint", () => {
    if (before) {
      const { centre, zoom, isOpen } = before;
      [before, isPrinting] = [null, false];
      if (summary) {
        summary.open = isOpen;
      }
      lay(null, centre, zoom);
    }
  });
}

function announceReady() {
  document.body.dataset.uxomap = "ready";
  document.body.dataset.uxomapErrors = JSON.stringify(window.uxomapErrors);
  document.body.dataset.uxomapReady = String(Math.round(performance.now()));
}

function drawAll(map) {
  buildIndex();
  foldSummary();
  map.invalidateSize({ animate: false });
  addZoom(map);
  fitAll(map);
  prepareLayers();
  const cells = addPictures(map);
  const drawing = new Drawing({ pane: "overlayPane" }).addTo(map);
  map.on("move", () => drawing.follow());
  let isSettled = false;
  const zoom = (feature) => zoomTo(map, feature, isSettled && movesGently());
  const highlight = makeHighlight(map);
  const showPlace = (place) => {
    const longitude = place.lng >= turnEast ? place.lng - 360 : place.lng;
    const here = L.latLng(place.lat, longitude);
    highlight(here);
    map.once("click", () => {
      if (!panel.chosen) {
        highlight(null);
      }
    });
    if (isNarrow() || isLow()) {
      openSheet(null);
    }
    map.setView(here, Math.max(map.getZoom(), 13), { animate: false });
  };
  const panel = makePanel(document.getElementById("uxomap-panel"), map.getContainer(), (feature, fromList) => {
    highlight(feature);
    const away = feature && hasPlace(feature) && !map.getBounds().contains(centreOf(feature));
    if (feature && (fromList || away)) {
      zoom(feature);
    }
  }, { showPlace, zoomTo: (feature) => {
    if (isNarrow() || isLow()) {
      openSheet(null);
    }
    zoom(feature);
  } });
  const redraw = addContext(map, collectNames(), drawing);
  addPosition(map, cells.read);
  const notes = make("div", { class: "map-notes" });
  L.DomEvent.disableClickPropagation(notes);
  map.getContainer().append(notes);
  const repaint = () => {
    drawing.repaint();
    redraw();
  };
  const setShown = (name, isOn) => {
    shown[name] = isOn;
    if (name === "contamination") {
      cells.setShown(isOn);
    }
    repaint();
  };
  const setContext = (name, isOn) => {
    contextShown[name] = isOn;
    redraw();
  };
  fillLegend(document.getElementById("uxomap-legend"), setShown, setContext, makeDays(notes, () => {
    repaint();
    panel.refresh();
  }));
  fillTaps(document.getElementById("uxomap-taps"), panel);
  listen(map, drawing, panel, addMeasure(map, notes));
  watchPrinting(map, repaint);
  redraw();
  new ResizeObserver(() => {
    if (!isPrinting) {
      map.invalidateSize({ animate: false });
      drawing.repaint();
    }
  }).observe(map.getContainer());
  chooseByAddress(panel);
  isSettled = true;
  window.setTimeout(announceReady, 0);
}

window.uxomapDraw = drawAll;
