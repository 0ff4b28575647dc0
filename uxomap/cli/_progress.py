"""What is shown while a command runs: steps and warnings, on stderr."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn


@contextmanager
def show_progress(steps: int, *, quiet: bool) -> Iterator[Callable[[str], None]]:
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
