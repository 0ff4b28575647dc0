"""Run an assessment step by step, write it and say what came of it."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from uxomap import wording
from uxomap.cli._progress import show_progress

if TYPE_CHECKING:
    from uxomap.assessment import Assessment

#: What is shown while a step runs, and the step.
Step = tuple[str, Callable[["Assessment"], "Assessment"]]


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
