"""fit: a corpus and settings become a run.  The loop a student can copy is `_epoch`; the rest begins, measures and ends."""
import os
import time
from contextlib import ExitStack
from pathlib import Path

import torch
from torch import nn

from vsrlab.data.batches import batches, same_features, same_nets, steps
from vsrlab.data.captions.readings import read_at_once
from vsrlab.data.corpus import Corpus
from vsrlab.data.sources import same_source, source_of
from vsrlab.data.words import MARKS, Vocabulary, readable, same_words
from vsrlab.device import choose_device, exact_products, precision, seed_of, seeded
from vsrlab.errors import Problem, needs
from vsrlab.measure.ranks import chance, ranks, summary
from vsrlab.run import Run
from vsrlab.run.files import metrics, write_log
from vsrlab.scoring import encode_images, encode_texts, score_all
from vsrlab.settings import Settings
from vsrlab.training import panel, resume
from vsrlab.training.distributed import World, world
from vsrlab.training.division import divide
from vsrlab.training.folder import nothing_half
from vsrlab.training.step import hardest, losses, rate, used
from vsrlab.zoo import model_of, row, tokens_of

# Signature of a collapse: so many steps with a loss this near to 2 x batch x margin and scores alike to such a share of the margin,
# and an rsum below LEARNS times chance; above that a run has not collapsed, whatever its loss.
FLAT_STEPS, FLAT_NEAR, FLAT_SPREAD, LEARNS = 50, 0.03, 0.02, 2.0


def fit(corpus, settings: Settings = Settings(), out=None, dev=None, *, fresh: bool = False, ui: str = "auto",
        vocabulary=None) -> Run:
    """Train a model of the zoo; the run that comes back has the weights of the epoch with the best rsum on `dev`.

    out         run folder; the same call again goes on where it stopped, with the results of one that never did: to the bit with
                the same number of threads and version of torch, to the last digits otherwise.  None: not saved
    dev         corpus that chooses the epoch, by its first 1,000 images; None: every tenth pair of images is held out
    fresh       begin anew, in a new folder beside `out`, which is never overwritten
    ui          "rich" (one display of a notebook), "text" (one line an epoch), "none"; "auto" finds out
    vocabulary  one that is given, to share its word ids: a Vocabulary, the folder of another run, or a JSON file, such as those
                of SCAN and VSRN; None: the words of the training captions

    Interrupting (Ctrl-C, the kernel's stop button) saves after the step and returns the run so far.  Processes
    that torchrun started train as one.  Raises Problem for what cannot be trained.
    """
    needs("vl.fit", settings, Settings)
    for given in (corpus,) if dev is None else (corpus, dev):
        needs("vl.fit", given, Corpus)
    device = choose_device(settings.device)
    everyone = world(device)
    train, dev, held = divide(corpus, dev)
    vocabulary = _words(train, settings, vocabulary)
    same_features(features := train.regions.shape[2], dev)
    source = source_of(train)
    same_source(source, dev)
    same_words(vocabulary, dev)
    settings = settings.but(options=row(settings.model).model.sized(settings.options, len(train)))
    with seeded(settings.seed, device), ExitStack() as closing:
        model = model_of(settings, features, len(vocabulary)).to(device)
        same_nets(model, train, dev)
        settings = settings if _learns(model) else settings.but(epochs=0)
        run = Run(settings, features, vocabulary, model, source=source)
        state = resume.begin(run, train, dev, held, out, fresh, everyone, closing)
        show = panel.display(ui, state.run.name, settings.epochs, steps(len(train.texts), settings.batch, everyone.size),
                             chance(len(dev), dev.image_of_text)["rsum"], silent=not everyone.main)
        if state.said:
            show.say(state.said)
        with (exact_products(state.product), nothing_half(state.run, everyone.main),
              resume.interruptible(alone=everyone.size == 1) as stop):
            _begin(state, train, dev, held, everyone, show, stop)
            while state.epoch < settings.epochs and _epoch(state, train, everyone, show, stop):
                _measure(state, dev, held, everyone, show, stop)
        if state.epoch < settings.epochs:
            show.say(resume.halt(state, stop, everyone))
        return resume.ended(state, everyone)


def _learns(model) -> bool:
    """Has the model a weight that an epoch could change?  One that is solved has none."""
    return any(p.requires_grad for p in model.parameters())


def _begin(state, train, dev, held, everyone, show, stop):
    """Before the first epoch: what the model finds in the training data at once; a model that is solved by it is measured."""
    run = state.run
    read_at_once(run.model, train.texts, run.vocabulary)
    if state.epoch or state.step or run.log:
        return
    run.model.begin(lambda: (b.to(run.device) for b in batches(train, run.vocabulary, run.settings.batch, run.settings.seed)))
    if not _learns(run.model):
        _measure(state, dev, held, everyone, show, stop)


def _words(train: Corpus, settings: Settings, given) -> Vocabulary:
    """The vocabulary that was given, read where it is a path, or that of the captions; it knows at least one of their words."""
    vocabulary, tokens = given, tokens_of(settings.model, settings.options)
    if isinstance(given, (str, os.PathLike)):
        vocabulary = Vocabulary.load(Path(given, "vocabulary.json") if Path(given).is_dir() else given)
    if vocabulary is None:
        vocabulary = Vocabulary.of(train.texts, settings.min_count, tokens=tokens)
        if len(vocabulary) == len(MARKS):
            raise Problem(f"no word of the captions of {train.name} enters the vocabulary with min_count={settings.min_count}; "
                          "lower it, or look at the captions.")
    needs("vl.fit(vocabulary=)", vocabulary, Vocabulary)
    readable(vocabulary, tokens, settings.model)
    same_words(vocabulary, train)
    return vocabulary


