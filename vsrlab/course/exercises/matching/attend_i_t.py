"""Exercise `attend-i-t`: SCAN turned round, each region looks at the words."""
import torch
from torch.nn import functional as fn

from vsrlab.course.exercise import Exercise, Mistake, Property
from vsrlab.course.language import N_, tr

SPEC = N_("""
**attend-i-t** (15 min). Turn SCAN round: each *region* looks at the words. `words` (W, D), `regions` (R, D), of any length.

1. cosines of every region with every word: (R, W); negative ones shrink to `leak` times themselves;
2. what is left is divided, for each **word**, by its length over the regions;
3. each region spreads its attention over the words: softmax of `sharpness` times that;
4. each region's attended vector is the attention-weighted sum of the unit-length words; its relevance is the cosine of the region
   with it;
5. the score is the mean relevance of the regions.

Return `attention` (R, W), `relevance` (R,), `score` (scalar).
""")

STARTER = '''def attend_i_t(words, regions, sharpness=4.0, leak=0.1):
    """words (W, D), regions (R, D) -> attention (R, W), relevance (R,), score."""
    attention = ...
    relevance = ...
    score = ...
    return attention, relevance, score
'''

HINTS = (
    N_("Idea. It is `attend` with the parts exchanged: what was said of words now holds for regions. Write the shape (R, W) "
       "beside the first line, and ask of each later line which axis goes."),
    N_("Formula. n_rw = l_rw / sqrt(sum_r l_rw^2), a_rw = exp(4 n_rw) / sum_w exp(4 n_rw), c_r = sum_w a_rw e_w, relevance_r "
       "= cos(v_r, c_r)."),
    N_("Code. s = fn.leaky_relu(v @ e.T, leak);  attention = torch.softmax(sharpness * fn.normalize(s, dim=0), dim=1), with "
       "e and v of unit length."),
)


def solution(words, regions, sharpness=4.0, leak=0.1):
    """SCAN, image to text: `attend` with the two sides exchanged."""
    e, v = fn.normalize(words, dim=-1), fn.normalize(regions, dim=-1)
    s = fn.leaky_relu(v @ e.T, leak)                                       # (R, W)
    attention = torch.softmax(sharpness * fn.normalize(s, dim=0), dim=1)   # over the regions, then over the words
    attended = attention @ e                                               # (R, D)
    relevance = fn.cosine_similarity(v, attended, dim=-1)                  # (R,)
    return attention, relevance, relevance.mean()


def example(rng):
    w, r, d = (int(rng.integers(3, 6)) for _ in range(3))
    r += r == w                                                            # never square
    words = torch.tensor(rng.normal(size=(w, d)) * rng.uniform(0.5, 3, (w, 1)), dtype=torch.float64)
    regions = torch.tensor(rng.normal(size=(r, d)) * rng.uniform(0.5, 3, (r, 1)), dtype=torch.float64)
    return dict(words=words, regions=regions, sharpness=float(rng.choice([4.0, 9.0])), leak=0.1)


# ---------------------------------------------------------------- known wrong answers

def _finish(attention, e, v):
    relevance = fn.cosine_similarity(v, attention @ e, dim=-1)
    return attention, relevance, relevance.mean()


def _shrunk(words, regions, leak):
    e, v = fn.normalize(words, dim=-1), fn.normalize(regions, dim=-1)
    return e, v, fn.leaky_relu(v @ e.T, leak)


def other_side(words, regions, sharpness=4.0, leak=0.1):
    e, v, s = _shrunk(words, regions, leak)
    return _finish(torch.softmax(sharpness * fn.normalize(s, dim=1), dim=1), e, v)


def softmax_over_regions(words, regions, sharpness=4.0, leak=0.1):
    e, v, s = _shrunk(words, regions, leak)
    return _finish(torch.softmax(sharpness * fn.normalize(s, dim=0), dim=0), e, v)


def text_to_image(words, regions, sharpness=4.0, leak=0.1):
    """The exercise before this one."""
    return solution(regions, words, sharpness, leak)


def turned_table(words, regions, sharpness=4.0, leak=0.1):
    attention, relevance, score = solution(words, regions, sharpness, leak)
    return attention.T, relevance, score


def mean_over_words(words, regions, sharpness=4.0, leak=0.1):
    attention, relevance, _ = solution(words, regions, sharpness, leak)
    return attention, relevance, relevance.sum() / len(words)


def not_shared(words, regions, sharpness=4.0, leak=0.1):
    e, v, s = _shrunk(words, regions, leak)
    return _finish(torch.softmax(sharpness * s, dim=1), e, v)


