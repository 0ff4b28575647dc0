"""The page of munitions holds all of the evidence, and the guide for contributors works as it is printed."""

import io
import re
import runpy
from collections import Counter

import pandas as pd
import pytest

from uxomap.errors import CatalogueError
from uxomap.munitions import (
    _catalogue,
    check_catalogue,
    dud_rate,
    load_bases,
    load_categories,
    load_estimates,
    load_munitions,
    load_weights,
)

CELL = re.compile(r"(?<!\\)\|")
TABLES = {"munitions.csv": "munition_id", "estimates.csv": "estimate_id", "names.csv": "name"}


@pytest.fixture(scope="module")
def generator(root):
    return runpy.run_path(str(root / "docs" / "generate.py"))


@pytest.fixture(scope="module")
def page(root):
    return (root / "docs" / "munitions.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def entries(page):
    """Text of each entry by its id."""
    found = re.split(r"^### (\S+)\n", page.split("\n## Entries that rest")[0], flags=re.MULTILINE)
    return dict(zip(found[1::2], found[2::2], strict=True))


@pytest.fixture(scope="module")
def guide(root):
    text = (root / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = re.search(r"^## Adding a munition or an estimate\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return section[1]


@pytest.fixture(scope="module")
def example(guide):
    """Rows of the worked example, as text, by the file they belong to."""
    blocks = re.findall(r"`(\w+\.csv)`[^`]*:\n\n```csv\n(.*?)```", guide, re.DOTALL)
    return {name: pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False) for name, text in blocks}


def published_rows(entry):
    """Lines of the table of published figures."""
    return [line for line in entry.splitlines() if re.match(r"\| `[\w]+-\d+` \|", line)]


def plain(text):
    """Undo what keeps marks from being read as Markdown."""
    return re.sub(r"\\([\\|\[\]*~`])", r"\1", text).replace("&lt;", "<").replace("&gt;", ">")


# --- the page ----------------------------------------------------------------------------------------------------


def test_every_munition_has_an_entry_and_is_listed_in_the_contents(page, entries):
    munitions = load_munitions()
    assert sorted(entries) == sorted(munitions.index)
    contents = page.split("\n## How to read")[0]
    for name, row in munitions.iterrows():
        assert contents.count(f"[`{name}`](#{name})") == 1
        assert f"**{row['name']}**" in plain(entries[name])
        for column in ("carrier", "submunition"):
            assert f"| {row[column]} " in plain(entries[name])


def test_every_value_stands_with_its_status_and_source(entries):
    for name, row in load_munitions().iterrows():
        entry = plain(entries[name])
        for group in ("items", "footprint", "salvo", "self_destruct"):
            assert f"| {row[f'{group}_status']} |" in entry
            spoken = re.sub(r"https?://\S+", "", row[f"{group}_source"]).split("  ")
            assert all(part in re.sub(r"<?https?://\S+", "", entry) for part in spoken), (name, group)
        assert f"| self-destruct | {row['self_destruct']} |" in entry


def test_every_estimate_stands_once_in_its_entry_with_all_that_is_known_of_it(entries):
    seen = Counter()
    for entry in entries.values():
        for line in published_rows(entry):
            seen[CELL.split(line)[1].strip().strip("`")] += 1
    estimates = load_estimates()
    assert seen == Counter(estimates["estimate_id"])
    for _, row in estimates.iterrows():
        lines = published_rows(entries[row["munition_id"]])
        line = plain(next(line for line in lines if f"`{row['estimate_id']}`" in line))
        assert row["source"] in line
        assert row["url"] in line
        assert f"| `{row['basis']}`: {row['basis_text']} | {row['scope']} | {row['year']} | {row['grade']} |" in line
        assert row["note"] in line
        for name in ("low_pct", "mid_pct", "high_pct"):
            assert pd.isna(row[name]) or f"{row[name]:g}" in line.split("|")[2]


def test_every_address_is_a_link(page):
    munitions, estimates = load_munitions(), load_estimates()
    columns = [munitions[name] for name in munitions if name.endswith("_url")]
    columns += [estimates["url"]]
    addresses = {address for column in columns for address in column if address}
    assert len(addresses) > 60
    for address in addresses:
        assert f"]({address})" in page
    for text in pd.concat([munitions[name] for name in munitions if name.endswith("_source")]):
        for address in re.findall(r"https?://[^\s)]*[^\s).,;]", text):
            assert f"<{address}>" in page


def test_every_entry_ends_with_what_its_figures_pool_to(entries):
    for name, entry in entries.items():
        rate = dud_rate(name)
        said = re.search(
            r"\*\*Pooled: mean (\S+) %, 5 to 95 % range (\S+) to (\S+) %\.\*\* Assumptions: (.*)\.\n", entry
        )
        numbers = [float(said[number]) / 100 for number in (1, 2, 3)]
        assert numbers == pytest.approx([rate.mean, rate.quantile(0.05), rate.quantile(0.95)], rel=0.06, abs=0.0005)
        assert min(numbers) > 0
        assert plain(said[4]) == (rate.assumptions or "none")


def test_weights_of_an_entry_and_of_the_class_add_up(entries):
    for name, entry in entries.items():
        own = [CELL.split(line)[7].strip() for line in published_rows(entry)]
        own = [float(cell.removesuffix(" %")) for cell in own if cell != "none"]
        others = [float(share) for share in re.findall(r"together (\d+) % of the weight", entry)]
        if dud_rate(name).sources != "assumed":
            assert sum(own + others) == pytest.approx(100, abs=0.5 * len(own + others))


def test_bases_grades_and_scopes_are_explained(page):
    for basis, row in load_bases().iterrows():
        assert (
            f"| `{basis}` | {row['label']} | {row['weight']:g} | {row['concentration']:g} | {row['reason']} |" in page
        )
    for (_, value), row in load_weights().iterrows():
        assert f"| `{value}` | {row['factor']:g} | {row['reason']} |" in page


def test_links_within_the_page_and_to_other_pages_lead_somewhere(page, generator, root):
    def anchors(text):
        return {generator["anchor"](heading) for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE)}

    for target, anchor in re.findall(r"\]\(((?:\.\./)?\w*(?:\.md)?)(#[^)]*)?\)", page):
        text = page if not target else (root / "docs" / target).read_text(encoding="utf-8")
        assert not anchor or anchor[1:] in anchors(text), (target, anchor)
    assert len(anchors(page)) == len(re.findall(r"^#+ ", page, re.MULTILINE))


def test_every_line_of_a_table_has_the_cells_of_its_head(page):
    tables = re.findall(r"(?:^\|.*\n)+", page, re.MULTILINE)
    assert len(tables) > 150
    for table in tables:
        lines = table.splitlines()
        assert re.fullmatch(r"\|(---\|)+", lines[1])
        assert {len(CELL.findall(line)) for line in lines} == {len(CELL.findall(lines[0]))}, lines[0]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a|b", r"a\|b"),
        ("<1% or *", r"&lt;1% or \*"),
        ("~1 M of ~4 M", r"\~1 M of \~4 M"),
        ("[x](y)", r"\[x\](y)"),
        ("two\nlines", "two lines"),
        ("(A, https://a.org/x_y?p=1), b", "(A, <https://a.org/x_y?p=1>), b"),
    ],
)
def test_marks_in_a_text_are_not_read_as_markdown(generator, text, written):
    assert generator["tidy"](text) == written


