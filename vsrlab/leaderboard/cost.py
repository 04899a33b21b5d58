"""What a model costs: seconds of a training step, milliseconds to encode an image and a text, microseconds to score a pair."""
import time

import torch

from vsrlab.data.batches import batches
from vsrlab.data.words import Vocabulary
from vsrlab.device import choose_device, seeded
from vsrlab.retrieval.index import Index, index
from vsrlab.scoring import encode_images, encode_texts
from vsrlab.training.step import losses
from vsrlab.zoo import build, row, tokens_of

STEPS = 2                        # training steps that are timed after one that warms up


class Clock:
    """Seconds of one core on a CPU, which other programs do not lengthen; seconds of the wall on a GPU, when it is done."""

    def __init__(self, device):
        self.device = torch.device(device)
        self.began = self.now()

    def now(self) -> float:
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
            return time.perf_counter()
        return time.process_time()

    def seconds(self) -> float:
        """Since it was made."""
        return self.now() - self.began


def of_a_step(settings, corpus) -> float:
    """Seconds of a training step of fresh weights, to sort by; infinity for a model that cannot be trained.

    Random numbers outside go on as if nothing had been.
    """
    try:
        device, paper = choose_device(settings.device), row(settings.model).paper
        vocabulary = Vocabulary.of(corpus.texts[:2000], tokens=tokens_of(settings.model, settings.options))
        with seeded(settings.seed, device):
            chosen = row(settings.model).model.sized(settings.options, len(corpus))
            model = build(settings.model, corpus.regions.shape[2], len(vocabulary), **chosen).to(device)
            count = min(settings.batch, len(corpus.texts))
            batch = next(batches(corpus, vocabulary, count, together=paper.together))
            model.begin(lambda: iter([batch.to(device)]))
            model.train()
            if settings.epochs == 0 or not any(p.requires_grad for p in model.parameters()):
                return 0.0
            for count in (1, STEPS):
                clock = Clock(device)
                for _ in range(count):
                    sum(losses(model, batch.to(device), settings)[0].values()).backward()
        return clock.seconds() / STEPS
    except Exception:                # whatever is wrong with it is said when its turn comes
        return float("inf")


def measured(run, corpus, force: bool = False) -> tuple:
    """(Index, {"image_ms", "text_ms", "pair_us"}) of a run on a corpus: all of it encoded once and scored once.

    An index of two images goes before: it refuses what cannot be measured, and nothing is loaded for the first time while the
    clock runs.
    """
    index(run, corpus.images(range(min(2, len(corpus)))), force=force).scores        # noqa: B018
    clock = Clock(run.device)
    images = encode_images(run.model, corpus)
    ends = [clock.seconds()]
    texts = encode_texts(run.model, corpus.texts, run.vocabulary)
    ends.append(clock.seconds())
    made = Index(run, corpus, images, texts)
    count = made.scores.size
    ends.append(clock.seconds())
    return made, {"image_ms": 1e3 * ends[0] / len(corpus), "text_ms": 1e3 * (ends[1] - ends[0]) / len(corpus.texts),
                  "pair_us": 1e6 * (ends[2] - ends[1]) / count}
