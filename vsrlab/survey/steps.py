"""The ten steps: what each is about, which printed rows belong to it, and what its numbers say in words."""
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class About:
    """One step of the walk.

    idea      the one thing to see      printed   ((system, data set, table, pattern of the row's name), ...)
    """
    title: str
    idea: str
    printed: tuple


STEPS = {
    "margin": About("One space", "UVS pulls a sentence towards its image until each wrong image is a margin farther away.",
                    (("MNLM", "Flickr30K", "uvs-t2", "OxfordNet"),)),
    "neighbours": About("Neighbours", "DSPE also wants the captions of one image nearer to each other than to other captions.",
                        (("DSPE", "Flickr30K", "dspe-t1", r"\(d\) tf-idf"),)),
    "classes": About("Each image its own class", "Dual-path first learns to name the image, for both sides by one classifier.",
                     (("Dual-Path", "Flickr30K", "dpc-loss", "Only .* Stage I$"),)),
    "looks": About("Looking twice", "DAN looks at the regions and at the words again, guided by what it saw before.",
                   (("DAN", "Flickr30K", "dan-t2", "."),)),
    "hardest": About("The hardest wrong answer", "VSE++ lets only the hardest wrong answer of a batch push; VSE0 lets all of them.",
                     (("VSE0", "COCO", "vsepp-t2", "#2.2"), ("VSE++", "COCO", "vsepp-t2", "#1.7"))),
    "refining": About("Refining", "RRF-Net applies one residual layer again and again, and fuses what comes out of every step.",
                      (("RRF-Net", "Flickr30K", "rrf-t1", "Baseline|T=[1-3]"),)),
    "order": About("Telling and ordering", "A sentence is more general than its image, and a shorter sentence more general still.",
                   (("Order-embeddings", "COCO", "chain-t3", r"d=1024\), VGG"), ("GXN", "COCO", "gxn-t1", "GRU"))),
    "letters": About("Letters", "Chain-VSE reads characters, so a wrong letter does not make a word unknown.",
                     (("CHAIN-VSE", "COCO", "chain-t3", r"d=1024.*VGG"),
                     ("Order-embeddings", "COCO", "chain-t3", r"d=1024\), VGG"))),
    "concepts": About("Concepts and a gate", "SCO names what regions show, and a gate mixes the names with the whole image.",
                      (("SCO", "Flickr30K", "sco-t2", r"^(ctx|cnp|cnp \+ ctx|cnp \+ ctx \+ gen)$"),)),
    "pairs": About("Pairs", "A pair can be matched by its best regions, by looks, by convolutions or by attention.",
                   (("DVSA", "Flickr30K", "dvsa-t1", "BRNN"), ("sm-LSTM", "Flickr30K", "smlstm-t3", "T = 3"),
                    ("m-CNN", "Flickr30K", "mcnn-t3", "ENS / VGG"), ("SCAN", "Flickr30K", "scan-t1", "t-i AVG "))),
}


def mean(runs, name: str) -> float:
    """The mean of a recall over seeds."""
    return float(np.mean([run[name] for run in runs]))


def margin(d) -> str:
    """What the numbers of the step say."""
    b, a = d["before"], d["after"]
    return (f"Before training {b['within']:.1f} % of the wrong images are not yet {d['margin']:g} below the right one; after it, "
            f"{a['within']:.1f} %: only these still push. R@1 rises from {b['image R@1']:.1f} to {a['image R@1']:.1f} (a sentence "
            f"looks for its image) and from {b['text R@1']:.1f} to {a['text R@1']:.1f} (an image for a sentence).")


def neighbours(d) -> str:
    """Are captions of one image nearer with the structure term than without?"""
    (with_, one), (without, other) = d["rows"].items()
    gap, low, high = d["difference"]
    said = ("The term does what it says." if low > 0 else "On scenes the term makes captions of one image no nearer." if high < 0
            else "On scenes this cannot be told from no effect.")
    return (f"The nearest other caption is one of the same image for {one['share']:.1f} % {one['interval']} of the captions with "
            f"{with_}, and for {other['share']:.1f} % {other['interval']} with {without}: {gap:+.1f} points, paired "
            f"[{low:+.1f}, {high:+.1f}]. {said}")


def classes(d) -> str:
    """The instance loss alone beside ranking alone, and the verdict."""
    said = [f"{label}: R@1 {mean(runs, 'text R@1'):.1f} / {mean(runs, 'image R@1'):.1f}, rsum {mean(runs, 'rsum'):.1f} "
            f"({len(runs)} seed{'s' * (len(runs) > 1)})" for label, runs in d["rows"].items()]
    first, second = (mean(runs, "rsum") for runs in list(d["rows"].values())[:2])
    verdict = ("The instance loss alone is ahead of ranking alone here too." if first > second else
               "On scenes the instance loss alone is not ahead of ranking alone in these few epochs; the paper's had hundreds.")
    return "; ".join(said) + ". " + verdict


