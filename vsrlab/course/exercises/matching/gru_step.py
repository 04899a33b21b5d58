"""Exercise `gru-step`: one step of the GRU that reads regions or words, in torch's convention."""
import torch

from vsrlab.course.exercise import Exercise, Mistake, Property
from vsrlab.course.language import N_, tr

SPEC = N_("""
**gru-step** (15 min). A GRU reads one region `x` (F,) and brings its memory `h` (D,) up to date. Its weights lie as torch stores
them, three blocks of D rows, in the order *reset, update, new*: `w` (3D, F) for x, `u` (3D, D) for h, biases `b` and `c` (3D,).

1. reset gate `r` and update gate `z`: sigmoid of (w x + b) + (u h + c), each with its own block;
2. candidate `n`: tanh of (w x + b) + r times (u h + c), with the third block;
3. the new memory keeps `z` of the old one and takes `1 - z` of the candidate.

Return the new memory (D,) and `z` (D,).
""")

STARTER = '''def gru_step(x, h, w, u, b, c):
    """x (F,), h (D,), w (3D, F), u (3D, D), b (3D,), c (3D,) -> new memory (D,), update gate (D,)."""
    z = ...
    memory = ...
    return memory, z
'''

HINTS = (
    N_("Idea. Compute w x + b and u h + c once, both (3D,), and cut each into three. Only the third part treats the two "
       "differently."),
    N_("Formula. r = s(a_r + d_r), z = s(a_z + d_z), n = tanh(a_n + r d_n), h' = (1 - z) n + z h, with a = w x + b and d = u "
       "h + c."),
    N_("Code. a, d = (w @ x + b).chunk(3), (u @ h + c).chunk(3);  z = torch.sigmoid(a[1] + d[1])"),
)


def solution(x, h, w, u, b, c):
    a_r, a_z, a_n = (w @ x + b).chunk(3)                     # what x says, (D,) each
    d_r, d_z, d_n = (u @ h + c).chunk(3)                     # what the memory says
    r, z = torch.sigmoid(a_r + d_r), torch.sigmoid(a_z + d_z)
    new = torch.tanh(a_n + r * d_n)
    return (1 - z) * new + z * h, z


def example(rng):
    f, d = int(rng.integers(3, 5)), int(rng.integers(2, 4))
    draw = lambda *size: torch.tensor(rng.normal(size=size), dtype=torch.float64)
    return dict(x=draw(f), h=draw(d), w=draw(3 * d, f), u=draw(3 * d, d), b=draw(3 * d), c=draw(3 * d))


# ---------------------------------------------------------------- known wrong answers

def _step(x, h, w, u, b, c, blocks=(0, 1, 2), candidate=None, mixed=lambda z, n, h: (1 - z) * n + z * h):
    a, d = (w @ x + b).chunk(3), (u @ h + c).chunk(3)
    r, z = (torch.sigmoid(a[k] + d[k]) for k in blocks[:2])
    n = torch.tanh(a[2] + r * d[2]) if candidate is None else candidate(a[2], d[2], r)
    return mixed(z, n, h), z


def as_the_paper(x, h, w, u, b, c):
    return _step(x, h, w, u, b, c, mixed=lambda z, n, h: z * n + (1 - z) * h)


def reset_before(x, h, w, u, b, c):
    un, cn = u.chunk(3)[2], c.chunk(3)[2]
    return _step(x, h, w, u, b, c, candidate=lambda a, d, r: torch.tanh(a + un @ (r * h) + cn))


def no_tanh(x, h, w, u, b, c):
    return _step(x, h, w, u, b, c, candidate=lambda a, d, r: a + r * d)


def sigmoid_candidate(x, h, w, u, b, c):
    return _step(x, h, w, u, b, c, candidate=lambda a, d, r: torch.sigmoid(a + r * d))


def blocks_exchanged(x, h, w, u, b, c):
    return _step(x, h, w, u, b, c, blocks=(1, 0))


def no_reset(x, h, w, u, b, c):
    return _step(x, h, w, u, b, c, candidate=lambda a, d, r: torch.tanh(a + d))


def reset_on_everything(x, h, w, u, b, c):
    return _step(x, h, w, u, b, c, candidate=lambda a, d, r: torch.tanh(r * (a + d)))


