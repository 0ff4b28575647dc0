"""The commands themselves."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from uxomap import wording
from uxomap._files import check_folder, stage_folder, take_path
from uxomap.cli._options import (
    AdminOption,
    CellOption,
    CoarsestOption,
    ColumnOption,
    ContainmentOption,
    CountryOption,
    CriteriaOption,
    CrsOption,
    DatesOption,
    DetectionOption,
    FacilitiesOption,
    FadeoutOption,
    FindsOption,
    HoursOption,
    LabelOption,
    LandUseOption,
    LanguageOption,
    LettersOption,
    LicenceOption,
    MadeOption,
    NearOption,
    OutOption,
    PopulationOption,
    PrecisionOption,
    QuietOption,
    RepairOption,
    Reports,
    RoadsOption,
    SheetOption,
    SurveysOption,
    SweepOption,
    TeamsOption,
    UnitOption,
    check_crew,
    check_pairs,
    read_options,
)
from uxomap.cli._print import print_account, print_catalogue, print_munition
from uxomap.cli._progress import show_progress
from uxomap.cli._run import Step, prepare_writing, run_steps
from uxomap.errors import InputError

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
    out: OutOption,
    column: ColumnOption = None,
    crs: CrsOption = None,
    sheet: SheetOption = None,
    dates: DatesOption = None,
    country: CountryOption = None,
    repair: RepairOption = None,
    zone_letters: LettersOption = None,
    precision: PrecisionOption = None,
    containment: ContainmentOption = 0.95,
    fadeout: FadeoutOption = 50.0,
    max_precision: CoarsestOption = 5000.0,
    cell: CellOption = None,
    population: PopulationOption = None,
    population_unit: UnitOption = None,
    facilities: FacilitiesOption = None,
    roads: RoadsOption = None,
    land_use: LandUseOption = None,
    admin: AdminOption = None,
    near: NearOption = 1000.0,
    criteria: CriteriaOption = None,
    surveys: SurveysOption = None,
    finds: FindsOption = None,
    teams: TeamsOption = None,
    hours: HoursOption = None,
    sweep_rate: SweepOption = 5000.0,
    detection: DetectionOption = 0.9,
    language: LanguageOption = "en",
    sensitivity: LabelOption = wording.SENSITIVITY,
    licence: LicenceOption = None,
    made_on: MadeOption = None,
    quiet: QuietOption = False,
) -> None:
    """
    Run the whole flow and write layers, tables, maps and an order for survey.

    Leaves in FOLDER: intake.csv (a line for every input row), strikes.geojson, hazard_areas.geojson, zones.geojson,
    unlocated.csv, priorities.csv and priorities.geojson (which zones to survey first, and how sure that is), map.html
    (opens in any browser, offline), map.pdf (a sheet to print), assessment.qgz and assessment.gpkg (all layers, for
    QGIS and ArcGIS), criteria.csv, contamination.tif (expected items a cell, where one grid can hold the strikes) and
    summary.json. With surveys also zone_updates.geojson, with
    teams and hours tasks.geojson and survey_curve.csv, with admin areas zone_parts.csv.
    A later result in the same FOLDER replaces these files and takes away those it has none of; no other file is
    touched, and no input is written over.
    """
    from uxomap import assessment as composer  # noqa: PLC0415 - loads the geographic libraries, slow for --help

    given = (reports, population, facilities, roads, land_use, admin, criteria, *(surveys or ()), *(finds or ()))
    write = prepare_writing(out, given, language=language, sensitivity=sensitivity, licence=licence, made_on=made_on)
    check_crew(teams, hours)
    check_pairs(population, population_unit, surveys, finds)
    stated = read_options(column, crs, sheet, dates, country, repair, zone_letters, precision)
    begin = partial(composer.assess, reports, containment=containment, fadeout_m=fadeout, cell_m=cell, **stated)
    steps: list[Step] = []
    if surveys:
        steps.append(("using surveys", lambda made: made.update_contamination(surveys, finds=finds)))
    if any((population, facilities, roads, land_use, admin)):
        measure = partial(composer.Assessment.measure_exposure, facilities=facilities, roads=roads, land_use=land_use)
        people = partial(measure, population=population, population_unit=population_unit)
        steps.append(("measuring exposure", partial(people, admin=admin, near_m=near)))
    steps.append(("ranking zones", lambda made: made.rank_areas(criteria=criteria)))
    if teams is not None and hours is not None:
        plan = partial(composer.Assessment.plan_survey, teams=teams, hours=hours, detection=detection)
        steps.append(("planning the survey", partial(plan, sweep_rate_m2_per_h=sweep_rate)))
    run_steps(partial(begin, max_precision_m=max_precision), composer.STEPS, steps, out, write=write, quiet=quiet)


@app.command()
def check(
    reports: Reports,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="FOLDER", parser=take_path, help="Also write the account, intake.csv, there."
        ),
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
    from uxomap.assessment import check_reports, refuse_inputs  # noqa: PLC0415 - loads the geographic libraries, slow for --help
    from uxomap.export import write_csv  # noqa: PLC0415 - likewise
    from uxomap.reports import Stated, read_source  # noqa: PLC0415 - likewise

    if out is not None:
        check_folder(out)
        refuse_inputs(out, [reports], ["intake.csv"])
    with show_progress(2, quiet=quiet) as tell:
        tell("reading reports")
        stated = Stated(**read_options(column, crs, sheet, dates, country, repair, zone_letters, precision))
        found, understood = read_source(reports, stated)
        tell("finding strikes")
        strikes, intake = check_reports(found)
        if out is not None:
            with stage_folder(out) as staging:
                write_csv(intake, staging / "intake.csv")
    if not quiet:
        print_account(reports, understood, strikes, intake)
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
            "--out",
            "-o",
            metavar="FOLDER",
            parser=take_path,
            help="Write the whole catalogue there: munitions.csv and estimates.csv.",
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
        print_catalogue(catalogue.load_munitions())
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
        print_munition(munition_id, catalogue.find_munition(munition_id), catalogue)


@app.command()
def demo(
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FOLDER", parser=take_path, help="Where to write the results.")
    ] = Path("uxomap-demo"),
    quiet: QuietOption = False,
) -> None:
    """Run the whole flow on the bundled sample of 124 documented strikes."""
    from uxomap.samples import sample_data  # noqa: PLC0415 - only needed here

    assess(sample_data(), out, quiet=quiet)