def _epoch(state: resume.TrainingState, train, everyone: World, show, stop: resume.Stop) -> bool:
    """Train from the step where the state stands to the end of the epoch; False when it was asked to stop before."""
    run, settings, optimiser, began = state.run, state.run.settings, state.optimiser, time.perf_counter()
    length = steps(len(train.texts), settings.batch, everyone.size)
    run.model.train()
    run.model.epoch(state.epoch, settings.epochs)
    part, goes_on = (everyone.rank, everyone.size), True
    for batch in batches(train, run.vocabulary, settings.batch, settings.seed, state.epoch, part, state.step,
                         together=row(settings.model).paper.together):
        with stop.held(run.model):
            torch.manual_seed(seed_of(settings.seed, state.epoch, state.step, everyone.rank))
            with precision(settings, run.device):
                parts, spread, level = losses(run.model, batch.to(run.device), settings, hardest(settings, state.epoch), everyone)
            if everyone.size == 1 and (run.device.type == "cpu" or state.step % 50 == 0):      # a GPU is not asked at every step
                _numbers(state, {f"the {name} loss": x for name, x in parts.items()})
            for group in optimiser.param_groups:
                group["lr"] = rate(settings, state.epoch, state.step, length)
            optimiser.zero_grad()
            sum(parts.values()).backward()                                       # total loss
            everyone.sum_gradients(run.model.parameters())
            if settings.clip:
                nn.utils.clip_grad_norm_(run.model.parameters(), settings.clip)
            stop.changing()
            optimiser.step()
            _count(state, parts, spread, level)
        show.step(state.epoch, state.step, lambda: means(state))
        goes_on = not everyone.any(stop.asked, run.device)
        if not goes_on:
            break
    state.totals = {name: everyone.sum(x) for name, x in state.totals.items()}
    state.seconds += time.perf_counter() - began
    return goes_on


def _count(state, parts, spread, level):
    """Add a finished step to the epoch's sums; nothing is read back from a GPU here."""
    state.step += 1
    for name, x in {**{f"loss {name}": part.detach() for name, part in parts.items()}, "spread": spread}.items():
        state.totals[name] = state.totals.get(name, 0.0) + x.double()
    near = (parts["rank"].detach() - level).abs() < FLAT_NEAR * level
    state.flat = (state.flat + 1) * (near & (spread < FLAT_SPREAD * state.run.settings.ranking[1])).float()


def _numbers(state, values: dict):
    """Stop when something is no longer a number, before it is saved."""
    sick = next((name for name, x in values.items() if not bool(torch.isfinite(x).all())), None)
    if sick:
        kept = "the epochs before are saved" if state.epoch and state.run.folder else "nothing was saved yet"
        raise Problem(f"epoch {state.epoch + 1}: {sick} is no longer a number, so training stopped; {kept}. "
                      "Try a smaller rate, clip=2.0, or look for broken features with vsrlab doctor.")


def means(state) -> dict:
    """The epoch so far: {"loss": ..., "loss rank": ..., "spread": ..., "alarm": sentence or ""}."""
    table = {name: float(x) / state.step for name, x in state.totals.items()}
    table = {"loss": sum(x for name, x in table.items() if name.startswith("loss")), **table} if table else {}
    alarm = ("" if float(state.flat) < FLAT_STEPS else
             "collapse: the loss has stood at 2 x batch x margin for 50 steps and all scores are alike; stop, and try "
             "a smaller rate, a longer warm_up with the sum of hinges, or a larger batch")
    return table | {"alarm": alarm}


def _measure(state, dev, held, everyone, show, stop):
    """Rank the development images after an epoch, or what was solved; keep the best weights, and save before the next epoch."""
    run, began = state.run, time.perf_counter()
    now = means(state)
    _numbers(state, {**state.totals, **dict(run.model.named_parameters())})
    found = everyone.agree(lambda: development(run, dev))
    level = chance(len(dev), dev.image_of_text)["rsum"]
    now["alarm"] = "" if found["rsum"] > LEARNS * level else now["alarm"]
    with stop.held():
        line = {"epoch": min(state.epoch + 1, run.settings.epochs), **now, **found, "rate": rate(run.settings, state.epoch),
                "hinge": used(run.settings, state.epoch),
                "seconds": state.seconds + time.perf_counter() - began, "chance": level, "dev": held}
        best = run.best is None or line["rsum"] > run.best["rsum"]
        run.log.append(line)
        state.epoch, state.step, state.totals, state.seconds = line["epoch"], 0, {}, 0.0
        everyone.agree(lambda: _save(state, line, best, dev) if everyone.main else None)
    show.epoch(line, best)


def development(run: Run, dev) -> dict:
    """Recalls and ranks of the model as it is, on a corpus."""
    texts = encode_texts(run.model, dev.texts, run.vocabulary)
    return summary(ranks(score_all(run.model, encode_images(run.model, dev), texts), dev.image_of_text))


def _save(state, line, best, dev):
    """best.pt, then last.pt, then what is made from them: killed in between, the same call makes the rest again."""
    if best:
        state.keep_best(metrics(line, dev))
    state.save()
    if state.run.folder:
        write_log(state.run, dev)