def without_old(x, h, w, u, b, c):
    return _step(x, h, w, u, b, c, mixed=lambda z, n, h: (1 - z) * n)


def bias_outside(x, h, w, u, b, c):
    cn = c.chunk(3)[2]
    return _step(x, h, w, u, b, c, candidate=lambda a, d, r: torch.tanh(a + r * (d - cn) + cn))


MISTAKES = (
    Mistake("z-exchanged",
            "gates and candidate are right. You let z take the *new*, as the paper of VSRN writes it; torch, and the "
            "pictures here, let z keep the *old*. The same network, the opposite reading.", as_the_paper),
    Mistake("reset-before",
            "you reset the memory before the product with u. The first paper of the GRU does that; torch multiplies r with "
            "the product, (u h + c).", reset_before),
    Mistake("no-tanh",
            "the tanh around the candidate is missing: without it the memory can grow without a bound from step to step.",
            no_tanh),
    Mistake("sigmoid-candidate",
            "the candidate is a memory, not a gate: tanh lets it be negative, the sigmoid in yours does not.",
            sigmoid_candidate),
    Mistake("blocks",
            "reset and update have changed places: the first block of rows is the reset gate, the second the update gate.",
            blocks_exchanged),
    Mistake("no-reset", "r is not used: it says how much of the old memory the candidate may see.", no_reset),
    Mistake("reset-all",
            "r multiplies what x says as well in yours. It only holds back what the memory says; a new region is always "
            "heard in full.", reset_on_everything),
    Mistake("no-old",
            "the candidate's part is right. The part of the old memory, weighed by z, is missing: this GRU forgets "
            "everything at each step.", without_old),
    Mistake("bias-outside", "nearly: torch has the bias c inside the bracket that r multiplies; in yours it stands outside.",
            bias_outside),
)


# ---------------------------------------------------------------- what every right answer has

def _given():
    g = torch.Generator().manual_seed(3)
    draw = lambda *size: torch.randn(*size, generator=g, dtype=torch.float64)
    return dict(x=draw(3), h=draw(2), w=draw(6, 3), u=draw(6, 2), b=draw(6), c=draw(6))


def as_torch(answer):
    """With the same weights the step is that of torch.nn.GRUCell."""
    given = _given()
    cell = torch.nn.GRUCell(3, 2, dtype=torch.float64)
    with torch.no_grad():
        for name, value in zip(("weight_ih", "weight_hh", "bias_ih", "bias_hh"), (given[k] for k in "wubc")):
            getattr(cell, name).copy_(value)
        wanted = cell(given["x"], given["h"])
    seen = answer(**given)[0]
    return None if torch.allclose(seen, wanted) else tr(
        "torch.nn.GRUCell with these weights gives {wanted}, yours {seen}", wanted=[round(float(v), 3) for v in wanted],
        seen=[round(float(v), 3) for v in seen])


def can_keep(answer):
    given = _given()
    given["b"] = given["b"] + torch.tensor([0, 0, 60, 60, 0, 0.])
    seen = answer(**given)[0]
    return None if torch.allclose(seen, given["h"]) else tr(
        "with z = 1 the memory must stay as it was; it moved by {far:.3f}", far=float((seen - given["h"]).abs().max()))


def stays_small(answer):
    """However large the input, the memory stays within -1 and 1, or where it was."""
    given = _given()
    given["x"] = 100 * given["x"]
    top = float(answer(**given)[0].abs().max())
    most = max(1.0, float(given["h"].abs().max()))
    return None if top <= most + 1e-9 else tr(
        "a large x made a memory of {top:.3g}; it may not pass {most:.3g}", top=top, most=most)


PROPERTIES = (
    Property("keeps", "a gate of 1 keeps the memory.", can_keep),
    Property("bounded", "the memory stays between -1 and 1, or where it was.", stays_small),
    Property("torch", "with the same weights it is torch's own GRU.", as_torch),
)

EXERCISE = Exercise(
    "gru-step", N_("One step of a memory"), "04", 15, 3, 3, SPEC, STARTER, HINTS, solution, example, MISTAKES, PROPERTIES,
    outputs=(N_("memory"), N_("z")))