def no_sharpness(words, regions, sharpness=4.0, leak=0.1):
    return solution(words, regions, 1.0, leak)


def not_shrunk(words, regions, sharpness=4.0, leak=0.1):
    return solution(words, regions, sharpness, 1.0)


def long_words(words, regions, sharpness=4.0, leak=0.1):
    attention, _, _ = solution(words, regions, sharpness, leak)
    return _finish(attention, words, regions)


def summed(words, regions, sharpness=4.0, leak=0.1):
    attention, relevance, _ = solution(words, regions, sharpness, leak)
    return attention, relevance, relevance.sum()


MISTAKES = (
    Mistake("norm-side",
            "you divide for each region, over the words. Turned round it is for each *word*, over the regions: a word that "
            "fits every region has to share itself out.", other_side),
    Mistake("softmax-axis",
            "your columns sum to 1: every word spreads itself over the regions, which is t-i. Here each *region* spreads its "
            "attention over the words.", softmax_over_regions),
    Mistake("t-i",
            "this is the text-to-image direction, right in itself: words look at regions. Exchange the parts, so that "
            "regions ask and words are looked at.", text_to_image),
    Mistake("transposed",
            "all numbers are right, and the table lies on its side: here a row is a *region*, (R, W), because it is the "
            "region that looks.", turned_table),
    Mistake("mean-over-words",
            "attention and relevance are right. There is one relevance for each region: divide by the number of regions, not "
            "by that of the words.", mean_over_words),
    Mistake("not-shared",
            "step 2 is missing: before the softmax each word's column is divided by its length over the regions.", not_shared),
    Mistake("no-sharpness", "sharpness is not used: without it a softmax of numbers between -1 and 1 stays nearly flat.",
            no_sharpness),
    Mistake("not-shrunk", "negative cosines still count in full in yours; step 1 shrinks them to `leak` times themselves.",
            not_shrunk),
    Mistake("long-words",
            "the attention is right. The attended vector is made of words of their full length in yours, so that a long word "
            "counts twice; take the unit-length ones.", long_words),
    Mistake("sum",
            "attention and relevance are right. The score is the mean over the regions; with the sum a photo with more "
            "regions always wins.", summed),
)


# ---------------------------------------------------------------- what every right answer has

def _pair(w=4, r=6, d=8):
    g = torch.Generator().manual_seed(11)
    return torch.randn(w, d, generator=g, dtype=torch.float64), torch.randn(r, d, generator=g, dtype=torch.float64)


def rows_sum_to_one(answer):
    total = answer(*_pair())[0].sum(1)
    return None if torch.allclose(total, torch.ones_like(total)) else tr(
        "the attention of the regions sums to {sums}", sums=[round(float(t), 3) for t in total])


def words_in_any_order(answer):
    words, regions = _pair()
    order = torch.tensor([2, 0, 3, 1])
    a, b = answer(words, regions), answer(words[order], regions)
    return None if torch.allclose(a[0][:, order], b[0]) and torch.allclose(a[1], b[1]) else tr(
        "shuffling the words changed more than their order")


def length_does_not_matter(answer):
    words, regions = _pair()
    longer = words.clone()
    longer[2] *= 5
    a, b = float(answer(words, regions)[2]), float(answer(longer, regions)[2])
    return None if abs(a - b) < 1e-9 else tr("making word 2 five times as long changed the score from {a:.3f} to {b:.3f}", a=a, b=b)


def one_word(answer):
    """With one word nothing is left to choose: all attention, and its own cosine."""
    words, regions = _pair(w=1)
    attention, relevance, _ = answer(words, regions)
    if not torch.allclose(attention, torch.ones_like(attention)):
        return tr("a sentence of one word must get all attention of every region")
    return None if torch.allclose(relevance, fn.cosine_similarity(words, regions, dim=-1)) else tr(
        "with one word the relevance of a region is its cosine with that word")


PROPERTIES = (
    Property("rows", "each region has exactly one unit of attention to spend.", rows_sum_to_one),
    Property("order", "the score does not know the order of the words: what order means is read by the encoder.",
             words_in_any_order),
    Property("length", "only directions count, not lengths.", length_does_not_matter),
    Property("one-word", "with a single word everything is known by heart.", one_word),
)

EXERCISE = Exercise(
    "attend-i-t", N_("Each region looks at the words"), "03", 15, 3, 3, SPEC, STARTER, HINTS,
    solution, example, MISTAKES, PROPERTIES,
    outputs=(N_("attention"), N_("relevance"), N_("score")), not_checked=N_("padding, many pairs at once, speed"))
