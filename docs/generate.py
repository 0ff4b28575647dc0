"""Write the pages that are made from the package's own tables: ``python docs/generate.py``."""

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pandas as pd

from uxomap.munitions import (
    DudRate,
    dud_rate,
    load_bases,
    load_categories,
    load_estimates,
    load_munitions,
    load_weights,
)
from uxomap.reports import ROLES
from uxomap.schema import layer_schemas

DOCS = Path(__file__).resolve().parent

LAYERS_INTRO = """# Layers

Columns that other people may rely on. Vector layers are in EPSG:4326, longitude before latitude. Units stand in the
names or in the column *unit*. An empty value means *not known*, never zero.

This page is made from `uxomap/layers.csv` by `python docs/generate.py`.
"""

COLUMNS_INTRO = """# Columns that are recognised

What a column of a table may be, and the headers by which it is known. Capitals, accents, brackets, blanks and
underscores do not matter. Any other column is named with `columns={"role": "its header"}` or `--column role=header`.
Event databases and forms have headers of their own ([intake.md](intake.md)); HXL tags stand in
`uxomap/reports/hxl.csv`.

This page is made from `uxomap/reports/columns.csv` by `python docs/generate.py`.

| role | what it is | headers |
|---|---|---|
"""

MUNITIONS_INTRO = """# Munitions and what is published about their dud rates

All {munitions} entries of the catalogue and all {estimates} published statements on dud rates behind it, with sources.
They contradict each other, sometimes by a factor of six for the same grenade: nothing is averaged out of sight here.
The page is about what lies on the ground afterwards. It helps to decide where to look first; it does not say how many
items lie at a given place.

The figures are made into one distribution by the rules of [dud_rates.md](dud_rates.md); class values were chosen as
told in [class_values.md](class_values.md). Is a figure wrong or missing?
[CONTRIBUTING.md](../CONTRIBUTING.md#adding-a-munition-or-an-estimate) tells how to change it.

This page is made from the tables in `uxomap/munitions/data` by `python docs/generate.py`.

- [Contents](#contents)
- [How to read an entry](#how-to-read-an-entry)
- [Bases, grades and scopes](#bases-grades-and-scopes)
{categories}
- [Entries that rest on the same figure](#entries-that-rest-on-the-same-figure)

## Contents

Mean and range are shares left live in per cent, pooled from everything published (scenario `all`). *Statements* are
the rows listed in the entry; *pooled* are the figures that mean and range rest on, those of its class included.
Where there is no statement on the munition itself, class figures or an assumption stand in, and the entry says so.
"""

MUNITIONS_READING = """
## How to read an entry

- **carrier**, **submunition** and **hazard kind** are descriptions and have no source of their own. Hazard kinds:
  `dud` (items that failed), `mine` (laid to explode later, live by design), `undispersed` (a load that never opened).
- **items per carrier**: one number, or the 5 % point to the 95 % point with the mean.
- **footprint**: the land that the items of one carrier cover, as length x width of an ellipse, or as an area that is
  drawn as a circle.
- **salvo spread**: the standard deviation of several carriers of one strike around their middle.
- **self-destruct**: `yes`, `no`, `variant` (some have one, some do not), `unknown`. It does not remove the hazard:
  M85, PFM-1S and CBU-105 have one, and live items were found.
- **status**: `published` (read in the source that stands beside it), `unconfirmed` (told, but no source was read),
  `assumed` (nothing is published: the value of the class, with its reason in place of a source).
- **figure**: as published. "Up to 22 %" and "14 % or more" are ends of a range, not expected values.
- **weight**: its share of the pool in the scenario `all`; *none* for what carries no weight.

Years are as stated: *c.* about, *n.d.* no date. An empty cell means that it is not known.

## Bases, grades and scopes

What a figure rests on decides its [weight](dud_rates.md#weights), and how exact a single value is taken to be
([concentration](dud_rates.md#from-a-figure-to-a-distribution)). The first word in the column *basis* of an entry comes
from this list; what follows is what the source calls it. The tables are `bases.csv` and `weights.csv`.

| basis | meaning | weight | concentration | reason |
|---|---|---|---|---|
"""

