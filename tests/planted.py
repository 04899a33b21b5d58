"""A planted explanation: a drawn photo, a caption, and attention and relations that are known beforehand."""
import io

import numpy as np
from PIL import Image, ImageDraw

from vsrlab.explain.record import Explanation

SIZE = (480, 360)
TEXT = "a brown dog catches a red frisbee near a tree"
WORDS = ("<start>", *TEXT.split(), "<end>")
# label, box in pixels, the detector's score
REGIONS = (("dog", (60, 170, 250, 320), 0.94), ("frisbee", (270, 120, 340, 152), 0.88), ("tree", (350, 30, 470, 300), 0.81),
           ("head", (200, 165, 258, 225), 0.66), ("grass", (0, 245, 480, 360), 0.61), ("sky", (0, 0, 480, 200), 0.55),
           ("trunk", (398, 180, 424, 300), 0.47), ("sun", (40, 18, 96, 74), 0.44), ("leg", (90, 270, 120, 325), 0.31),
           ("dog", (50, 150, 270, 330), 0.29))
NAMED = {"brown": (0, 9), "dog": (0, 9), "red": (1,), "frisbee": (1,), "tree": (2, 6)}
EDGES = ((0, 1, 0.42), (1, 0, 0.33), (3, 0, 0.30), (8, 0, 0.24), (6, 2, 0.27), (5, 4, -0.31), (2, 7, -0.16), (9, 1, 0.18))


def picture():
    """The photo that REGIONS describe, as PIL."""
    image = Image.new("RGB", SIZE, "#bcd9ee")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 245, 480, 360), fill="#6f9a4b")
    draw.ellipse((40, 18, 96, 74), fill="#ffe08a")
    draw.rectangle((398, 180, 424, 300), fill="#6b4a2f")
    draw.ellipse((350, 30, 470, 210), fill="#2f6b3a")
    for x in (90, 115, 185, 210):
        draw.rectangle((x, 262, x + 17, 322), fill="#7b5230")
    draw.ellipse((70, 205, 225, 285), fill="#8a5c36")
    draw.polygon(((74, 230), (52, 180), (84, 222)), fill="#7b5230")
    draw.ellipse((200, 168, 256, 224), fill="#8a5c36")
    draw.ellipse((202, 160, 220, 200), fill="#5f3f25")
    draw.ellipse((232, 184, 240, 192), fill="black")
    draw.ellipse((270, 120, 340, 152), fill="#d03a2b", outline="#8f1f14", width=3)
    return image


def attention():
    """(W, R) t-i: each word that names a region gives it most of its weight; the others spread theirs evenly."""
    rows = np.full((len(WORDS), len(REGIONS)), 0.04)
    for w, word in enumerate(WORDS):
        for n, region in enumerate(NAMED.get(word, ())):
            rows[w, region] = 1.2 - 0.8 * n
    rows[4, [0, 3, 1]] = 0.3, 0.5, 0.25                       # "catches": the head, the dog and the frisbee
    return rows / rows.sum(1, keepdims=True)


def affinity(layers=4, seed=0):
    """(L, R, R) signed: EDGES stand out of a little noise, more clearly in each layer."""
    noise = np.random.default_rng(seed).normal(0, 0.02, (layers, len(REGIONS), len(REGIONS)))
    for layer in range(layers):
        for reader, read, weight in EDGES:
            noise[layer, reader, read] = weight * (layer + 1) / layers
    return noise


def planted_explanation(**changes):
    """An Explanation of a SCAN-like local score and a VSRN-like reasoning with four layers, D = 16."""
    rng = np.random.default_rng(1)
    weights = attention()
    relevance = np.array([.12, .10, .47, .66, .38, .11, .58, .71, .20, .10, .52, .15])
    cosine = (np.clip(weights * 1.1 - 0.08, -1, 1)).astype(np.float32)
    local, cosine_global, mu = float(relevance.mean()), 0.31, 2.0
    steps = np.cumsum(rng.normal(0, 0.4, (5, len(REGIONS), 16)), 0)
    starts = np.cumsum([0, *(len(w) + 1 for w in TEXT.split())])[:-1]
    spans = np.array([(-1, -1), *((s, s + len(w)) for s, w in zip(starts, TEXT.split())), (-1, -1)])
    buffer = io.BytesIO()
    picture().save(buffer, "JPEG", quality=88)
    values = dict(
        text=TEXT, words=WORDS, spans=spans, unknown=np.zeros(len(WORDS), bool), image=3, image_id="planted.jpg",
        score=local + mu * cosine_global, text_row=15, boxes=np.array([box for _, box, _ in REGIONS]) / np.tile(SIZE, 2),
        size=SIZE, photo=buffer.getvalue(), labels=tuple(label for label, _, _ in REGIONS),
        confidence=np.array([c for *_, c in REGIONS]), terms={"global": mu * cosine_global, "local": local},
        score_global=cosine_global, score_local=local, mu=mu, sharpness=9.0, direction="t-i", pooling="mean",
        attention=weights, cosine=cosine, relevance=relevance, contribution=weights * (relevance / len(WORDS))[:, None],
        affinity=affinity(), layers=steps, memory=np.cumsum(rng.normal(size=(len(REGIONS), 16)), 0),
        gates=rng.uniform(0, 1, (len(REGIONS), 16)), gallery=(1000, 5000), image_rank=1, text_rank=3, true_image_rank=1,
        true_text_rank=0, right=True, truth=tuple(NAMED.get(w, ()) for w in WORDS),
        relations=((4, (0, 9), (1,)), (8, (0, 9), (2, 6))),
        provenance={"model": "vsrpp", "run": "planted", "checkpoint": "0f3a9c", "split": "test", "ties": "counted against",
                    "date": "2024-01-01"})
    return Explanation(**{**values, **changes})