def test_little_never_looks_like_none(generator):
    assert [generator["percent"](share) for share in (0.1234, 0.01, 0.0081, 6.6e-5)] == [
        "12.3",
        "1.0",
        "0.81",
        "0.0066",
    ]


# --- the guide for contributors ----------------------------------------------------------------------------------


@pytest.fixture
def with_example(monkeypatch, example):
    """Tables of the package with the rows of the example appended, before class values are filled in."""
    read = _catalogue._read_table

    def read_more(name, numbers):
        rows = example.get(name)
        if rows is None:
            return read(name, numbers)
        rows = rows.assign(**{column: pd.to_numeric(rows[column].replace("", None)) for column in numbers})
        return pd.concat([read(name, numbers), rows.astype(dict.fromkeys(numbers, float))], ignore_index=True)

    monkeypatch.setattr(_catalogue, "_read_table", read_more)
    filled = _catalogue._munitions.__wrapped__()
    monkeypatch.setattr(_catalogue, "_munitions", lambda: filled)
    return {"munitions": load_munitions(), "estimates": load_estimates(), "categories": load_categories()}


def test_the_example_has_the_columns_of_the_files_and_each_is_explained(guide, example, root):
    assert set(example) == set(TABLES)
    for name in TABLES:
        with (root / "uxomap" / "munitions" / "data" / name).open(encoding="utf-8") as lines:
            columns = lines.readline().strip().split(",")
        assert list(example[name].columns) == columns
        explained = re.search(rf"^### .*`{re.escape(name)}`\n(.*?)(?=^### |\Z)", guide, re.MULTILINE | re.DOTALL)[1]
        explained = explained.split("```")[0]
        for column in columns:
            assert f"`{column}`" in explained, (name, column)


def in_per_cent(rate):
    return [f"{100 * value:.1f}" for value in (rate.mean, *rate.quantile([0.05, 0.95]))]


def test_the_example_is_accepted_and_gives_what_the_guide_says(guide, example, with_example):
    check_catalogue(**with_example)
    name = example["munitions.csv"].loc[0, "munition_id"]
    assert len(with_example["estimates"].query("munition_id == @name")) == len(example["estimates.csv"])
    entry = with_example["munitions"].loc[name]
    assert entry[["items_status", "footprint_status", "salvo_status"]].tolist() == ["published", "assumed", "assumed"]
    assert entry["footprint_length_m"] == with_example["categories"].loc[entry["category"], "footprint_length_m"]
    rate = dud_rate(name, estimates=with_example["estimates"])
    before = dud_rate(name, estimates=with_example["estimates"].query("estimate_id != @name + '-1'"))
    said = re.search(r"mean of (\S+) % and a range of (\S+) to (\S+) %", guide)
    assert list(said.groups()) == in_per_cent(rate)
    line = re.search(rf"`{name}`: dud rate (\S+) % \((\S+) to (\S+) %\) to (\S+) % \((\S+) to (\S+) %\)", guide)
    assert list(line.groups()) == in_per_cent(before) + in_per_cent(rate)
    assert set(example["names.csv"]["munition_ids"]) == {name}


@pytest.mark.parametrize(
    ("table", "column", "value", "said"),
    [
        ("estimates", "basis", "guess", "unknown basis 'guess'"),
        ("estimates", "source", "", "source must not be empty"),
        ("estimates", "high_pct", 140.0, "must lie between 0 and 100"),
        ("estimates", "munition_id", "nowhere", "is not in the catalogue"),
        ("munitions", "items_source", "", "items_source must not be empty"),
        ("munitions", "category", "toy", "unknown category 'toy'"),
    ],
)
def test_a_mistake_in_the_example_is_refused(with_example, table, column, value, said):
    frame = with_example[table].copy()
    frame.loc[frame.index[-1], column] = value
    with pytest.raises(CatalogueError, match=re.escape(said)):
        check_catalogue(**(with_example | {table: frame}))
