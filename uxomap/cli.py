"""The command ``uxomap``: the whole flow, the intake account, the munition catalogue and a demonstration."""

import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Annotated

import pandas as pd
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from uxomap import wording
from uxomap._files import check_folder, stage_folder
from uxomap.errors import InputError, UxomapError

app = typer.Typer(
    name="uxomap",
    help=(
        "From reported strikes to hazard areas, estimates with ranges, and maps for survey teams. "
        "Works offline; nothing leaves this computer."
    ),
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

Reports = Annotated[
    Path,
    typer.Argument(metavar="REPORTS", help="Table of reported strikes: CSV, GeoJSON, GeoPackage, Shapefile, KML …"),
]
ColumnOption = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        metavar="ROLE=NAME",
        help="Say which column plays a role, e.g. --column latitude=Y. May be repeated.",
    ),
]
CrsOption = Annotated[
    str | None, typer.Option("--crs", help="CRS of the coordinates, e.g. EPSG:32637. Degrees on WGS 84 if left out.")
]
SheetOption = Annotated[
    str | None, typer.Option("--sheet", help="Name or number of the sheet; every one with places if left out.")
]
DatesOption = Annotated[
    str | None,
    typer.Option("--dates", metavar="ORDER", help="How to read 03/04/2022: day-first or month-first."),
]
CountryOption = Annotated[
    str | None, typer.Option("--country", help="Country of rows that name none; places outside it are named.")
]
RepairOption = Annotated[
    str | None,
    typer.Option("--repair", metavar="swap", help="Let axes that have plainly changed places change back; recorded."),
]
LettersOption = Annotated[
    str | None,
    typer.Option("--zone-letters", metavar="MEANING", help="Letter behind a UTM zone (18S): band or hemisphere."),
]
PrecisionOption = Annotated[
    float | None,
    typer.Option("--precision", metavar="METRES", help="Radius that holds the true place, for rows that state none."),
]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress and no account, only errors.")]

#: Reasons shown by `check` before "and N more".
_SHOWN_REASONS = 12


def run() -> None:
    """Run the command line; every failure is one clear line on stderr, never a traceback."""
    try:
        app()
    except UxomapError as error:
        _fail(_say_for_command(str(error)), code=2)
    except KeyboardInterrupt:
        _fail("stopped; nothing was written.", code=130)
    except Exception as error:  # noqa: BLE001 - whatever happens, users read one line
        kind = type(error).__name__
        _fail(f"unexpected {kind}: {error}. Nothing was written. Please report this line.", code=1)


def _say_for_command(message: str) -> str:
    """Say how what is written for Python is written on the command line."""
    return f"{message} Here, write it as --column ROLE=NAME." if "columns={" in message else message


def _fail(message: str, *, code: int) -> None:
    """Print one line on stderr and leave."""
    sys.stderr.write(f"uxomap: {' '.join(message.split())}\n")
    raise SystemExit(code)


@app.callback(invoke_without_command=True)
def main(
    version: Annotated[bool, typer.Option("--version", help="Print the version and leave.")] = False,
) -> None:
    """From reported strikes to hazard areas, estimates with ranges, and maps for survey teams."""
    if version:
        from uxomap import __version__  # noqa: PLC0415 - only needed here

        typer.echo(f"uxomap {__version__} (method {wording.METHOD_VERSION})")
        raise typer.Exit


@app.command()
def assess(
    reports: Reports,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FOLDER", help="Where to write the results.")],
    column: ColumnOption = None,
    crs: CrsOption = None,
    sheet: SheetOption = None,
    dates: DatesOption = None,
    country: CountryOption = None,
    repair: RepairOption = None,
    zone_letters: LettersOption = None,
    precision: PrecisionOption = None,
    containment: Annotated[
        float, typer.Option(help="Chance that an item lies inside its hazard area, before the fade-out distance.")
    ] = 0.95,
    fadeout: Annotated[float, typer.Option(metavar="METRES", help="Fade-out distance added around each area.")] = 50.0,
    max_precision: Annotated[
        float, typer.Option(metavar="METRES", help="Strikes placed more coarsely are listed, not drawn.")
    ] = 5000.0,
    cell: Annotated[
        float | None,
        typer.Option(
            metavar="METRES", help="Side of the cells of contamination.tif; chosen by the region if left out."
        ),
    ] = None,
    quiet: QuietOption = False,
) -> None:
    """
    Run the whole flow and write layers, tables and a map.

    Leaves in FOLDER: intake.csv (a line for every input row), strikes.geojson, hazard_areas.geojson, zones.geojson,
    unlocated.csv, map.html (opens in any browser, offline), assessment.gpkg (all layers, for QGIS and ArcGIS),
    contamination.tif (expected items a cell, where one grid can hold the strikes) and summary.json.
    """
    from uxomap import assessment  # noqa: PLC0415 - loads the geographic libraries, slow for --help

    check_folder(out)
    with _show_progress(len(assessment.STEPS) + 1, quiet=quiet) as tell:
        result = assessment.assess(
            reports,
            columns=_parse_columns(column),
            crs=crs,
            sheet=_parse_sheet(sheet),
            dates=dates,
            country=country,
            repair=repair,
            zone_letters=zone_letters,
            precision_m=precision,
            containment=containment,
            fadeout_m=fadeout,
            max_precision_m=max_precision,
            cell_m=cell,
            progress=tell,
        )
        tell("writing files")
        written = result.write(out)
    if not quiet:
        for line in result.summary_lines():
            typer.echo(line)
        typer.echo(wording.NOTICE)
        typer.echo(f"Wrote {len(written)} files to {out}. Open the map: {out / 'map.html'}")


