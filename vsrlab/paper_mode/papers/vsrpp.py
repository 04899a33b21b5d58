"""VSR++.  Yuan, Huang, Zhang, Chen, Cheng, Wang, ICPR 2020: this kit's reading of the poster."""
from vsrlab.paper_mode.multiply import costs as costs_of
from vsrlab.paper_mode.multiply import linear, max_of_hinges, unit
from vsrlab.paper_mode.one_pass import array
from vsrlab.paper_mode.papers.scan import local
from vsrlab.paper_mode.papers.shared import batch, losses, reads_with_a_gru, score, words_of
from vsrlab.paper_mode.papers.vsrn import caption, image_steps, sentence
from vsrlab.paper_mode.step import Step, Told

FILE = "models/vsrpp.py"
NOTE = ("This kit's reading of the poster. The paper itself and its program could not be had; what the poster leaves open is "
        "listed below, "
        "and every choice can be changed.")
QUESTIONS = (
    "Which way does the local score look, words at regions or back, with which lambda and pooling, and does it see the regions "
    "before "
    "or after reasoning?",
    "What do the two fusion rows of Table 1 mean, and does mu weigh scores or losses? The labels of Table 2 are partly illegible.",
    "How do both directions of the text encoder become one sentence, and do the global and the local half share it?",
    "Which size, learning rate and number of epochs, and is one model reported or the mean of two?",
    "Is VSRN's caption loss kept? The poster has only a reference that speaks for it.")


def shifted(steps: list, renamed: dict) -> list:
    """Rows of another paper under keys of their own."""
    from dataclasses import replace
    return [replace(step, key=renamed.get(step.key, step.key)) for step in steps]


def late(run) -> bool:
    """Do both halves share nothing?"""
    return run.model.apart is not None


def regions(run) -> Step:
    """The row of the regions that words attend to."""
    raw, apart = run.model.local_regions == "raw", late(run)
    words = ("Another layer of its own takes the regions into the space of the words." if apart else
             "Words attend to the regions as they were before reasoning." if raw else "Words attend to the regions after "
             "reasoning.")

    def follow(p):
        return unit(linear(p, "apart.embed", p.features)) if apart else unit(p["global-1"] if raw else p["reasoned"])
    return Step("regions", r"u_i = v_i\,/\,\|v_i\|" if raw or apart else r"u_i = v_i^{*}\,/\,\|v_i^{*}\|", words, "R D", follow,
                lambda p: array(p.images.parts[0]), (FILE, "local regions"),
                departs="The poster does not say which; local_regions='reasoned' is this kit's paper setting.")


def fusions(run) -> list:
    """The rows of the three ways to put both halves together, on the three pairs."""
    margin, mu = run.settings.ranking[1], abs(float(run.model.mu))
    cost = lambda p, name: max_of_hinges(costs_of(p.batch.term(name), p.batch.right, margin))
    said = f"The loss of this run is fusion={run.model.fusion!r}."
    return [
        Step("fusion-simi", r"L_{simi} = \ell_{MH}(S_l + \mu\,S_g)", "One loss on the sum of both scores.", "",
             lambda p: max_of_hinges(costs_of(p.batch.term("local") + mu * p.batch.term("global"), p.batch.right, margin)),
             code=(FILE, "fusion simi"), departs=said),
        Step("fusion-loss", r"L_{loss} = \ell_{MH}(S_l) + \mu\,\ell_{MH}(S_g)", "Two losses, added up with the weight mu.", "",
             lambda p: cost(p, "local") + mu * cost(p, "global"), code=(FILE, "fusion loss"), departs=said),
        Step("fusion-late", r"L_{late} = \ell_{MH}(S_l) + \ell_{MH}(S_g)", "Two models that share nothing, each with its loss.", "",
             lambda p: cost(p, "local") + cost(p, "global"), code=(FILE, "fusion late"), departs=said)]


def steps(run) -> list:
    """The rows of both towers, their sum, and the losses.  Rows of VSRN's half are "global-1" and so on, those of SCAN's "eq-1"."""
    reads_with_a_gru(run)
    whole = shifted(image_steps(run), {f"eq-{n}": f"global-{n}" for n in range(1, 8)})
    return [*[_under(step) for step in whole], sentence(),
            Step("global", r"S_g = I \cdot C", "The global score: the cosine of the whole image and the whole sentence.", "",
                 lambda p: p["image"] @ p["text"], lambda p: array(p.match.seen["global"][0, 0]), (FILE, "S_global")),
            regions(run), words_of("apart.text" if late(run) else "text"),
            *local(run, lambda p: array(p.match.seen["local"][0, 0])),
            Step("sum", r"S = S_l + \mu\,S_g", "Both scores are added up; mu weighs the global one.", "",
                 lambda p: p[_pooled(run)] + abs(float(p.model.mu)) * p["global"], score, (FILE, "S = S_local"),
                 departs=f"mu is {abs(float(run.model.mu)):g} here; 2.0 is this kit's reading of the poster's Table 2.",
                 exercise="mix"),
            batch(), *losses(run, ("all", "eq-8")), *fusions(run), *caption(run)]


def _pooled(run) -> str:
    return {"mean": "eq-6", "lse": "eq-7"}.get(run.model.attention.pooling, "pooled")


def _under(step: Step) -> Step:
    """A row of VSRN that finds the rows before it under the keys of this paper, and says that it is VSRN's."""
    from dataclasses import replace
    under = lambda call: call and (lambda p: call(Renamed(p)))
    printed = f"VSRN {step.printed}" if step.printed else ""
    return replace(step, follow=under(step.follow), read=under(step.read), printed=printed)


class Renamed:
    """A Pass in which VSRN's rows have their own keys."""

    def __init__(self, p):
        self._pass = p

    def __getattr__(self, name):
        return getattr(self._pass, name)

    def __getitem__(self, key: str):
        return self._pass[f"global-{key[3:]}" if key.startswith("eq-") else key]


TOLD = Told("vsrpp", steps, NOTE, QUESTIONS, ("vsrpp-t1", "vsrpp-t2"))
