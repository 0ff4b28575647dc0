"""Places for labels on a map: none covers another."""

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, field

#: Distances at which a place is looked for, times the nearest.
_GAPS = (1.0, 1.6, 2.4, 3.4, 5.0)

#: Side of a cell of the paper, so that only what lies near is compared.
_CELL = 6.0

Box = tuple[float, float, float, float]


@dataclass(slots=True, eq=False)
class LabelPlan:
    """
    Keeps track of the paper that labels take.

    Attributes
    ----------
    width, height : float
        Size of the frame; labels stay inside, a little off its edge.
    taken : dict of list of tuple
        Left, bottom, right and top of what is already there, by cell of the paper.
    """

    width: float
    height: float
    taken: dict[tuple[int, int], list[Box]] = field(default_factory=dict)
    edge: float = 0.8

    def find_place(
        self, x: float, y: float, size: tuple[float, float], *, gap: float, over: bool = False
    ) -> Box | None:
        """
        Find a place for a label beside a point, and keep it.

        Parameters
        ----------
        x, y : float
            Point, in the units of the frame.
        size : tuple of float
            Width and height of the label.
        gap : float
            Distance between point and label.
        over : bool
            Whether the label may stand on the point itself; this is tried first.

        Returns
        -------
        tuple of float or None
            Left, bottom, right, top; None where every place is taken.

        Examples
        --------
        >>> plan = LabelPlan(100, 100)
        >>> [plan.find_place(50, 50, (20, 4), gap=1) for _ in range(2)]
        [(51, 48.0, 71, 52.0), (29, 48.0, 49, 52.0)]
        """
        width, height = size
        middle_x, middle_y = x - width / 2, y - height / 2
        corners = [
            (x + gap, middle_y),
            (x - gap - width, middle_y),
            (middle_x, y + gap),
            (middle_x, y - gap - height),
            (x + gap * 0.7, y + gap * 0.7),
            (x + gap * 0.7, y - gap * 0.7 - height),
            (x - gap * 0.7 - width, y + gap * 0.7),
            (x - gap * 0.7 - width, y - gap * 0.7 - height),
        ]
        if over:
            corners.insert(0, (middle_x, middle_y))
        for left, bottom in corners:
            box = left, bottom, left + width, bottom + height
            if self._fits(box):
                self.keep(box)
                return box
        return None

    def find_near(
        self, x: float, y: float, size: tuple[float, float], *, gap: float, over: bool = False, farthest: float = 5.0
    ) -> Box | None:
        """
        Find a place for a label as near to a point as there is one, *farthest* times the gap at most.

        Examples
        --------
        >>> plan = LabelPlan(100, 100)
        >>> plan.take(50, 50, 4)
        >>> plan.find_near(50, 50, (20, 4), gap=1)
        (55.0, 48.0, 75.0, 52.0)
        """
        tries = (self.find_place(x, y, size, gap=gap * times, over=over) for times in _GAPS if times <= farthest)
        return next((box for box in tries if box is not None), None)

    def keep(self, box: Box) -> None:
        """Keep labels off a box."""
        for cell in _cells(box):
            self.taken.setdefault(cell, []).append(box)

    def take(self, x: float, y: float, half: float) -> None:
        """Keep the paper around a symbol."""
        self.keep((x - half, y - half, x + half, y + half))

    def _fits(self, box: Box) -> bool:
        """Tell whether a label lies in the frame and on nothing else."""
        left, bottom, right, top = box
        if left < self.edge or bottom < self.edge or right > self.width - self.edge or top > self.height - self.edge:
            return False
        return not any(
            left < other[2] and right > other[0] and bottom < other[3] and top > other[1]
            for cell in _cells(box)
            for other in self.taken.get(cell, ())
        )


def _cells(box: Box) -> Iterator[tuple[int, int]]:
    """Cells that a box touches."""
    left, bottom, right, top = (math.floor(side / _CELL) for side in box)
    return itertools.product(range(left, right + 1), range(bottom, top + 1))
