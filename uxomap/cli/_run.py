"""Run an assessment step by step, write it and say what came of it."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from uxomap import wording
from uxomap._files import check_folder
from uxomap.cli._options import read_day
from uxomap.cli._progress import show_progress
from uxomap.languages import load_language

if TYPE_CHECKING:
    from uxomap.assessment import Assessment

#: What is shown while a step runs, and the step.
Step = tuple[str, Callable[["Assessment"], "Assessment"]]


def prepare_writing(
    out: Path,
    inputs: Iterable[Path | None],
    *,
    language: str,
    sensitivity: str,
    licence: str | None,
    made_on: str | None,
) -> "Callable[[Assessment], list[Path]]":
    """Refuse whatever would stop the writing before any work is done, and tell how to write the result."""
    from uxomap import assessment as composer  # noqa: PLC0415 - loads the geographic libraries, slow for --help
    from uxomap._validation import check_sensitivity  # noqa: PLC0415 - likewise
    from uxomap.export import refuse_public_folder  # noqa: PLC0415 - likewise

    check_folder(out)
    refuse_public_folder(out)
    composer.refuse_inputs(out, [path for path in inputs if path is not None])
    load_language(language)
    check_sensitivity(sensitivity)
    day = read_day(made_on)
    composer.check_stated(licence, day)
    write = partial(composer.Assessment.write, folder=out, language=language, sensitivity=sensitivity)
    return partial(write, licence=licence, made_on=day)


def run_steps(
    begin: "Callable[..., Assessment]",
    named: Sequence[str],
    steps: Sequence[Step],
    out: Path,
    *,
    write: "Callable[[Assessment], list[Path]]",
    quiet: bool,
) -> None:
    """Assess, go through the steps that follow, write every file, and say in a few lines what is in them."""
    with show_progress(len(named) + len(steps) + 1, quiet=quiet) as tell:
        result = begin(progress=tell)
        for name, step in steps:
            tell(name)
            result = step(result)
        tell("writing files")
        written = write(result)
    if not quiet:
        for line in result.summary_lines():
            typer.echo(line)
        typer.echo(wording.NOTICE)
        typer.echo(f"Wrote {len(written)} files to {out}. Open the map: {out / 'map.html'}")
