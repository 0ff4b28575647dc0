"""The samples that come with uxomap."""

from pathlib import Path

from uxomap.errors import InputError

_HERE = Path(__file__).resolve().parent


def sample_data(name: str = "documented_strikes.csv") -> Path:
    """
    Path of a bundled sample.

    Parameters
    ----------
    name : str
        ``"documented_strikes.csv"``: 124 publicly documented strikes in 22 countries and territories, 1964-2023, as
        the reports word them. What they are, their sources and their limits stand in ``README.md`` beside them.
        ``"messy"``: a folder of seven small files in the shapes in which reports arrive; all in them is invented.
        ``"exercise"``: a folder with an invented island: reports, population, facilities, roads, fields, districts,
        two rounds of survey and the hidden truth to score against; what each file holds stands in its ``README.md``.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    InputError
        There is no such sample; the message lists those there are.

    Examples
    --------
    >>> sample_data().name
    'documented_strikes.csv'
    >>> (sample_data("exercise") / "reported_strikes.csv").exists()
    True
    >>> sample_data("villages.csv")
    Traceback (most recent call last):
    ...
    uxomap.errors.InputError: Unknown sample 'villages.csv'. Must be one of: documented_strikes.csv, exercise, messy.
    """
    # Installed, the samples lie inside the package; in a clone, beside it.
    folder = _HERE / "sample_data"
    if not folder.is_dir():
        folder = _HERE.parent / "sample_data"
    names = sorted(path.name for path in folder.iterdir() if path.suffix == ".csv" or (path / "README.md").is_file())
    if name not in names:
        message = f"Unknown sample {name!r}. Must be one of: {', '.join(names)}."
        raise InputError(message)
    return folder / name
