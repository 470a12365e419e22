"""A plate as SVG: text as outlines, so that it looks the same wherever it is opened."""

from xml.sax.saxutils import escape

from addressing.plate.drawing import Area, Drawing, Modules, Shape
from addressing.plate.typeface import Typeface


def write_svg(drawing: Drawing, face: Typeface) -> str:
    """The drawing as an SVG document in millimetres."""
    width, height = _number(drawing.width_mm), _number(drawing.height_mm)
    title = escape(drawing.title)
    shapes = "".join(_shape(shape, face) for shape in drawing.shapes)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}mm" height="{height}mm" '
        f'viewBox="0 0 {width} {height}" role="img" aria-label="{_attribute(drawing.title)}">'
        f"<title>{title}</title>{shapes}</svg>\n"
    )


def _shape(shape: Shape, face: Typeface) -> str:
    if isinstance(shape, Area):
        box = (shape.x, shape.y, shape.width, shape.height, shape.radius)
        x, y, width, height, radius = (_number(value) for value in box)
        return (
            f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="{radius}" '
            f'fill="{shape.colour}"/>'
        )
    if isinstance(shape, Modules):
        runs = (tuple(_number(value) for value in run) for run in shape.runs())
        path = "".join(f"M{x} {y}h{width}v{height}h-{width}z" for x, y, width, height in runs)
        return f'<path fill="{shape.colour}" shape-rendering="crispEdges" d="{path}"/>'
    path = face.outline(shape.text, shape.x, shape.baseline, shape.size)
    return f'<path fill="{shape.colour}" d="{path}"/>'


def _number(value: float) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".")


def _attribute(text: str) -> str:
    return escape(text, {'"': "&quot;"})
