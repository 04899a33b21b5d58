"""Pictures of generated scenes: sketches filled with colour, pattern and light before a backdrop, drawn twice as large, reduced."""
import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from vsrlab.data.scenes.backdrop import backdrop
from vsrlab.data.scenes.geometry import boxes, depth_order
from vsrlab.data.scenes.shapes import shapes
from vsrlab.data.scenes.world import COLOURS, Scene, Thing

PAINTS = {"black": (38, 36, 40), "white": (248, 247, 243), "pink": (238, 160, 170), "red": (204, 58, 54), "gold": (240, 184, 60),
          "cream": (246, 234, 204), "leaf": (84, 148, 72), "denim": (66, 86, 140), "rubber": (52, 52, 58), "metal": (172, 178, 186),
          "glass": (188, 220, 236), "wood": (138, 94, 58), "grey": (150, 150, 152), "brick": (164, 84, 66)}
_SKINS = ((240, 202, 170), (228, 182, 144), (206, 152, 112), (158, 108, 76), (112, 76, 54))
_HAIRS = ((60, 42, 34), (40, 34, 36), (124, 82, 48), (214, 172, 98), (150, 70, 40))
_FINER = 2                           # drawn that many times larger, then reduced: smooth edges


def draw(scene: Scene, size: tuple = (480, 360)) -> Image.Image:
    """The picture of a scene, RGB, `size` = (width, height) in pixels; the same scene gives the same picture."""
    large = tuple(_FINER * n for n in size)
    image, frames = backdrop(scene.ground, scene.look, large), boxes(scene)
    for k in depth_order(scene):
        thing = scene.things[k]
        for n, frame in enumerate(frames[k]):
            box = [round(f * large[axis % 2]) for axis, f in enumerate(frame)]
            if thing.link not in ("on", "ride") and not thing.is_a("flies"):
                _shadow(image, box)
            _paint(image, thing, (thing.look + 0.31 * n) % 1, box)
    return image.resize(size, Image.Resampling.LANCZOS)


def _shadow(image, box):
    """A soft dark ellipse at the foot."""
    x1, _, x2, foot = box
    wide, flat = x2 - x1, max(6, (x2 - x1) // 9)
    veil = Image.new("L", (wide + 4 * flat, 6 * flat), 0)
    ImageDraw.Draw(veil).ellipse((2 * flat, 2 * flat, 2 * flat + wide, 4 * flat), fill=105)
    image.paste((30, 34, 44), (x1 - 2 * flat, foot - 3 * flat - flat // 4), veil.filter(ImageFilter.GaussianBlur(flat / 2)))


def _paint(image, thing: Thing, look: float, box):
    """One object into its box."""
    x1, y1, x2, y2 = box
    wide, tall = max(2, x2 - x1), max(2, y2 - y1)
    size, scale = (wide + 5, tall + 5), np.array((wide, tall))
    canvas, solid = Image.new("RGB", size), Image.new("L", size, 0)
    pen, edge = ImageDraw.Draw(canvas), max(1, round(0.007 * (wide + tall)))
    paints = {**PAINTS, **_tones(COLOURS[thing.colour]), "skin": _SKINS[int(look * 5)], "hair": _HAIRS[int(look * 17) % 5]}
    weave = _pattern(thing.texture, size, look)
    for shape in shapes(thing.kind):
        points = shape.points if not thing.flip else np.stack([1 - shape.points[:, 0], shape.points[:, 1]], 1)
        outline = [tuple(p) for p in points * scale + 2]
        own = shape.role in ("main", "dark", "light")
        mask = Image.new("L", size, 0)
        ImageDraw.Draw(mask).polygon(outline, fill=255)
        canvas.paste(paints[shape.role], mask=mask)
        if own and weave is not None:
            canvas.paste(_contrast(paints[shape.role], thing.texture), mask=Image.fromarray(np.minimum(weave, np.asarray(mask))))
        pen.line([*outline, outline[0]], fill=tuple(int(0.62 * v) for v in paints[shape.role]), width=edge, joint="curve")
        solid.paste(255, mask=mask)
    image.paste(_lit(canvas), (x1 - 2, y1 - 2), solid)


def _tones(colour) -> dict:
    """A colour with its darker and lighter tone."""
    return {"main": colour, "dark": tuple(int(0.76 * v) for v in colour), "light": tuple(int(v + 0.34 * (255 - v)) for v in colour)}


def _contrast(colour, texture):
    """The second colour of a pattern: dark on bright, bright on dark; what shines is white."""
    aim, share = ((255, 255, 255), 0.6)
    if texture != "shiny" and sum(colour) > 430:
        aim, share = ((60, 50, 56), 0.62)
    return tuple(int(v + share * (a - v)) for v, a in zip(colour, aim))


def _pattern(texture, size, look):
    """Where the second colour is, (H, W) uint8, None for a plain object."""
    wide, tall = size
    y, x = np.mgrid[0:tall, 0:wide] + 64.0 * look
    step = max(6.0, (wide * tall) ** 0.5 / 9)
    if texture == "striped":
        on = ((x + 0.25 * y) / step) % 1 < 0.45
    elif texture == "spotted":
        row = np.floor(y / step)
        on = ((x / step + 0.5 * (row % 2)) % 1 - 0.5) ** 2 + ((y / step) % 1 - 0.5) ** 2 < 0.085
    elif texture == "checked":
        on = (np.floor(x / step) + np.floor(y / step)) % 2 == 0
    elif texture == "shiny":
        slope = (x - x[0, 0]) / wide + 0.6 * (y - y[0, 0]) / tall
        on = ((slope > 0.42) & (slope < 0.52)) | ((slope > 0.56) & (slope < 0.59)) | ((slope > 1.12) & (slope < 1.17))
    else:
        return None
    return (on * 255).astype(np.uint8)


def _lit(canvas):
    """Light from the upper left."""
    wide, tall = canvas.size
    y, x = np.linspace(0, 1, tall)[:, None], np.linspace(0, 1, wide)[None]
    light = 1.10 - 0.22 * y ** 1.5 - 0.10 * x + 0.16 * np.exp(-((x - 0.32) ** 2 + (y - 0.25) ** 2) / 0.06)
    return Image.fromarray((np.asarray(canvas, float) * light[..., None]).clip(0, 255).astype(np.uint8))
