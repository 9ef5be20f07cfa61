"""Draws the regions: from degrees to the paths of the map, in one view box."""

from collections.abc import Sequence
from itertools import pairwise
from math import asinh, atan2, atanh, cos, cosh, radians, sin, sinh, sqrt
from typing import Any

WIDTH, HEIGHT = 600, 1100
EAST, NORTH = 70_000, 7_825_000  # metres of ETRS-TM35FIN at the upper left corner of the view box
METRES_A_TENTH = 113  # points lie on tenths of a unit, so that steps between them are exact
SMALLEST = 200  # an island with a smaller area (in square tenths) is not drawn

Point = tuple[int, int]


def tm35fin(longitude: float, latitude: float) -> tuple[float, float]:
    """Return east and north in metres of ETRS-TM35FIN (JHS 197: transverse Mercator, 27° E, scale 0.9996)."""
    n = 1 / 298.257222101 / (2 - 1 / 298.257222101)
    radius = 6_378_137 / (1 + n) * (1 + n**2 / 4 + n**4 / 64)
    alphas = (n / 2 - 2 * n**2 / 3 + 5 * n**3 / 16, 13 * n**2 / 48 - 3 * n**3 / 5, 61 * n**3 / 240)
    phi, turn = radians(latitude), radians(longitude - 27)
    e = 2 * sqrt(n) / (1 + n)
    tangent = sinh(atanh(sin(phi)) - e * atanh(e * sin(phi)))
    xi = atan2(tangent, cos(turn))
    eta = asinh(sin(turn) / sqrt(tangent**2 + cos(turn) ** 2))
    east = eta + sum(a * cos(2 * k * xi) * sinh(2 * k * eta) for k, a in enumerate(alphas, 1))
    north = xi + sum(a * sin(2 * k * xi) * cosh(2 * k * eta) for k, a in enumerate(alphas, 1))
    return 500_000 + 0.9996 * radius * east, 0.9996 * radius * north


def placed(longitude: float, latitude: float) -> Point:
    """Return the place of a point in the view box, in tenths of a unit."""
    east, north = tm35fin(longitude, latitude)
    return round((east - EAST) / METRES_A_TENTH), round((NORTH - north) / METRES_A_TENTH)


def area(ring: Sequence[Point]) -> float:
    """Return the area that a closed ring of points encloses."""
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, [*ring[1:], ring[0]], strict=True))) / 2


def outline(geometry: dict[str, Any]) -> str:
    """Return the path data of a GeoJSON polygon or multipolygon in degrees; its largest ring is always drawn."""
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    rings = [without_repeats([placed(*point) for point in ring]) for polygon in polygons for ring in polygon]
    rings.sort(key=area, reverse=True)
    drawn = [rings[0], *(ring for ring in rings[1:] if area(ring) >= SMALLEST)]
    return "".join(path(ring) for ring in drawn)


def without_repeats(ring: Sequence[Point]) -> list[Point]:
    """Return the ring without points that fall on the one before, nor the last that closes it."""
    kept = [point for before, point in zip([None, *ring], ring, strict=False) if point != before]
    return kept[:-1] if len(kept) > 1 and kept[0] == kept[-1] else kept


def path(ring: Sequence[Point]) -> str:
    """Return the path data of a closed ring: the first point, then steps from each to the next."""
    steps = [(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(ring)]
    words = [number for step in steps for number in map(tenths, step)]
    joined = "".join(word if word.startswith("-") else f" {word}" for word in words)
    return f"M{tenths(ring[0][0])} {tenths(ring[0][1])}l{joined.strip()}z"


def tenths(number: int) -> str:
    """Return a number of tenths as path data writes it: 12 is 1.2, 5 is .5, 30 is 3."""
    return f"{number / 10:g}".replace("0.", ".", 1) if abs(number) < 10 else f"{number / 10:g}"