MUNITIONS_FACTORS = """
[The weight is multiplied](dud_rates.md#weights) by a factor for the **grade** of the source and one for its **scope**:
`own` (it speaks of this munition or its submunition), `class` (of a wider class), `analogy` (of another munition that
is alike).

| kind | value | factor | reason |
|---|---|---|---|
"""

MUNITIONS_SHARED = """
## Entries that rest on the same figure

The heaviest figure of these entries is the same one. If it is wrong, it is wrong for all of them, so totals over
several of these munitions do not get more exact by their number; see
[totals](dud_rates.md#items-left-by-a-strike-and-totals).

| heaviest figure | number | entries |
|---|---|---|
"""

#: What can stand in a sentence and would be read as Markdown or HTML.
MARKS = {"\\": "\\\\", "|": "\\|", "[": "\\[", "]": "\\]", "*": "\\*", "~": "\\~", "`": "\\`", "<": "&lt;", ">": "&gt;"}
ADDRESS = re.compile(r"https?://[^\s)]*[^\s).,;]")

KINDS = {"dud": "items that failed", "mine": "mines, live by design", "undispersed": "a load that never opened"}


def layers_page() -> str:
    """Every column of every layer."""
    parts = [LAYERS_INTRO]
    for name, layer in layer_schemas().items():
        geometry = " or ".join(layer.geometry) or "none"
        parts.append(f"\n## {name}\n\nGeometry: {geometry}.\n\n| column | kind | unit | meaning |\n|---|---|---|---|\n")
        parts.extend(
            f"| `{column.name}` | {column.kind}{' (optional)' if column.optional else ''} | {column.unit} "
            f"| {column.meaning.replace('|', '&#124;')} |\n"
            for column in layer.columns.values()
        )
    return "".join(parts)


def munitions_page() -> str:
    """Every munition with every value, every published figure, and what they pool to."""
    munitions, estimates = load_munitions(), load_estimates()
    rates = {name: dud_rate(name) for name in munitions.index}
    classes = {
        label: munitions[munitions["category"] == category]
        for category, label in load_categories()["label"].items()
        if (munitions["category"] == category).any()
    }
    parts = [
        MUNITIONS_INTRO.format(
            munitions=len(munitions),
            estimates=len(estimates),
            categories="\n".join(f"- [{label}](#{anchor(label)}) ({len(rows)})" for label, rows in classes.items()),
        )
    ]
    for label, rows in classes.items():
        counts = estimates["munition_id"].value_counts()
        parts.append(f"\n**[{label}](#{anchor(label)})**\n\n")
        parts.append(table_head("entry", "name", "statements", "pooled", "mean", "5 %", "95 %"))
        parts.extend(
            cells(f"[`{name}`](#{name})", tidy(row["name"]), str(counts.get(name, 0)), *contents_numbers(rates[name]))
            for name, row in rows.iterrows()
        )
    parts += [MUNITIONS_READING, *basis_rows(), MUNITIONS_FACTORS, *factor_rows()]
    for label, rows in classes.items():
        parts.append(f"\n## {label}\n")
        for name, row in rows.iterrows():
            parts.append(entry_part(str(name), row))
            parts.append(evidence_part(estimates[estimates["munition_id"] == name], rates[name]))
    return "".join([*parts, MUNITIONS_SHARED, *shared_rows(rates)])


def basis_rows() -> Iterable[str]:
    """What each basis is worth, and why."""
    for basis, row in load_bases().iterrows():
        yield cells(
            f"`{basis}`", tidy(row["label"]), f"{row['weight']:g}", f"{row['concentration']:g}", tidy(row["reason"])
        )


