"""What a user chooses for a print sheet, checked before anything is drawn."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypedDict

import geopandas as gpd

from uxomap._validation import check_choice, check_layer, check_lonlat, check_sensitivity, take_layers
from uxomap.errors import InputError
from uxomap.languages import Language, load_language
from uxomap.maps.view import Window
from uxomap.wording import SENSITIVITY

#: Layers that a sheet draws or lists.
SHEET_LAYERS = ("zones", "priorities", "zone_updates", "hazard_areas", "strikes", "unlocated")

#: Other parts of an assessment, which no sheet draws; the map of contamination knows the range of its total.
OTHER_LAYERS = ("reports", "surveys", "finds", "strike_updates", "exposure", "zone_parts", "tasks", "contamination")

#: Context that a user may give; its frames may have a column ``name``.
CONTEXT_LAYERS = ("admin", "roads", "water", "settlements")

#: Width and height of the paper in millimetres, and how much larger than on A4 everything is printed.
SIZES: Mapping[str, tuple[float, float, float]] = {"A4": (297.0, 210.0, 1.0), "A3": (420.0, 297.0, 1.25)}

#: Grids to choose from; ``auto`` is MGRS where the frame lies in one UTM zone and its squares are 10 km or less.
GRIDS = ("auto", "mgrs", "degrees")

_POLE, _TURN = 90.0, 360.0


class SheetOptions(TypedDict, total=False):
    """Choices of a print sheet; :func:`uxomap.maps.make_map_sheet` explains them."""

    title: str
    place: str
    date: str | dt.date
    sources: Sequence[str]
    size: str
    language: str | Language
    sensitivity: str
    bounds: tuple[float, float, float, float] | None
    context: Mapping[str, gpd.GeoDataFrame]
    grid: str


@dataclass(frozen=True, slots=True, eq=False)
class Choices:
    """The same, checked and complete."""

    language: Language
    title: str = ""
    place: str = ""
    date: str | dt.date = ""
    sources: tuple[str, ...] = ()
    size: str = "A4"
    sensitivity: str = SENSITIVITY
    window: Window | None = None
    context: Mapping[str, gpd.GeoDataFrame] = field(default_factory=dict)
    grid: str = "auto"


def check_sheet_layers(layers: Any) -> Mapping[str, Any]:
    """
    Take the layers that a sheet shows; refuse those that it does not know or that break their contract.

    Other layers of an assessment are left alone; a map of contamination comes along for the range of its total.

    Examples
    --------
    >>> import pandas as pd
    >>> check_sheet_layers({"roads": pd.DataFrame()})
    Traceback (most recent call last):
    ...
    uxomap.errors.InputError: Invalid layer 'roads'. Must be one of: ...
    """
    given = take_layers(layers, (*SHEET_LAYERS, *OTHER_LAYERS))
    for name in given:
        if name not in OTHER_LAYERS:
            check_choice(name, "layer", SHEET_LAYERS)
    taken = {name: frame for name, frame in given.items() if name in SHEET_LAYERS}
    for name, frame in taken.items():
        check_layer(frame, name)
    return taken | {name: given[name] for name in ("contamination",) if name in given}


def check_options(options: SheetOptions) -> Choices:
    """
    Check the choices of a sheet and fill in what was not chosen.

    Raises
    ------
    InputError
        A choice is unknown or has a value that it cannot have.
    CRSError
        A frame of the context is not in EPSG:4326.

    Examples
    --------
    >>> check_options({"size": "A3"}).size
    'A3'
    >>> check_options({"size": "A5"})
    Traceback (most recent call last):
    ...
    uxomap.errors.InputError: Invalid size 'A5'. Must be one of: A4, A3.
    """
    for name in options:
        check_choice(name, "option", list(SheetOptions.__annotations__))
    check_choice(options.get("size", "A4"), "size", list(SIZES))
    check_choice(options.get("grid", "auto"), "grid", GRIDS)
    language = options.get("language", "en")
    sources = options.get("sources", ())
    if isinstance(sources, str):
        message = f"Invalid sources {sources!r}. Must be a list of texts. Write [sources]."
        raise InputError(message)
    sensitivity = options.get("sensitivity", SENSITIVITY)
    check_sensitivity(sensitivity)
    return Choices(
        language=load_language(language) if isinstance(language, str) else language,
        title=options.get("title", ""),
        place=options.get("place", ""),
        date=options.get("date", ""),
        sources=tuple(sources),
        size=options.get("size", "A4"),
        sensitivity=sensitivity,
        window=_check_bounds(options.get("bounds")),
        context=_check_context(options.get("context", {})),
        grid=options.get("grid", "auto"),
    )


def _check_bounds(bounds: tuple[float, float, float, float] | None) -> Window | None:
    """Turn west, south, east, north into a window; west above east crosses the antimeridian."""
    if bounds is None:
        return None
    try:
        west, south, east, north = (float(value) for value in bounds)
    except (TypeError, ValueError) as error:
        message = f"Invalid bounds {bounds!r}. Must be four numbers in degrees: west, south, east, north."
        raise InputError(message) from error
    if west > east:
        west -= _TURN
    # a comparison with NaN is false, and so refused
    if not (-_POLE <= south < north <= _POLE and -_TURN <= west < east <= _TURN and east - west <= _TURN):
        message = (
            f"Invalid bounds {bounds!r}. Must be west, south, east, north in degrees, with south below north, "
            "as longitude, latitude, longitude, latitude."
        )
        raise InputError(message)
    return Window(west, south, east, north)


def _check_context(context: Mapping[str, gpd.GeoDataFrame]) -> Mapping[str, gpd.GeoDataFrame]:
    """Refuse context that a sheet does not know or that is not in longitude and latitude."""
    for name, frame in context.items():
        check_choice(name, "context", CONTEXT_LAYERS)
        if not isinstance(frame, gpd.GeoDataFrame):
            message = f"The context {name!r} is a {type(frame).__name__}. Must be a GeoDataFrame in EPSG:4326."
            raise InputError(message)
        check_lonlat(frame, name)
    return context
