"""Exercise `attend`: SCAN, text to image: each word looks at the regions of one picture."""
import torch
from torch.nn import functional as fn

from vsrlab.course.exercise import Exercise, Mistake, Property
from vsrlab.course.language import N_, tr

SPEC = N_("""
**attend** (20 min). One sentence, one picture. `words` (W, D) and `regions` (R, D) are vectors of any length.

1. cosines `s_wr` of every word with every region: (W, R);
2. negative ones are shrunk: `leak` times themselves (the paper clips them to 0; its code, and the model on your screen, keep a
   tenth);
3. what is left is divided, **for each region**, by its length over the words, so that a region which likes every word has to
   share itself out;
4. each word spreads its attention over the regions: softmax of `sharpness` times that. *sharpness* is the paper's lambda 1, an
   inverse temperature: larger looks narrower;
5. each word's attended vector is the attention-weighted sum of the regions; its **relevance** is the cosine of the word with it;
6. the score of the pair is the mean relevance of the words.

Return `attention` (W, R), `relevance` (W,), `score` (scalar).
""")

STARTER = '''def attend(words, regions, sharpness=9.0, leak=0.1):
    """words (W, D), regions (R, D) -> attention (W, R), relevance (W,), score."""
    attention = ...
    relevance = ...
    score = ...
    return attention, relevance, score
'''

HINTS = (
    N_("Idea. Three different directions are at work: step 3 runs over the words (down a column of the table), step 4 over "
       "the regions (along a row), step 6 over the words again. Say for each line which axis disappears."),
    N_("Formula. n_wr = l_wr / sqrt(sum_w l_wr^2), a_wr = exp(9 n_wr) / sum_r exp(9 n_wr), c_w = sum_r a_wr v_r, relevance_w "
       "= cos(e_w, c_w)."),
    N_("Code. s = fn.normalize(words, dim=-1) @ fn.normalize(regions, dim=-1).T;  n = fn.normalize(fn.leaky_relu(s, leak), "
       "dim=0);  attention = torch.softmax(sharpness * n, dim=1). Mind that the attended vector is made of unit-length "
       "regions."),
)


def solution(words, regions, sharpness=9.0, leak=0.1):
    """SCAN, text to image, in its six steps."""
    e, v = fn.normalize(words, dim=-1), fn.normalize(regions, dim=-1)
    s = fn.leaky_relu(e @ v.T, leak)                                   # (W, R)
    n = fn.normalize(s, dim=0)                                         # over the words, for each region
    attention = torch.softmax(sharpness * n, dim=1)                    # over the regions, for each word
    attended = attention @ v                                           # (W, D)
    relevance = fn.cosine_similarity(e, attended, dim=-1)              # (W,)
    return attention, relevance, relevance.mean()


def example(rng):
    w, r, d = (int(rng.integers(3, 6)) for _ in range(3))
    r += r == w                                                        # never square: a transposed table is seen by its shape
    words = torch.tensor(rng.normal(size=(w, d)) * rng.uniform(0.5, 3, (w, 1)), dtype=torch.float64)
    regions = torch.tensor(rng.normal(size=(r, d)) * rng.uniform(0.5, 3, (r, 1)), dtype=torch.float64)
    return dict(words=words, regions=regions, sharpness=float(rng.choice([4.0, 9.0])), leak=0.1)


# ---------------------------------------------------------------- known wrong answers

def _finish(attention, e, v):
    relevance = fn.cosine_similarity(e, attention @ v, dim=-1)
    return attention, relevance, relevance.mean()


def _unit(words, regions):
    return fn.normalize(words, dim=-1), fn.normalize(regions, dim=-1)


def softmax_over_words(words, regions, sharpness=9.0, leak=0.1):
    e, v = _unit(words, regions)
    return _finish(torch.softmax(sharpness * fn.normalize(fn.leaky_relu(e @ v.T, leak), dim=0), dim=0), e, v)


def normalised_over_regions(words, regions, sharpness=9.0, leak=0.1):
    e, v = _unit(words, regions)
    return _finish(torch.softmax(sharpness * fn.normalize(fn.leaky_relu(e @ v.T, leak), dim=1), dim=1), e, v)


def no_sharpness(words, regions, sharpness=9.0, leak=0.1):
    return solution(words, regions, 1.0, leak)


def divided(words, regions, sharpness=9.0, leak=0.1):
    return solution(words, regions, 1 / sharpness, leak)


def plain_softmax(words, regions, sharpness=9.0, leak=0.1):
    e, v = _unit(words, regions)
    return _finish(torch.softmax(sharpness * (e @ v.T), dim=1), e, v)


def not_shared(words, regions, sharpness=9.0, leak=0.1):
    e, v = _unit(words, regions)
    return _finish(torch.softmax(sharpness * fn.leaky_relu(e @ v.T, leak), dim=1), e, v)


def not_clipped(words, regions, sharpness=9.0, leak=0.1):
    return solution(words, regions, sharpness, 1.0)


def clipped_at_zero(words, regions, sharpness=9.0, leak=0.1):
    return solution(words, regions, sharpness, 0.0)


def not_unit(words, regions, sharpness=9.0, leak=0.1):
    n = fn.normalize(fn.leaky_relu(words @ regions.T, leak), dim=0)
    return _finish(torch.softmax(sharpness * n, dim=1), words, regions)


def long_regions(words, regions, sharpness=9.0, leak=0.1):
    attention, _, _ = solution(words, regions, sharpness, leak)
    return _finish(attention, words, regions)


def mean_of_cosines(words, regions, sharpness=9.0, leak=0.1):
    e, v = _unit(words, regions)
    attention, _, _ = solution(words, regions, sharpness, leak)
    relevance = (attention * (e @ v.T)).sum(1)
    return attention, relevance, relevance.mean()


