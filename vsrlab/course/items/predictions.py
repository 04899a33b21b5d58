"""The predictions of the lessons.  What is true is computed by a call, or comes from the run on the screen."""
import math

import numpy as np
import torch

from vsrlab.course.asking import Prediction, number, one_of, order_of, pair, word
from vsrlab.course.exercise import exercise
from vsrlab.course.language import N_

yes_no = one_of("yes", "no")
FIVE = ("VSE0", "VSE++", "SCAN", "VSRN", "VSR++")


def costliest():
    """(row, column) of the wrong answer that costs most in the 3 x 3 matrix of lesson 02, as a text and as an image together."""
    scores, own = torch.tensor([[.5, .6, .1], [.2, .4, .3], [.45, .0, .7]]), torch.tensor([.5, .4, .7])
    costs = torch.maximum((.2 + scores - own[:, None]).clamp(min=0), (.2 + scores - own[None, :]).clamp(min=0))
    return [int(x) for x in np.unravel_index(int(costs.fill_diagonal_(0).argmax()), (3, 3))]


def collapse_value():
    """The loss of 64 pairs whose scores are all equal, with the hardest wrong answers and margin 0.2."""
    return float(exercise("hinge").solution(torch.full((64, 64), .5, dtype=torch.float64), torch.arange(64), .2, True))


def constant_model():
    """R@1 of a model that gives every pair the same score: 300 images with five texts each."""
    owner = np.repeat(np.arange(300), 5)
    return exercise("recall").solution(np.full((300, 1500), .5), owner, 1, "image")


def lambda_one():
    """At sharpness 1 no region of 36 can get more than this share: its value is 1, that of all others -1."""
    return "flat" if math.e / (math.e + 35 / math.e) < 0.5 else "sharp"


def larger_recall():
    """Where a right answer that lies 3 standard deviations above its rivals comes first more often: among 1,000, or among 5,000?"""
    right = torch.linspace(-4, 4, 801, dtype=torch.float64)
    weight = torch.exp(-right ** 2 / 2)
    first = {name: float((weight * torch.special.ndtr(right + 3) ** (n - 1)).sum()) for name, n in (("1k", 1000), ("5k", 5000))}
    return max(first, key=first.get)


