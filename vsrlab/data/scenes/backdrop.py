"""Backgrounds of the generated pictures: sky and ground with clouds, blades of grass, waves, houses, floorboards, tiles."""
import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from vsrlab.data.scenes.world import GROUNDS


def backdrop(ground: str, look: float, size: tuple) -> Image.Image:
    """The empty background of a scene, RGB of `size` pixels; `look` (0 to 1) decides its details."""
    rng = np.random.default_rng(int(look * 2 ** 32))
    return _PAINTERS[ground](rng, size, int(GROUNDS[ground].horizon * size[1]))


def _gradient(size, top, bottom):
    width, height = size
    t = np.linspace(0, 1, height)[:, None, None]
    return np.broadcast_to((1 - t) * np.array(top, float) + t * np.array(bottom, float), (height, width, 3)).copy()


def _cloudy(rng, size, cells, strength):
    """Smooth noise of about `cells` bumps across, (H, W, 1)."""
    width, height = size
    coarse = rng.random((max(2, round(cells * height / width)), cells)) * 255
    smooth = Image.fromarray(coarse.astype(np.uint8)).resize((width, height), Image.Resampling.BICUBIC)
    return strength * (np.asarray(smooth, float)[..., None] / 127.5 - 1)


def _grainy(rng, size, strength):
    return strength * rng.standard_normal((size[1], size[0], 1))


def _land(rng, size, horizon, sky, ground, grain=5.0):
    """A sky above the horizon, a ground below that is darker in front, both uneven."""
    width, height = size
    above = _gradient((width, horizon), *sky)
    below = _gradient((width, height - horizon), *ground)
    below += _cloudy(rng, (width, height - horizon), 14, 9) + _grainy(rng, (width, height - horizon), grain)
    return Image.fromarray(np.concatenate([above, below]).clip(0, 255).astype(np.uint8))


def _clouds(rng, image, horizon, number=4):
    veil = Image.new("L", image.size, 0)
    draw = ImageDraw.Draw(veil)
    width = image.size[0]
    for _ in range(number):
        x, y, r = rng.uniform(0, width), rng.uniform(0.08, 0.55) * horizon, rng.uniform(0.025, 0.05) * width
        for k in range(5):
            puff = (0.5 if k in (1, 2, 3) else 0.1) * rng.uniform(0.6, 1)
            cx, cy, cr = x + (k - 2) * r * 0.9, y - r * puff, r * rng.uniform(0.7, 1.1)
            draw.ellipse((cx - cr, cy - 0.7 * cr, cx + cr, cy + 0.7 * cr), fill=215)
    image.paste((255, 255, 255), mask=veil.filter(ImageFilter.GaussianBlur(width / 160)))


def _ridge(rng, image, base, height, colour, roughness=5, sharp=False):
    """A line of hills or mountains whose foot is at y = base."""
    width = image.size[0]
    x = np.linspace(0, width, 160)
    knots = rng.uniform(0.25, 1, roughness + 2)
    y = np.interp(x, np.linspace(0, width, roughness + 2), knots) if sharp else \
        0.6 + 0.25 * np.sin(x / width * rng.uniform(4, 9) + rng.uniform(0, 6)) + 0.15 * np.sin(x / width * rng.uniform(10, 16))
    outline = [(0, base), *zip(x, base - height * y), (width, base)]
    ImageDraw.Draw(image).polygon(outline, fill=colour)
    return list(zip(x, base - height * y))


def _blades(rng, image, horizon, colours, number=900, flowers=()):
    """Blades of grass, longer in front, and a few flowers."""
    draw = ImageDraw.Draw(image)
    width, height = image.size
    for depth in np.sort(rng.random(number)):
        x, y, tall = rng.uniform(0, width), horizon + depth * (height - horizon), (0.006 + 0.022 * depth) * height
        draw.line((x, y, x + rng.uniform(-0.5, 0.5) * tall, y - tall), fill=colours[rng.integers(len(colours))], width=2)
    for _ in range(36 if flowers else 0):
        depth = rng.random()
        x, y, r = rng.uniform(0, width), horizon + depth * (height - horizon), 1.5 + 3 * depth
        draw.ellipse((x - r, y - r, x + r, y + r), fill=flowers[rng.integers(len(flowers))])