def factor_rows() -> Iterable[str]:
    """What grades and scopes are worth, and why."""
    names = {"beside_own": "scope, beside figures of its own", "alone": "scope, without", "fill": "filling up"}
    for _, row in load_weights().reset_index().iterrows():
        kind = names.get(row["kind"], "single figure" if row["kind"] == "estimate" else row["kind"])
        yield cells(tidy(kind), f"`{row['value']}`", f"{row['factor']:g}", tidy(row["reason"]))


def shared_rows(rates: Mapping[str, DudRate]) -> Iterable[str]:
    """Entries whose pools lead back to one figure, the largest groups first."""
    groups: dict[str, list[str]] = {}
    for name, rate in rates.items():
        groups.setdefault(rate.evidence_key, []).append(name)
    for key, names in sorted(groups.items(), key=lambda group: -len(group[1])):
        if len(names) > 1:
            yield cells(tidy(key), str(len(names)), ", ".join(f"[`{name}`](#{name})" for name in names))


def entry_part(name: str, row: pd.Series) -> str:
    """One munition: what it is, and every value with status and source."""
    mines = f" ({tidy(row['mine_type'])})" if row["mine_type"] else ""
    also = row["submunition_names"].replace("|", ", ")
    named = f" (in reports: {tidy(also)})" if also and also != row["submunition"] else ""
    lines = [
        f"\n### {name}\n\n**{tidy(row['name'])}**\n\n",
        table_head("what", "value", "status", "source"),
        cells("carrier", tidy(row["carrier"]), "", ""),
        cells("submunition", f"{tidy(row['submunition'])}{named}", "", ""),
        cells("hazard kind", f"`{row['hazard_kind']}`: {KINDS[row['hazard_kind']]}{mines}", "", ""),
    ]
    values = {
        "items": ("items per carrier", say_items(row)),
        "footprint": ("footprint of one carrier", say_footprint(row)),
        "salvo": ("salvo spread", f"{row['salvo_sigma_m']:g} m"),
        "self_destruct": ("self-destruct", str(row["self_destruct"])),
    }
    for group, (label, value) in values.items():
        source = link(row[f"{group}_source"], row.get(f"{group}_url", ""))
        note = tidy(row.get(f"{group}_note", ""))
        lines.append(cells(label, value, row[f"{group}_status"], ". ".join(filter(None, [source, note]))))
    return "".join(lines)


def evidence_part(published: pd.DataFrame, rate: DudRate) -> str:
    """Every published figure of one munition, and what they pool to."""
    lines = ["\nThe catalogue holds no statement on its dud rate.\n"]
    pooled = rate.estimates
    if len(published):
        weights = dict(zip(pooled["estimate_id"], pooled["weight"], strict=True)) if "estimate_id" in pooled else {}
        lines = ["\n", table_head("id", "figure", "basis", "scope", "year", "grade", "weight", "source", "note")]
        for _, row in published.iterrows():
            weight = f"{100 * weights[row['estimate_id']]:.0f} %" if row["estimate_id"] in weights else "none"
            unread = ", unconfirmed" if row["confidence"] == "unconfirmed" and "unconf" not in row["source"] else ""
            grade = f"{row['grade']}{unread}"
            basis = f"`{row['basis']}`: {tidy(row['basis_text'])}"
            described = (f"`{row['estimate_id']}`", figure(row), basis, row["scope"], tidy(row["year"]), grade, weight)
            lines.append(cells(*described, link(row["source"], row["url"]), tidy(row["note"])))
    if "estimate_id" in pooled:
        others = pooled[pooled["munition_id"] != rate.munition_id]
        for name, rows in others.groupby("munition_id", sort=False):
            said = f"{len(rows)} of [`{name}`](#{name}), together {100 * rows['weight'].sum():.0f} % of the weight"
            lines.append(f"\nClass figures in the pool: {said}.\n")
    mean, low, high = (percent(value) for value in (rate.mean, rate.quantile(0.05), rate.quantile(0.95)))
    lines.append(f"\n**Pooled: mean {mean} %, 5 to 95 % range {low} to {high} %.** ")
    return "".join([*lines, f"Assumptions: {tidy(rate.assumptions) or 'none'}.\n"])