ITEMS = (
    Prediction("which-photo", "00", N_("Four photos, one sentence: which photo does the model put first, 1, 2, 3 or 4?"),
               N_("2"), number, None,
               N_("Look at the words that both photos share: a second best photo shows most of the same things.")),
    Prediction("which-word", "00", N_("Which word of the sentence adds most to the score?"), N_("'dog'"), word, None,
               N_("Words that name something add most, as a rule; the view shows the part of every word. A word that many "
                  "sentences have tells photos apart less.")),
    Prediction("dog-regions", "01", N_("The sentence names a dog once. How many regions of the photo does the word name?"),
               N_("1"), number, None,
               N_("A detector draws several boxes around one thing, and its parts get boxes, too: one word, many regions.")),
    Prediction("costliest", "02",
               N_("Scores [[.5, .6, .1], [.2, .4, .3], [.45, 0, .7]], right pairs on the diagonal, margin 0.2. Which single "
                  "wrong answer costs most? Row and column, counted from 0."), N_("(0, 1)"), pair, costliest,
               N_("As a text for image 0 it costs 0.2 + 0.6 - 0.5 = 0.3, and as an image for text 1 even 0.2 + 0.6 - 0.4 = "
                  "0.4.")),
    Prediction("collapse-value", "02",
               N_("A batch has 64 pairs, margin 0.2, and all scores are equal. What is the loss with the hardest wrong "
                  "answers?"), N_("10"), number, collapse_value,
               N_("Every row and every column pays the margin once: 2 x 64 x 0.2. A loss that stays there has collapsed; "
                  "everything is one point.")),
    Prediction("red-region", "03", N_("Which region does the word \"red\" look at most? Give its number."), N_("7"), number,
               None,
               N_("Colour words belong to things: the region is often that of the noun behind the word, because the text "
                  "encoder has read both.")),
    Prediction("lambda-one", "03",
               N_("Sharpness (lambda 1) is 9 in the model. Set to 1, is the attention of a word 'flat' or 'sharp'?"),
               N_("'flat'"), one_of("flat", "sharp"), lambda_one,
               N_("What goes into the softmax lies between -1 and 1. At sharpness 1 the best of 36 regions gets at most a "
                  "sixth of the attention, however well it fits.")),
    Prediction("cut-strongest", "04",
               N_("You cut the strongest relation of the last layer. Will the rank of the photo change, 'yes' or 'no'?"),
               N_("'no'"), yes_no, None,
               N_("One relation of hundreds moves the score by far less than photos differ. A strong arrow is not yet a "
                  "strong effect.")),
    Prediction("cut-all", "04",
               N_("You cut all relations of all layers at test time. By how many points of R@1 does the search for texts "
                  "fall?"), N_("5"), number, None,
               N_("Cut one by one they hardly matter, all together they do: the model learnt to read with them. Compare both "
                  "directions before you say what they are for.")),
    Prediction("constant-model", "05",
               N_("A model gives every pair the same score. 300 images with five texts each: what is its R@1 of texts that "
                  "look for their image, in per cent?"), N_("0.3"), number, constant_model,
               N_("A tie counts against the model, so a model that knows nothing answers nothing. Sort instead, and the "
                  "order of the file answers some queries by accident, or all of them.")),
    Prediction("1k-or-5k", "05",
               N_("The same model is measured on 1,000 and on 5,000 images. Which R@1 is larger, '1k' or '5k'?"), N_("'1k'"),
               one_of("1k", "5k"), larger_recall,
               N_("A query has five times as many rivals in the large gallery, and not one right answer more. Numbers from "
                  "galleries of different size cannot be compared.")),
    Prediction("which-method", "06",
               N_("Which explanation beats random orders most often by deletion: 'attention', 'cosine', 'gradient', "
                  "'occlusion' or 'random'?"), N_("'attention'"),
               one_of("attention", "cosine", "gradient", "occlusion", "random"), None,
               N_("A method that runs the model without a region asks the same question as the test, and has an advantage "
                  "there.")),
    Prediction("deletion-insertion", "06", N_("Will deletion and insertion put the methods in the same order, 'yes' or 'no'?"),
               N_("'yes'"), yes_no, None,
               N_("Deletion asks what the score needs, insertion what is enough for it. Where two regions say the same, the "
                  "two tests disagree.")),
    Prediction("two-seeds", "07",
               N_("Two maps by UMAP, two seeds, the same points. What share of the ten nearest neighbours will be the same, "
                  "in per cent?"), N_("80"), number, None,
               N_("Clusters come back, their places and distances do not. What both maps agree on may be looked at; the rest "
                  "is the seed.")),
    Prediction("really-wrong", "08",
               N_("Ten first answers are wrong by the labels. How many of them do not describe the photo at all?"), N_("6"),
               number, None,
               N_("Labels know one photo a sentence. A sentence that is true of a second photo counts as a failure all the "
                  "same: a false negative of the labels.")),
    Prediction("order-of-five", "09",
               N_("Put five models in order of rsum on this corpus, best first: 'VSE0', 'VSE++', 'SCAN', 'VSRN', 'VSR++'."),
               N_("['VSR++', 'VSRN', 'SCAN', 'VSE++', 'VSE0']"), order_of(*FIVE), None,
               N_("The order of papers is that of their own data and training. Here is one corpus and one way of training; "
                  "look at the seeds before you call two neighbours different.")),
    Prediction("points-on-photos", "10",
               N_("On real photos, will the attention of a word point at what it names more often than chance, 'yes' or "
                  "'no'?"), N_("'yes'"), yes_no, None,
               N_("A model can match well and look elsewhere: attention is a step of the computation, trained for ranking "
                  "and for nothing else. Compare the raw cosine.")),
    Prediction("my-place", "11", N_("Your model among the five of lesson 09, by rsum: which place, 1 to 6?"), N_("4"), number,
               None,
               N_("The maximum over regions is a hard attention without parameters. What it lacks beside SCAN is that "
                  "several regions can speak for one word.")),
)