def _meadow(rng, size, horizon):
    image = _land(rng, size, horizon, ((120, 182, 236), (214, 234, 248)), ((150, 196, 104), (88, 148, 62)))
    _clouds(rng, image, horizon)
    _ridge(rng, image, horizon + 6, 0.16 * size[1], (128, 176, 124))
    _ridge(rng, image, horizon + 6, 0.09 * size[1], (140, 190, 108))
    _blades(rng, image, horizon + 8, ((76, 132, 54), (112, 172, 76), (140, 190, 92)), flowers=((250, 250, 240), (248, 216, 84)))
    return image


def _park(rng, size, horizon):
    image = _land(rng, size, horizon, ((150, 204, 240), (226, 240, 246)), ((132, 190, 104), (98, 164, 76)), 4)
    _clouds(rng, image, horizon, 3)
    draw, (width, height) = ImageDraw.Draw(image), size
    for layer, colour in enumerate(((92, 146, 88), (70, 124, 70))):
        for x in np.arange(-0.03, 1.05, 0.055):
            r = rng.uniform(0.045, 0.075) * width
            cx, cy = x * width + rng.uniform(-9, 9), horizon - r * (0.55 - 0.45 * layer)
            draw.ellipse((cx - r, cy - r, cx + r, cy + r), fill=tuple(int(v * rng.uniform(0.94, 1.06)) for v in colour))
    draw.rectangle((0, horizon + 4, width, horizon + 60), fill=(134, 190, 104))
    bend = rng.uniform(-0.15, 0.15) * width
    path = [(0.5 * width + bend * t + s * width * (0.02 + 0.16 * t ** 1.6), horizon + 8 + t * (height - horizon))
            for s, ts in ((-1, np.linspace(0, 1, 20)), (1, np.linspace(1, 0, 20))) for t in ts]
    draw.polygon(path, fill=(222, 204, 166))
    _blades(rng, image, horizon + 12, ((86, 148, 66), (120, 184, 88)), 500)
    return image


def _street(rng, size, horizon):
    width, height = size
    image = _land(rng, size, horizon, ((176, 206, 232), (228, 232, 236)), ((168, 166, 164), (124, 124, 128)), 4)
    draw, x = ImageDraw.Draw(image), -0.03 * width
    walls = ((206, 168, 138), (188, 148, 132), (214, 196, 160), (168, 178, 186), (196, 180, 188))
    while x < width:
        wide, top = rng.uniform(0.12, 0.2) * width, horizon - rng.uniform(0.26, 0.48) * height
        colour = walls[rng.integers(len(walls))]
        draw.rectangle((x, top, x + wide, horizon), fill=colour, outline=tuple(v - 40 for v in colour), width=2)
        draw.rectangle((x - 3, top - 8, x + wide + 3, top), fill=tuple(v - 50 for v in colour))
        for wx in np.arange(x + 0.024 * width, x + wide - 0.03 * width, 0.05 * width):
            for wy in np.arange(top + 0.03 * height, horizon - 0.07 * height, 0.095 * height):
                lit = (250, 228, 160) if rng.random() < 0.2 else (120, 146, 172)
                draw.rectangle((wx, wy, wx + 0.024 * width, wy + 0.055 * height), fill=lit, outline=(240, 238, 230), width=2)
        x += wide
    kerb = horizon + int(0.11 * height)
    draw.rectangle((0, horizon, width, kerb), fill=(202, 198, 190))
    for px in np.arange(-width, 2 * width, 0.07 * width):
        draw.line((width / 2 + (px - width / 2) * 0.8, horizon, px, kerb), fill=(182, 178, 170), width=2)
    draw.rectangle((0, kerb, width, kerb + 6), fill=(150, 148, 144))
    for px in np.arange(rng.uniform(-0.1, 0), 1, 0.2):
        y = horizon + int(0.28 * height)
        draw.polygon([(px * width, y), ((px + 0.1) * width, y), ((px + 0.1) * width + 8, y + 10), (px * width + 8, y + 10)],
                     fill=(244, 242, 230))
    return image


