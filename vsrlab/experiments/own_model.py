"""Lesson 11: a model of one's own is entered in the zoo, taken apart, and put beside the systems of a leaderboard."""
import hashlib

import torch

from vsrlab.course.checking import examined
from vsrlab.course.exercise import exercise
from vsrlab.course.sources import source_of
from vsrlab.experiments.found import Found
from vsrlab.models.matcher import Matcher
from vsrlab.papers import PAPERS
from vsrlab.values import Match
from vsrlab.wording import signed
from vsrlab.zoo import ZOO, add_model

TASK, NAME = "my-matcher", "my_matcher"
VARIANTS = {NAME: "My model", f"{NAME}_mean": "My model, mean", f"{NAME}_vectors": "My model, vectors"}


def my_model(model=None) -> tuple:
    """(class, whose): the student's model where it passes the check, else the library's solution of the exercise."""
    if isinstance(model, type) and issubclass(model, Matcher):
        verdict = examined(exercise(TASK), model)
        if verdict.passed:
            return model, "yours"
        if verdict.state != "your turn":
            return exercise(TASK).solution, "the library's: yours does not pass the check yet"
    return exercise(TASK).solution, "the library's, for your model is still to be written"


def mean_of(model: type) -> type:
    """The same model, but a word takes the mean of all real regions in place of its best one."""
    class Mean(model):
        def match(self, images, texts):
            cosine = torch.einsum("ird,twd->itwr", images.parts, texts.parts) * images.mask[:, None, None]
            relevance = cosine.sum(-1) / images.mask.sum(1)[:, None, None].clamp_min(1)
            real = texts.mask[None]
            return Match((relevance * real).sum(-1) / real.sum(-1).clamp_min(1), {})
    return Mean


def vectors_of(model: type) -> type:
    """The same model, but one vector of the photo is compared with one of the sentence."""
    class Vectors(model):
        compares, match = "vectors", Matcher.match
    return Vectors


def entered(model=None) -> Found:
    """Enter the student's model and two ablations of it in the zoo, in place of what stood there under these names.

    model  a class that passes the check of my-matcher; else the library's solution stands in
    numbers: "yours": 1 where the model is the student's
    """
    whole, whose = my_model(model)
    rows = []
    made = {NAME: (whole, "each word takes its best region"), f"{NAME}_mean": (mean_of(whole), "... the mean of all regions"),
            f"{NAME}_vectors": (vectors_of(whole), "one vector with one vector")}
    for name, (model_, says) in made.items():
        if name in ZOO:                                          # an earlier version of this lesson's model
            del ZOO[name], PAPERS[name]
        add_model(name, model_, title=VARIANTS[name], idea=says)
        rows.append((name, says))
    return Found(f"Entered in the zoo: a model that is {whose}, and two ablations of it.", ("name", "a score is made of"),
                 tuple(rows), {"yours": float(whose == "yours")})


def folder_of(model, folder: str) -> str:
    """A folder of runs for this very source: "../runs/mine-1a2b3c".  Another source gets another one."""
    whole, _ = my_model(model)
    return f"{folder}-{hashlib.sha256(source_of(whole).encode()).hexdigest()[:6]}"


def one_pair(model=None, seed: int = 0) -> Found:
    """The shapes of every step, for three images and two sentences of random numbers, by the class that `my_model` gives.

    numbers: I, R, T, W, F, D
    """
    size = dict(I=3, R=5, T=2, W=4, F=6, D=8)
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(seed)
        made = my_model(model)[0](size["F"], 20, dim=size["D"]).eval()
        regions, words = torch.randn(3, 5, 6), torch.randint(4, 20, (2, 4))
        images = made.encode_images(regions, torch.ones(3, 5, dtype=torch.bool))
        texts = made.encode_texts(words, torch.ones(2, 4, dtype=torch.bool))
        cosine = torch.einsum("ird,twd->itwr", images.parts, texts.parts)
        scores = made.match(images, texts).scores
    first = lambda x: ", ".join(f"{value:.2f}".replace("-", "−") for value in x.flatten()[:4].tolist())
    steps = (("regions", "(I, R, F)", regions), ("parts of the images", "(I, R, D)", images.parts),
             ("parts of the texts", "(T, W, D)", texts.parts), ("cosines", "(I, T, W, R)", cosine),
             ("maximum over regions", "(I, T, W)", cosine.amax(-1)), ("mean over words: scores", "(I, T)", scores))
    rows = tuple((name, letters, _size(x), first(x)) for name, letters, x in steps)
    return Found("Three images of five regions, two sentences of four words, D = 8.",
                 ("step", "letters", "sizes", "first numbers"), rows, size)


def _size(x) -> str:
    return "(" + ", ".join(map(str, x.shape)) + ")"


def ablation(board) -> Found:
    """What each part of the model is worth on this leaderboard: the ablations beside the whole.  numbers: rsum by name"""
    whole = board[NAME]["rsum"]
    numbers = {name: float(board[name]["rsum"]) for name in VARIANTS}
    rows = tuple((board[name].label, f"{board[name]['text R@1']:.1f}", f"{board[name]['image R@1']:.1f}", f"{numbers[name]:.1f}",
                  "" if name == NAME else signed(numbers[name] - whole, True, 1)) for name in VARIANTS)
    lost = {name: whole - numbers[name] for name in (f"{NAME}_mean", f"{NAME}_vectors")}
    mean, vectors = lost.values()
    words = f"Without the maximum it {_moves(mean)}; without words and regions it {_moves(vectors)} (one seed)."
    return Found(words, ("model", "image → text R@1", "text → image R@1", "rsum", "beside the whole"), rows, numbers)


def _moves(lost: float) -> str:
    return f"loses {lost:.0f} points" if lost > 0.5 else f"gains {-lost:.0f} points" if lost < -0.5 else "stays where it is"


def place(board, among, name: str = NAME) -> int:
    """The place of a row by rsum among some others, from 1: how many of them are ahead of it, and one."""
    return 1 + sum(board[one]["rsum"] > board[name]["rsum"] for one in among)


def answer_own_model(entry: Found, table: Found, board, at: int, of: int) -> Found:
    """Can I add one?  From `entered`, `ablation`, the leaderboard and `place`."""
    whose = "Your model" if entry["yours"] else "The library's solution (yours is still to be written)"
    row = board[NAME]
    first = f"{whose} trains, is saved, searched and measured like every other: rsum {row['rsum']:.0f}, place {at} of {of}, with "
    first += f"{row.runs[0].parameters / 1e6:.2f} million numbers, {len(row.runs)} seed{'s' * (len(row.runs) != 1)}."
    lost = table[NAME] - table[f"{NAME}_mean"]
    second = ("What carries it is the maximum: the same model with a mean is behind." if lost > 0.5 else
              "The maximum does not carry it here: the same model with a mean is not behind. Say so, and look why.")
    return Found(f"{first}\n{second}")