@app.command()
def check(
    reports: Reports,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FOLDER", help="Also write the account, intake.csv, there.")
    ] = None,
    column: ColumnOption = None,
    crs: CrsOption = None,
    sheet: SheetOption = None,
    dates: DatesOption = None,
    country: CountryOption = None,
    repair: RepairOption = None,
    zone_letters: LettersOption = None,
    precision: PrecisionOption = None,
    quiet: QuietOption = False,
) -> None:
    """Tell what would become of every row of a table, without drawing anything."""
    from uxomap.assessment import check_reports  # noqa: PLC0415 - loads the geographic libraries, slow for --help
    from uxomap.export import write_csv  # noqa: PLC0415 - likewise
    from uxomap.reports import Stated, read_source  # noqa: PLC0415 - likewise

    if out is not None:
        check_folder(out)
    with _show_progress(2, quiet=quiet) as tell:
        tell("reading reports")
        stated = Stated(
            columns=_parse_columns(column) or {},
            crs=crs,
            sheet=_parse_sheet(sheet),
            dates=dates,
            country=country,
            repair=repair,
            zone_letters=zone_letters,
            precision_m=precision,
        )
        found, understood = read_source(reports, stated)
        tell("finding strikes")
        strikes, intake = check_reports(found)
        if out is not None:
            with stage_folder(out) as staging:
                write_csv(intake, staging / "intake.csv")
    if not quiet:
        _print_account(reports, understood, strikes, intake)
        if out is not None:
            typer.echo(f"Wrote {out / 'intake.csv'}")
    if strikes.empty:
        message = f"None of the {len(intake)} rows can be used. Correct the table, or name its columns with --column."
        raise InputError(message)


@app.command()
def munitions(
    text: Annotated[str | None, typer.Argument(metavar="[TEXT]", help="Words of a report, or a catalogue id.")] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="FOLDER", help="Write the whole catalogue there: munitions.csv and estimates.csv."
        ),
    ] = None,
) -> None:
    """List the munition catalogue, or show what a text is taken for, with every published estimate and its source."""
    from uxomap import munitions as catalogue  # noqa: PLC0415 - loads scipy, slow for --help
    from uxomap.export import write_csv  # noqa: PLC0415 - likewise

    if out is not None:
        with stage_folder(out) as staging:
            write_csv(catalogue.load_munitions().reset_index(), staging / "munitions.csv")
            write_csv(catalogue.load_estimates(), staging / "estimates.csv")
        typer.echo(f"Wrote {out / 'munitions.csv'} and {out / 'estimates.csv'}")
        return
    if text is None:
        _print_catalogue(catalogue.load_munitions())
        return
    entries = catalogue.load_munitions()
    if text in entries.index:
        ids: tuple[str, ...] = (text,)
    else:
        match = catalogue.match_munition(text)
        ids = match.alternatives
        typer.echo(f"{text!r}: {match.way} match" + ("" if ids else "; nothing in the catalogue is like it"))
    if not ids:
        message = f"No munition is like {text!r}. List them all with: uxomap munitions"
        raise InputError(message)
    for munition_id in ids:
        _print_munition(munition_id, catalogue.find_munition(munition_id), catalogue)


@app.command()
def demo(
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FOLDER", help="Where to write the results.")] = Path(
        "uxomap-demo"
    ),
    quiet: QuietOption = False,
) -> None:
    """Run the whole flow on the bundled sample of 124 documented strikes."""
    from uxomap.samples import sample_data  # noqa: PLC0415 - only needed here

    assess(sample_data(), out, quiet=quiet)


def _parse_columns(options: list[str] | None) -> dict[str, str] | None:
    """Read ROLE=NAME options."""
    if not options:
        return None
    pairs = [option.partition("=") for option in options]
    for option, (role, equals, name) in zip(options, pairs, strict=True):
        if not (role and equals and name):
            message = f"Invalid --column {option!r}. Must be ROLE=NAME, e.g. --column latitude=Y."
            raise InputError(message)
    return {role.strip(): name.strip() for role, _, name in pairs}


def _parse_sheet(sheet: str | None) -> str | int | None:
    """Take a plain number as the number of the sheet."""
    return int(sheet) if sheet is not None and sheet.isascii() and sheet.isdigit() else sheet


@contextmanager
def _show_progress(steps: int, *, quiet: bool) -> Iterator[Callable[[str], None]]:
    """Show the running step on stderr; yields the function that names the next one."""
    console = Console(stderr=True, quiet=quiet)
    with (
        _say_warnings(console),
        Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed:.0f}/{task.total:.0f}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=quiet,
        ) as progress,
    ):
        task = progress.add_task("starting", total=steps)
        begun = 0

        def tell(step: str) -> None:
            nonlocal begun
            progress.update(task, description=step, completed=begun)
            begun += 1
            if not quiet and not console.is_terminal:
                console.print(f"{begun}/{steps} {step} …", highlight=False)

        yield tell


@contextmanager
def _say_warnings(console: Console) -> Iterator[None]:
    """Print warnings as notes, one line each, instead of as Python shows them."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        yield
    for text in dict.fromkeys(str(warning.message) for warning in caught):
        console.print(f"Note: {text}", highlight=False, markup=False)


def _print_account(source: Path, understood: pd.DataFrame, strikes: pd.DataFrame, intake: pd.DataFrame) -> None:
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


def _print_catalogue(entries: pd.DataFrame) -> None:
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


def _print_munition(munition_id: str, entry: pd.Series, catalogue: ModuleType) -> None:
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