def _beach(rng, size, horizon):
    width, height = size
    image = _land(rng, size, horizon, ((112, 186, 238), (226, 242, 250)), ((240, 220, 172), (222, 192, 136)), 7)
    _clouds(rng, image, horizon, 3)
    sea = int(0.37 * height)
    water = _gradient((width, horizon - sea), (54, 132, 184), (112, 196, 210)) + _cloudy(rng, (width, horizon - sea), 22, 8)
    image.paste(Image.fromarray(water.clip(0, 255).astype(np.uint8)), (0, sea))
    draw = ImageDraw.Draw(image)
    for _ in range(46):
        x, y = rng.uniform(0, width), rng.uniform(sea + 6, horizon - 8)
        draw.arc((x, y, x + rng.uniform(18, 50), y + 6), 190, 350, fill=(206, 234, 240), width=2)
    foam = [(x, horizon + 9 * np.sin(x / width * 16 + rng.uniform(0, 0.3)) - 2) for x in range(0, width + 20, 16)]
    draw.line(foam, fill=(250, 252, 252), width=9, joint="curve")
    draw.line([(x, y + 10) for x, y in foam], fill=(222, 200, 152), width=7, joint="curve")
    for _ in range(26):
        x, y, r = rng.uniform(0, width), rng.uniform(horizon + 30, height), rng.uniform(2, 5)
        draw.ellipse((x, y, x + 2 * r, y + r), fill=(250, 240, 220) if rng.random() < 0.5 else (196, 164, 120))
    return image


def _snow(rng, size, horizon):
    width, height = size
    image = _land(rng, size, horizon, ((164, 190, 222), (232, 238, 246)), ((238, 244, 252), (214, 226, 242)), 3)
    peaks = _ridge(rng, image, horizon + 4, 0.3 * height, (150, 166, 196), 7, sharp=True)
    _ridge(rng, image, horizon + 4, 0.14 * height, (200, 212, 230))
    draw = ImageDraw.Draw(image)
    for k in range(0, len(peaks) - 1):                   # snow lies where the mountain is high
        (x, y), (x2, y2) = peaks[k], peaks[k + 1]
        depth = max(0.0, (horizon - 0.17 * height) - y) * 0.5
        if depth:
            draw.polygon([(x, y), (x2, y2), (x2, y2 + depth), (x, y + depth + 4 * (k % 2))], fill=(246, 249, 253))
    for x in np.arange(0.02, 1, 0.075):                  # firs
        if rng.random() < 0.55:
            tall, cx, y = rng.uniform(0.07, 0.13) * height, x * width, horizon + rng.uniform(0, 8)
            for step in range(3):
                top, half = y - tall * (1 - 0.25 * step), tall * (0.16 + 0.08 * step)
                draw.polygon([(cx, top), (cx - half, top + tall * 0.45), (cx + half, top + tall * 0.45)], fill=(62, 104, 92))
                cap = top + tall * 0.13
                draw.polygon([(cx, top), (cx - half / 3, cap), (cx + half / 3, cap)], fill=(244, 248, 252))
    for _ in range(170):
        x, y, r = rng.uniform(0, width), rng.uniform(0, height), rng.uniform(1.5, 4)
        draw.ellipse((x - r, y - r, x + r, y + r), fill=(255, 255, 255))
    return image


