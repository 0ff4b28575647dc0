"""The command ``uxomap``: the whole flow, the intake account, the munition catalogue and a demonstration."""

import sys

from uxomap.cli._commands import app
from uxomap.errors import UxomapError

__all__ = ["app", "run"]


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
    if "population_unit=" in message:
        return f"{message} Here, write it as --population-unit people_per_cell."
    named = "columns={" in message and "rename(" not in message
    return f"{message} Here, write it as --column ROLE=NAME." if named else message


def _fail(message: str, *, code: int) -> None:
    """Print one line on stderr and leave."""
    sys.stderr.write(f"uxomap: {' '.join(message.split())}\n")
    raise SystemExit(code)
