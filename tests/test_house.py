"""What holds for the whole project: public names, documentation, layers, words, set-up commands."""

import ast
import inspect
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

import uxomap
from uxomap import schema

BANNED = re.compile(
    r"\b(safe|clear|cleared|free|released|cancell?ed|reduced|confirmed|no risk|SHA|CHA|green)\b", re.IGNORECASE
)


def test_the_root_has_at_most_25_names_and_all_can_be_loaded():
    assert len(uxomap.__all__) <= 25
    assert sorted(set(uxomap.__all__)) == sorted(uxomap.__all__) == sorted(uxomap._HOMES)
    for name in uxomap.__all__:
        assert getattr(uxomap, name).__name__ == name


def test_unknown_names_are_refused_like_in_any_module():
    with pytest.raises(AttributeError, match="has no attribute 'clear_land'"):
        uxomap.clear_land  # noqa: B018 - reading the name is the test


def test_no_function_shares_its_name_with_a_module(root):
    modules = {path.stem for path in (root / "uxomap").rglob("*.py")} | {
        path.name for path in (root / "uxomap").iterdir() if path.is_dir()
    }
    assert not modules.intersection(set(uxomap.__all__) - {"munitions"})


@pytest.mark.parametrize("name", uxomap.__all__)
def test_every_public_name_is_documented_with_an_example_and_in_the_reference(name, root):
    thing = getattr(uxomap, name)
    text = inspect.getdoc(thing)
    assert text
    assert f"`{name}`" in (root / "docs" / "api.md").read_text(encoding="utf-8")
    if inspect.isfunction(thing):
        assert ">>>" in text
        assert "Returns" in text


def test_importing_the_package_is_quick_and_quiet(tmp_path):
    heavy = "geopandas", "folium", "matplotlib", "scipy"
    code = f"import sys, uxomap; sys.exit(any(name in sys.modules for name in {heavy}))"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def readme_commands(root: Path) -> list[str]:
    text = (root / "README.md").read_text(encoding="utf-8")
    return [block.strip() for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL)]


def test_ci_runs_the_two_set_up_commands_as_the_readme_prints_them(root):
    commands = readme_commands(root)
    assert len(commands) == 2
    script = (root / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    for command in commands:
        assert command in script


def test_every_layer_column_is_explained():
    for name, layer in schema.layer_schemas().items():
        for column in layer.columns.values():
            assert column.kind in schema.KINDS, (name, column)
            assert column.meaning.strip(), (name, column)
        assert len(layer.required) == len(set(layer.required))


def test_no_layer_column_uses_a_word_that_only_a_survey_may_use():
    for layer in schema.layer_schemas().values():
        for column in layer.columns.values():
            assert not BANNED.search(f"{column.name.replace('_', ' ')} {column.meaning}"), column


def test_layers_page_shows_every_column(root):
    text = (root / "docs" / "layers.md").read_text(encoding="utf-8")
    for layer in schema.layer_schemas().values():
        for column in layer.columns.values():
            assert f"| `{column.name}` |" in text


def functions_of(path: Path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_functions_stay_short_and_modules_small(root):
    for path in (root / "uxomap").rglob("*.py"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 500, path
        for node in functions_of(path):
            docstring = ast.get_docstring(node, clean=False) or ""
            length = node.end_lineno - node.lineno + 1 - (docstring.count("\n") + 1 if docstring else 0)
            assert length <= 60, (path, node.name, length)


def test_generated_pages_are_up_to_date(root):
    pages = runpy.run_path(str(root / "docs" / "generate.py"))["PAGES"]
    for name, page in pages.items():
        assert (root / "docs" / name).read_text(encoding="utf-8") == page(), f"run: python docs/generate.py ({name})"