def contents_numbers(rate: DudRate) -> tuple[str, ...]:
    """Number of pooled figures, mean and range of a rate, for the table of contents."""
    count = str(len(rate.estimates)) if "estimate_id" in rate.estimates else "assumed"
    return count, *(percent(value) for value in (rate.mean, rate.quantile(0.05), rate.quantile(0.95)))


def say_items(row: pd.Series) -> str:
    """Items per carrier: a number, or a range with its mean."""
    low, expected, high = (f"{row[f'items_{end}']:g}" for end in ("low", "expected", "high"))
    return expected if low == high else f"{low} to {high}, mean {expected}"


def say_footprint(row: pd.Series) -> str:
    """Length and width, or the area where only that is published."""
    if row["footprint_high_m2"] == 0:
        return "none: a single item"
    low, high = (f"{row[f'footprint_{end}_m2'] / 10_000:.2g}" for end in ("low", "high"))
    area = f"{low} ha" if low == high else f"{low} to {high} ha"
    if pd.isna(row["footprint_length_m"]):
        return f"{area}, as a circle"
    return f"{row['footprint_length_m']:g} x {row['footprint_width_m']:g} m ({area})"


def figure(row: pd.Series) -> str:
    """Write a published figure as it was published."""
    low, middle, high = (f"{row[name]:g}" if pd.notna(row[name]) else "" for name in ("low_pct", "mid_pct", "high_pct"))
    if low and high:
        return f"{low} to {high} %" + (f" (middle {middle} %)" if middle else "")
    if middle:
        return f"{middle} %"
    if high:
        return f"up to {high} %"
    return f"{low} % or more" if low else "no number"


def percent(share: float) -> str:
    """Write a share in per cent, with one decimal; below 1 %, with two digits, so that little never looks like none."""
    return f"{100 * share:.1f}" if share >= 0.01 else f"{100 * share:.2g}"  # noqa: PLR2004 - one per cent


def table_head(*columns: str) -> str:
    """First two lines of a table."""
    return cells(*columns) + "|" + "---|" * len(columns) + "\n"


def cells(*values: str) -> str:
    """One line of a table."""
    return f"| {' | '.join(values)} |\n"


def link(source: str, address: str) -> str:
    """Name a source and lead to it."""
    return f"[{tidy(source)}]({address})" if address else tidy(source)


def tidy(text: str) -> str:
    """Keep marks in a text from being read as Markdown; make addresses in it links."""
    found = iter(ADDRESS.findall(text))
    plain = ADDRESS.split(" ".join(text.split()))
    escaped = ["".join(MARKS.get(letter, letter) for letter in part) for part in plain]
    return escaped[0] + "".join(f"<{next(found)}>{part}" for part in escaped[1:])


def anchor(heading: str) -> str:
    """Name under which Markdown viewers link to a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def columns_page() -> str:
    """Write the page of the columns that are recognised in tables."""
    headers = pd.read_csv(DOCS.parent / "uxomap" / "reports" / "columns.csv")
    known = headers.groupby("role")["header"].agg(lambda names: ", ".join(dict.fromkeys(names)))
    lines = [f"| `{role}` | {meaning} | {known.get(role, '')} |" for role, meaning in ROLES.items()]
    personal = ", ".join(dict.fromkeys(headers.loc[headers["role"] == "personal", "header"].str.removeprefix("=")))
    left_out = f"Left out unless they are kept on request, because they look personal: {personal}."
    return COLUMNS_INTRO + "\n".join(lines) + "\n\n" + left_out + "\n"


PAGES: Mapping[str, Callable[[], str]] = {
    "columns.md": columns_page,
    "layers.md": layers_page,
    "munitions.md": munitions_page,
}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")
