"""What commands print: the account of a table, the catalogue, the evidence on one munition."""

from pathlib import Path
from types import ModuleType

import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.table import Table

#: Reasons shown by `check` before "and N more".
_SHOWN_REASONS = 12


def print_account(source: Path, understood: pd.DataFrame, strikes: pd.DataFrame, intake: pd.DataFrame) -> None:
    """Print what was understood of a table and what became of its rows."""
    console = Console(highlight=False)
    console.print(f"{source}: {len(intake):,} rows", markup=False)
    items = Table("item", "understood as", title="What was understood", title_justify="left")
    sources = understood.groupby("source", sort=False)
    for name, lines in sources:
        if sources.ngroups > 1:
            items.add_row(escape(str(name)), "", style="bold")
        for item, words in zip(lines["item"], lines["understood"], strict=True):
            items.add_row(escape(str(item)), escape(str(words)))
    console.print(items)
    status = intake["status"].value_counts()
    counts = Table("status", "rows", title="What became of the rows", title_justify="left", min_width=26)
    for name in ("accepted", "assumed", "rejected"):
        counts.add_row(name, f"{int(status.get(name, 0)):,}")
    counts.add_row("together", f"{len(intake):,}", style="bold")
    console.print(counts)
    console.print(f"They tell of {len(strikes):,} strikes.")
    reasons = intake.loc[intake["reason"] != "", ["row", "reason"]]
    parts = reasons.assign(reason=reasons["reason"].str.split("; ")).explode("reason")
    grouped = parts.groupby("reason")["row"].agg(["size", "min"]).sort_values(["size", "min"], ascending=[False, True])
    table = Table("rows", "first", "reason", title="Assumed or rejected, and why", title_justify="left")
    for reason, (size, first) in grouped.head(_SHOWN_REASONS).iterrows():
        table.add_row(f"{size:,}", f"{first}", escape(str(reason)))
    if len(grouped):
        console.print(table)
    if len(grouped) > _SHOWN_REASONS:
        console.print(f"… and {len(grouped) - _SHOWN_REASONS} more reasons; all stand in intake.csv (option -o).")


def print_catalogue(entries: pd.DataFrame) -> None:
    """Print one line a munition."""
    console = Console(highlight=False)
    table = Table("id", "name", "class", "items a carrier", title=f"{len(entries)} munitions", title_justify="left")
    for munition_id, entry in entries.iterrows():
        table.add_row(str(munition_id), escape(entry["name"]), entry["category"], _say_items(entry))
    console.print(table)
    console.print("Show one with its published estimates: uxomap munitions ID")


def _say_items(entry: pd.Series) -> str:
    """Write the items a carrier holds as one number or a range."""
    low, high = entry["items_low"], entry["items_high"]
    return f"{low:g}" if low == high else f"{low:g}-{high:g}"


def print_munition(munition_id: str, entry: pd.Series, catalogue: ModuleType) -> None:
    """Print one munition with the evidence behind its dud rate."""
    console = Console(highlight=False)
    console.print(f"\n{munition_id}: {entry['name']}", style="bold", markup=False)
    items = f"{_say_items(entry)} items a carrier ({entry['items_status']})"
    console.print(f"  class {entry['category']}; {items}", markup=False)
    rate = catalogue.dud_rate(munition_id)
    low, mean, high = (f"{100 * share:.2g} %" for share in (rate.quantile(0.05), rate.mean, rate.quantile(0.95)))
    console.print(f"  share left live, pooled: {low} to {high} (mean {mean})", markup=False)
    if rate.assumptions:
        console.print(f"  assumed: {rate.assumptions}", markup=False)
    estimates = catalogue.load_estimates()
    own = estimates[estimates["munition_id"] == munition_id]
    table = Table("share", "basis", "year", "grade", "source")
    for estimate in own.itertuples():
        table.add_row(
            _say_estimate(estimate), estimate.basis, str(estimate.year), estimate.grade, escape(estimate.source)
        )
    if len(own):
        console.print(table)
    else:
        console.print("  no published estimate for this munition", markup=False)


def _say_estimate(estimate: object) -> str:
    """Write a published estimate as it was published."""
    low, mid, high = (getattr(estimate, name) for name in ("low_pct", "mid_pct", "high_pct"))
    known = [not pd.isna(value) for value in (low, mid, high)]
    if not any(known):
        return "no number"
    if known == [False, False, True]:
        return f"up to {high:g} %"
    if known == [True, False, False]:
        return f"{low:g} % or more"
    if known == [True, False, True]:
        return f"{low:g} to {high:g} %"
    return " / ".join(f"{value:g}" for value in (low, mid, high) if not pd.isna(value)) + " %"
