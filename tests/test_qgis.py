"""QGIS itself opens the files: layers styled, the project with its groups, legend and picture."""

import json
import subprocess
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
import shapely
import xarray as xr
from draw_layers import draw_layer, draw_layers
from make_layers import make_strikes

from uxomap.contamination import estimate_contamination
from uxomap.export import write_geopackage, write_layers
from uxomap.export._qgis import GROUPS
from uxomap.hazard_areas import draw_hazard_areas
from uxomap.schema import layer_schemas
from uxomap.zones import merge_areas

SYSTEM_PYTHON = "/usr/bin/python3"  # the one that QGIS brings its modules to


def qgis_is_there():
    if not Path(SYSTEM_PYTHON).exists():
        return False
    return subprocess.run([SYSTEM_PYTHON, "-c", "import qgis.core"], capture_output=True, check=False).returncode == 0


needs_qgis = pytest.mark.skipif(
    not qgis_is_there(), reason="QGIS with its Python modules is not installed (python3-qgis)"
)


def run_qgis(script, home, *arguments):
    """Run a script in QGIS without a screen, and read the JSON that it prints last."""
    home.chmod(0o700)
    run = subprocess.run(
        [SYSTEM_PYTHON, "-c", script, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=True,
        env={"QT_QPA_PLATFORM": "offscreen", "HOME": str(home), "XDG_RUNTIME_DIR": str(home)},
        timeout=120,
    )
    return json.loads(run.stdout.splitlines()[-1])


LAYERS_SCRIPT = """
import json, sys
from qgis.core import QgsApplication, QgsVectorLayer, QgsRenderContext
app = QgsApplication([], False)
app.initQgis()
found = {}
for name in sys.argv[2:]:
    layer = QgsVectorLayer(f"{sys.argv[1]}|layername={name}", name, "ogr")
    rules = []
    if layer.renderer():
        context = QgsRenderContext()
        context.expressionContext().appendScope(layer.createExpressionContextScope())
        layer.renderer().startRender(context, layer.fields())
        for feature in layer.getFeatures():
            context.expressionContext().setFeature(feature)
            rules.append(sorted(layer.renderer().legendKeysForFeature(feature, context)))
        layer.renderer().stopRender(context)
    found[name] = [layer.isValid(), layer.featureCount(), layer.loadDefaultStyle()[1], rules]
print(json.dumps(found))
"""


@needs_qgis
def test_qgis_opens_every_layer_styled(tmp_path):
    zones = draw_layer(
        "zones",
        8,
        uxo_per_ha=[0.0, 0.1, 1.0, 10.0, 100.0, 100.1, np.nan, 0.05],
        uxo_low=[1.0, 1.0, 1.0, 1.0, 0.0, 0.0, np.nan, 2.0],
        uxo_high=[2.9, 3.0, 9.9, 10.0, 0.0, 1.0, 5.0, 2.0],
    )
    layers = draw_layers() | {"zones": zones}
    path = write_geopackage(layers, tmp_path / "assessment.gpkg")
    found = run_qgis(LAYERS_SCRIPT, tmp_path, path, *layers)
    for name, layer in layers.items():
        valid, count, styled, rules = found[name]
        assert (valid, count, styled) == (True, len(layer), name != "unlocated")
        assert all(rules)  # every feature is drawn
    drawn = [[key for key in keys if "-" in key] for keys in found["zones"][3]]
    assert drawn == [
        ["density-0", "interval-0"],
        ["density-1", "interval-1"],
        ["density-2", "interval-1"],
        ["density-3", "interval-2"],
        ["density-3", "interval-2"],
        ["density-4", "interval-2"],
        ["density-unknown", "interval-2"],
        ["density-0", "interval-0"],
    ]


PROJECT_SCRIPT = """
import json, sys
from qgis.core import (QgsApplication, QgsLayerTreeModel, QgsMapRendererParallelJob, QgsMapSettings, QgsProject,
                       QgsRectangle)
from qgis.PyQt.QtCore import QSize
app = QgsApplication([], False)
app.initQgis()
logged = []
QgsApplication.messageLog().messageReceived.connect(lambda text, *_: logged.append(text))
project = QgsProject.instance()
found = {"read": project.read(sys.argv[1]), "error": project.error(), "groups": {}, "layers": {}}
root = project.layerTreeRoot()
model = QgsLayerTreeModel(root)
for group in root.children():
    found["groups"][group.name()] = [node.name() for node in group.children()]
    for node in group.children():
        layer = node.layer()
        found["layers"][node.name()] = {
            "valid": bool(layer and layer.isValid()),
            "rows": layer.featureCount() if layer.type() == 0 else None,
            "shown": node.itemVisibilityChecked(),
            "legend": [item.data(0) for item in model.layerLegendNodes(node)],
            "labelled": bool(layer.type() == 0 and layer.labelsEnabled()),
        }
found["order"] = [layer.name() for layer in root.layerOrder()]
found["crs"] = project.crs().authid()
found["notice"] = project.readEntry("CopyrightLabel", "/Label")[0]
found["abstract"] = project.metadata().abstract()
found["source"] = project.mapLayersByName(sys.argv[3].split(",")[0])[0].source()
extent = project.viewSettings().defaultViewExtent()
found["extent"] = [extent.xMinimum(), extent.yMinimum(), extent.xMaximum(), extent.yMaximum()]
settings = QgsMapSettings()
settings.setLayers([layer for layer in root.layerOrder() if layer.name() in sys.argv[3].split(",")])
settings.setDestinationCrs(project.crs())
settings.setOutputSize(QSize(400, 400))
settings.setExtent(extent)
job = QgsMapRendererParallelJob(settings)
job.start()
job.waitForFinished()
image = job.renderedImage()
image.save(sys.argv[2])
found["failed"] = [error.message for error in job.errors()]
found["pixels"] = {}
for x in range(400):
    for y in range(400):
        name = image.pixelColor(x, y).name()
        found["pixels"][name] = found["pixels"].get(name, 0) + 1
found["logged"] = logged
print(json.dumps(found))
"""


def make_result():
    """Every layer of an assessment, and a map of cells, around one place."""
    strikes = make_strikes([37.6, 37.63], [48.7, 48.71], ["m26", "9m27k"])
    areas = draw_hazard_areas(strikes)
    zones = merge_areas(areas)
    box = shapely.box(*areas.total_bounds)
    layers = draw_layers() | {"strikes": strikes, "hazard_areas": areas, "zones": zones}
    for name, schema in layer_schemas().items():
        if schema.geometry and name not in {"strikes", "hazard_areas", "zones"}:
            shape = box.centroid if schema.geometry == ("Point",) else box
            layers[name] = layers[name].set_geometry([shape] * len(layers[name]), crs=4326)
    return layers | {"contamination": estimate_contamination(strikes, cell_m=100)}


@needs_qgis
def test_the_project_opens_with_groups_legend_extent_and_a_picture(tmp_path):
    layers = make_result()
    write_layers(layers, tmp_path / "first", formats="qgz", parameters={"fadeout_m": 50.0})
    (tmp_path / "first").rename(tmp_path / "moved")  # paths are relative
    picture = tmp_path / "zones.png"
    found = run_qgis(PROJECT_SCRIPT, tmp_path, tmp_path / "moved" / "assessment.qgz", picture, "zones,strikes")
    assert (found["read"], found["error"], found["failed"]) == (True, "", [])
    assert not [text for text in found["logged"] if "assessment" in text]
    assert found["groups"] == {
        group: [name for name in names if name in layers or group == "context"] for group, names in GROUPS.items()
    }
    for name, layer in found["layers"].items():
        assert layer["valid"], name
        if name in layers and not isinstance(layers[name], xr.Dataset):
            assert layer["rows"] == len(layers[name])
        drawn = name == "contamination" or (name in layer_schemas() and layer_schemas()[name].geometry)
        assert bool(layer["legend"]) == bool(drawn), name
    assert str(tmp_path / "moved" / "assessment.gpkg") in found["source"]
    assert {"over 100 items/ha", "density not known", "under 3 times"} <= set(found["layers"]["zones"]["legend"])
    assert "over 100 items/ha" in found["layers"]["contamination"]["legend"]
    assert "places 1 to 5" in found["layers"]["priorities"]["legend"]
    assert (found["layers"]["priorities"]["labelled"], found["layers"]["tasks"]["labelled"]) == (True, True)
    assert (found["layers"]["priorities"]["shown"], found["layers"]["zones"]["shown"]) == (True, False)
    assert found["order"].index("strikes") < found["order"].index("zones") < found["order"].index("contamination")
    assert found["crs"] == "EPSG:4326"
    assert "not the result of a survey" in found["notice"]
    assert "fadeout_m: 50.0" in found["abstract"]
    west, south, east, north = layers["zones"].total_bounds
    assert found["extent"][0] < west < east < found["extent"][2]
    assert found["extent"][1] < south < north < found["extent"][3]
    # More than the paper is drawn, and more than one colour of it.
    assert found["pixels"]["#ffffff"] < 0.9 * 400 * 400
    assert len(found["pixels"]) > 5


@needs_qgis
def test_the_project_draws_the_map_of_cells_in_its_place(tmp_path):
    layers = make_result()
    write_layers({name: layers[name] for name in ("zones", "contamination")}, tmp_path / "out", formats="qgz")
    project = tmp_path / "out" / "assessment.qgz"
    found = run_qgis(PROJECT_SCRIPT, tmp_path, project, tmp_path / "cells.png", "contamination")
    assert found["layers"]["zones"]["shown"]  # without priorities the zones are what is looked at
    assert found["pixels"].get("#ffffff", 0) < 0.9 * 400 * 400
    assert found["failed"] == []


def test_a_project_holds_one_document_with_relative_paths_only(tmp_path):
    write_layers({"zones": draw_layer("zones")}, tmp_path / "out", formats="qgz")
    with ZipFile(tmp_path / "out" / "assessment.qgz") as archive:
        assert archive.namelist() == ["assessment.qgs"]
        text = archive.read("assessment.qgs").decode("utf-8")
    assert "./assessment.gpkg|layername=zones" in text
    assert str(tmp_path) not in text