def looks(d) -> str:
    """Where two looks at the words fall, and what each look adds to the score."""
    first, second = (np.argmax(look) for look in d["of words"])
    words = d["words"]
    terms = ", ".join(f"{x:+.2f}" for x in d["per look"])
    return (f"\"{d['text']}\" First look at the words: most weight on \"{words[first]}\", second: on \"{words[second]}\". "
            f"The terms of the score, start and looks: {terms}. Over all images the two looks at the regions differ by "
            f"{d['apart']:.2f} (0 alike, 1 apart).")


def hardest(d) -> str:
    """Whether the hardest wrong answer alone is ahead of all of them."""
    last = {label: np.mean([seed[-1] for seed in row["rsum"]]) for label, row in d.items()}
    one, other = last
    way = "ahead" if last[other] > last[one] else "behind"
    warm = d[other]["hinge"].count("sum")
    return (f"After {len(d[one]['hinge'])} epochs {other} is {way}: rsum {last[other]:.0f} against {last[one]:.0f} on held-out "
            f"images. {other} learns {warm} epoch with all wrong answers, as {one} does, and then only from the hardest."
            + ("" if way == "ahead" else " On scenes, in these epochs, the idea does not help."))


def refining(d) -> str:
    """What refining steps gain over none."""
    found = {label: (mean(runs, "text R@1"), mean(runs, "image R@1"), mean(runs, "rsum")) for label, runs in d["rows"].items()}
    base, most = found[next(iter(found))], max(found, key=lambda label: found[label][2])
    said = ", ".join(f"{label} {x[0]:.1f} / {x[1]:.1f}" for label, x in found.items())
    gain = found[list(found)[-1]][2] - base[2]
    return (f"R@1 by steps: {said}. The highest rsum is that of {most}; three steps change it by {gain:+.1f} points from none"
            + (", a gain as printed." if gain > 0 else ", where the paper prints a gain: on scenes refining does not help."))


def order(d) -> str:
    """Whether shorter sentences violate the order less, as the idea says."""
    own, other = (np.array(d[name])[:, 0] for name in ("own", "other"))
    grows = own[0] > own[-1]
    return (f"Whole sentences violate the order of their own image by {own[-1]:.2f}, of another one by {other[-1]:.2f}. Cut to two "
            f"words: {own[0]:.2f} and {other[0]:.2f}, a gap of {other[0] - own[0]:.2f} where it was {other[-1] - own[-1]:.2f}. By "
            f"the idea a shorter sentence should violate less; on scenes it violates {'more' if grows else 'less'}"
            + (": the model saw whole sentences only, and the idea does not show here." if grows else ", as it should."))


def letters(d) -> str:
    """What is kept of R@K where letters of the sentence are wrong."""
    said = []
    for label, runs in d["rows"].items():
        lost = {k: mean([{"x": r[f"image R@{k}"][-1]} for r in runs], "x") / mean([{"x": r[f"image R@{k}"][0]} for r in runs], "x")
                for k in (1, 10)}
        said.append(f"{label} keeps {100 * lost[1]:.0f} % of its R@1 and {100 * lost[10]:.0f} % of its R@10")
    return (f"With {100 * d['share'][-1]:.0f} % of the letters wrong, " + "; ".join(said)
            + f". A sentence then reads: \"{d['example'][2]}\"")


def concepts(d) -> str:
    """Whether concepts know which region and which image they are in."""
    low, high = d["interval"]
    knows = "more" if low > d["chance"] else "less" if high < d["chance"] else "no more"
    return (f"The region that shows a word is one that the word names in {d['right']:.1f} % [{low:.1f}, {high:.1f}] of "
            f"{d['many']:,} cases; a region at random in {d['chance']:.1f} %: {knows} than chance. An image whose captions say a "
            f"word gets a higher probability for it in {d['auc']:.0f} % of pairs of images (50: knows nothing). The gate takes "
            f"{d['gate'][0]:.2f} of the names, the rest of the whole image."
            + (" After six epochs the concepts hardly know which image they are in, so regions cannot be believed here; the paper "
               "trains its concepts apart, before." if d["auc"] < 75 else ""))


def pairs(d) -> str:
    said = ", ".join(f"{label} {m['rank'] + 1}" for label, m in d["models"].items())
    return (f"\"{d['text']}\" Place of the right image among all: {said}. DVSA gives each word its best region, SCAN a mean of "
            "regions, sm-LSTM picks regions and words together in three looks, m-CNN adds what four levels say.")


SAY = {"margin": margin, "neighbours": neighbours, "classes": classes, "looks": looks, "hardest": hardest, "refining": refining,
       "order": order, "letters": letters, "concepts": concepts, "pairs": pairs}