def summed(words, regions, sharpness=9.0, leak=0.1):
    attention, relevance, _ = solution(words, regions, sharpness, leak)
    return attention, relevance, relevance.sum()


MISTAKES = (
    Mistake("softmax-axis",
            "your columns sum to 1: every region spreads itself over the words. Here each *word* spreads its attention over "
            "the regions (dim=1). The other way round is SCAN's image-to-text direction.", softmax_over_words),
    Mistake("norm-axis",
            "step 3 runs over the regions in yours (dim=1). It runs over the words, for each region (dim=0): that is what "
            "makes a region that likes every word share itself out.", normalised_over_regions),
    Mistake("no-sharpness",
            "sharpness is not used: with numbers between -1 and 1 a softmax stays almost flat, and every word looks "
            "everywhere.", no_sharpness),
    Mistake("temperature",
            "you divide by sharpness. It is an *inverse* temperature: multiply, so that a larger value looks narrower.",
            divided),
    Mistake("plain-softmax",
            "this is the usual softmax of cosines: steps 2 and 3 (shrink negative cosines, share each region out over the "
            "words) are missing.", plain_softmax),
    Mistake("not-shared", "step 3 is missing: divide each region's column by its length over the words before the softmax.",
            not_shared),
    Mistake("not-clipped", "step 2 is missing: negative cosines still count in full when a region's column is measured.",
            not_clipped),
    Mistake("clipped-at-zero",
            "you clip at 0 as the paper writes. The paper's code, and the model on your screen, keep `leak` times the "
            "negative part; use fn.leaky_relu(s, leak) to get the numbers of the picture.", clipped_at_zero),
    Mistake("not-cosine",
            "these are inner products, not cosines: a long vector gets more attention than a short one that points the same "
            "way. Give words and regions length 1 first.", not_unit),
    Mistake("long-regions",
            "the attention is right. The attended vector is made of regions of their full length in yours; take the "
            "unit-length ones, else a long region counts twice.", long_regions),
    Mistake("mean-of-cosines",
            "the attention is right. The relevance is the cosine of the word with the *attended vector*; you took the "
            "attention-weighted mean of the single cosines, which is smaller whenever the regions differ.", mean_of_cosines),
    Mistake("sum",
            "attention and relevance are right. The score is the mean over the words; with the sum long sentences always "
            "win.", summed),
)


# ---------------------------------------------------------------- what every right answer has

def _pair(seed=11, w=4, r=6, d=8):
    g = torch.Generator().manual_seed(seed)
    return torch.randn(w, d, generator=g, dtype=torch.float64), torch.randn(r, d, generator=g, dtype=torch.float64)


def rows_sum_to_one(answer):
    total = answer(*_pair())[0].sum(1)
    return None if torch.allclose(total, torch.ones_like(total)) else tr(
        "the attention of the words sums to {sums}", sums=[round(float(t), 3) for t in total])


def regions_in_any_order(answer):
    words, regions = _pair()
    order = torch.tensor([3, 0, 5, 1, 4, 2])
    a, b = answer(words, regions), answer(words, regions[order])
    return None if torch.allclose(a[0][:, order], b[0]) and torch.allclose(a[1], b[1]) else tr(
        "shuffling the regions changed more than their order")


def length_does_not_matter(answer):
    """A region five times as long gets the same attention."""
    words, regions = _pair()
    longer = regions.clone()
    longer[2] *= 5
    a, b = answer(words, regions)[0][:, 2], answer(words, longer)[0][:, 2]
    return None if torch.allclose(a, b) else tr(
        "making region 2 five times as long changed its attention from {a:.3f} to {b:.3f} (word 0)", a=float(a[0]), b=float(b[0]))


def twins_share(answer):
    words, regions = _pair()
    regions[1] = regions[4]
    a = answer(words, regions)[0]
    return None if torch.allclose(a[:, 1], a[:, 4]) else tr("two equal regions get different attention")


def sharper_is_narrower(answer):
    words, regions = _pair()
    wide, narrow = (float(answer(words, regions, s)[0].amax(1).mean()) for s in (2.0, 20.0))
    return None if narrow > wide else tr(
        "the largest attention of a word is {wide:.3f} at sharpness 2 and {narrow:.3f} at 20", wide=wide, narrow=narrow)


def only_one_region(answer):
    """With one region nothing is left to choose: all attention, and its own cosine."""
    words, regions = _pair(r=1)
    attention, relevance, _ = answer(words, regions)
    cos = fn.cosine_similarity(words, regions, dim=-1)
    if not torch.allclose(attention, torch.ones_like(attention)):
        return tr("a picture with one region must get all attention of every word")
    return None if torch.allclose(relevance, cos) else tr(
        "with one region the relevance of a word is its cosine with that region")


PROPERTIES = (
    Property("rows", "each word has exactly one unit of attention to spend.", rows_sum_to_one),
    Property("order", "regions are a set: their order must not matter.", regions_in_any_order),
    Property("length", "only directions count, not lengths.", length_does_not_matter),
    Property("twins", "equal regions must be treated equally.", twins_share),
    Property("sharpness", "a larger sharpness must look narrower.", sharper_is_narrower),
    Property("one-region", "with a single region everything is known by heart.", only_one_region),
)

EXERCISE = Exercise(
    "attend", N_("Each word looks at the regions"), "03", 20, 3, 5, SPEC, STARTER, HINTS, solution, example, MISTAKES, PROPERTIES,
    outputs=(N_("attention"), N_("relevance"), N_("score"),), not_checked=N_("padding, many pairs at once, speed"))