def _room(rng, size, horizon):
    width, height = size
    paper = ((236, 222, 192), (206, 220, 206), (222, 206, 214), (204, 214, 228))[rng.integers(4)]
    image = _land(rng, size, horizon, (paper, tuple(v - 12 for v in paper)), ((190, 142, 96), (160, 112, 70)), 3)
    draw = ImageDraw.Draw(image)
    for x in np.arange(0, width, 48):
        draw.rectangle((x, 0, x + 20, horizon), fill=tuple(v - 9 for v in paper))
    for px in np.arange(-width, 2 * width, 0.11 * width):                    # floorboards run to the back
        draw.line((width / 2 + (px - width / 2) * 0.55, horizon, px, height), fill=(142, 98, 60), width=3)
    draw.rectangle((0, horizon - 16, width, horizon), fill=(246, 242, 232), outline=(206, 200, 188))
    x, y, w, h = rng.uniform(0.1, 0.6) * width, 0.07 * height, 0.25 * width, 0.35 * height
    draw.rectangle((x - 10, y - 10, x + w + 10, y + h + 10), fill=(250, 248, 242), outline=(200, 192, 176), width=2)
    outside = _land(rng, (int(w), int(h)), int(0.7 * h), ((140, 196, 238), (222, 238, 248)), ((140, 190, 110), (110, 170, 90)), 2)
    image.paste(outside, (int(x), int(y)))
    draw.line((x + w / 2, y, x + w / 2, y + h), fill=(250, 248, 242), width=8)
    draw.line((x, y + h / 2, x + w, y + h / 2), fill=(250, 248, 242), width=8)
    cloth = ((196, 92, 84), (88, 124, 160), (206, 168, 92))[rng.integers(3)]
    for side in (x - 46, x + w - 4):
        draw.rectangle((side, y - 16, side + 50, y + h + 30), fill=cloth)
        for fold in (12, 26, 40):
            draw.line((side + fold, y - 16, side + fold, y + h + 30), fill=tuple(v - 26 for v in cloth), width=4)
    cx, cy = width / 2, horizon + 0.62 * (height - horizon)
    rug = ((170, 86, 80), (84, 112, 140), (120, 140, 100))[rng.integers(3)]
    for r, colour in ((1, rug), (0.86, (236, 222, 190)), (0.8, rug)):
        draw.ellipse((cx - 0.36 * width * r, cy - 0.13 * height * r, cx + 0.36 * width * r, cy + 0.13 * height * r), fill=colour)
    return image


def _kitchen(rng, size, horizon):
    width, height = size
    tile = ((222, 232, 234), (232, 224, 208), (214, 228, 216))[rng.integers(3)]
    grout = tuple(v - 30 for v in tile)
    image = _land(rng, size, horizon, (grout, grout), ((196, 150, 104), (158, 114, 74)), 3)
    draw, side = ImageDraw.Draw(image), width // 9
    for y in range(horizon % side - side, horizon, side):
        for x in range(0, width, side):
            shade = rng.integers(-9, 6)
            glaze = (150, 186, 204) if rng.random() < 0.1 else tuple(int(v + shade) for v in tile)
            draw.rectangle((x + 2, y + 2, x + side - 2, y + side - 2), fill=glaze)
    draw.rectangle((0, 0, width, int(0.09 * height)), fill=(168, 122, 84))
    draw.rectangle((0, int(0.09 * height), width, int(0.105 * height)), fill=(120, 84, 56))
    for _ in range(26):                                  # grain of the wood
        y, x, long = rng.uniform(horizon + 8, height), rng.uniform(-0.2, 0.9) * width, rng.uniform(0.15, 0.5) * width
        draw.line((x, y, x + long, y + rng.uniform(-3, 3)), fill=(150, 106, 68), width=2)
    draw.rectangle((0, horizon - 3, width, horizon + 5), fill=(216, 176, 130))
    return image


def _savanna(rng, size, horizon):
    image = _land(rng, size, horizon, ((250, 196, 120), (252, 234, 190)), ((222, 186, 112), (190, 142, 76)), 6)
    draw, (width, height) = ImageDraw.Draw(image), size
    x, y, r = rng.uniform(0.15, 0.85) * width, 0.6 * horizon, 0.07 * width
    draw.ellipse((x - r, y - r, x + r, y + r), fill=(255, 246, 214))
    _ridge(rng, image, horizon + 4, 0.12 * height, (196, 160, 124))
    for at in rng.uniform(0.02, 0.98, 4):                # acacias far away
        cx, tall = at * width, rng.uniform(0.07, 0.12) * height
        draw.line((cx, horizon + 6, cx + 4, horizon - tall), fill=(104, 78, 52), width=5)
        draw.ellipse((cx - tall, horizon - 1.35 * tall, cx + tall + 8, horizon - 0.8 * tall), fill=(116, 132, 74))
    _blades(rng, image, horizon + 8, ((170, 130, 62), (214, 180, 100), (150, 140, 70)), 800)
    return image


_PAINTERS = {"meadow": _meadow, "park": _park, "street": _street, "beach": _beach, "snow": _snow, "room": _room,
             "kitchen": _kitchen, "savanna": _savanna}
