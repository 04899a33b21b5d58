"""One picture a step.  Photos are small JPEGs of generated scenes, which the numbers bring along."""
import base64
import io

import numpy as np

from vsrlab import colours, draw
from vsrlab.figures.layout import EDGE, WIDTH

HUES = ("#0173b2", "#de8f05", "#029e73", "#d55e00")


def sheet(title: str, high: float, foot: str):
    """An empty figure with its headline and where the numbers come from."""
    figure = draw.sheet(WIDTH, high)
    draw.headline(figure, title)
    draw.footer(figure, foot)
    return figure


def pixels(d) -> np.ndarray:
    from PIL import Image
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(d["photo"]))).convert("RGB"))


def lit(figure, d, left, top, wide, weight=None, title="", light=True):
    """The photo with its regions lit by their weights (R,) -> (axes, height)."""
    image = pixels(d)
    high = wide * image.shape[0] / image.shape[1]
    ax = draw.panel(figure, left, top, wide, high)
    draw.photo(ax, image)
    if weight is not None and light:
        draw.spotlight(ax, np.array(d["boxes"]), np.array(weight))
    if title:
        ax.set_title(title, fontsize=8.5, parse_math=False)
    return ax, high


def margin(d, title, foot):
    """Shares of right and wrong pairs by their score, before training and after."""
    figure, middle = sheet(title, 3.4, foot), np.convolve(d["edges"], (0.5, 0.5), "valid")
    for left, name, said in ((0.65, "before", "random weights"), (4.95, "after", "after training")):
        ax = draw.panel(figure, left, 0.75, 3.6, 1.95)
        for key, label, hue in (("wrong", "wrong pairs", colours.MINUS), ("own", "right pairs", colours.RIGHT)):
            share = 100 * np.array(d[name][key])
            ax.fill_between(middle, share, step="mid", color=hue, alpha=0.35)
            ax.step(middle, share, where="mid", color=hue, label=label, linestyle="-" if key == "own" else "--")
        ax.set(xlim=(-1, 1), ylim=(0, None), xlabel="score", ylabel="per cent")
        ax.set_title(f"{said}: {d[name]['within']:.0f} % of the wrong within the margin", fontsize=9)
        ax.legend(loc="upper left")
    return figure


def neighbours(d, title, foot):
    """The captions of a few images in two dimensions, a colour and a mark an image, without and with the structure term."""
    figure, owner = sheet(title, 4.7, foot), np.array(d["owner"])
    marks = "os^Dv*P<>Xhp"
    for left, (label, row) in zip((4.75, 0.45), d["rows"].items()):
        ax = draw.panel(figure, left, 0.75, 3.8, 3.3)
        places = np.array(row["places"])
        for i in np.unique(owner):
            mine = places[owner == i]
            ax.plot(*mine.mean(0), ".", color=colours.MUTED, markersize=2)
            for x, y in mine:
                ax.plot([x, mine[:, 0].mean()], [y, mine[:, 1].mean()], color=colours.LINE, linewidth=0.8, zorder=1)
            ax.plot(*mine.T, marks[i % len(marks)], markersize=5.5, markeredgecolor="white", markeredgewidth=0.4, linestyle="")
        ax.set(xticks=[], yticks=[])
        ax.set_title(f"{label}: nearest is of the same image {row['share']:.1f} %", fontsize=9, parse_math=False)
    return figure


def bars(d, title, foot):
    """R@1 of both directions for each row, a circle a seed."""
    figure, rows = sheet(title, 3.3, foot), d["rows"]
    for left, name, said in ((0.65, "text R@1", "an image looks for its texts"), (4.95, "image R@1", "a text looks for its image")):
        ax = draw.panel(figure, left, 0.75, 3.6, 1.75)
        for x, (_, runs) in enumerate(rows.items()):
            value = [run[name] for run in runs]
            ax.bar(x, np.mean(value), width=0.6, color="#b2abd2")
            ax.plot([x] * len(value), value, "o", markersize=4, markerfacecolor="white", markeredgecolor=colours.PLUS)
            ax.text(x, max(value), f"{np.mean(value):.1f}\n", ha="center", va="center", fontsize=8)
        top = max(run[name] for runs in rows.values() for run in runs)
        ax.set(xticks=range(len(rows)), ylabel="R@1, per cent", ylim=(0, 1.25 * top + 0.5))
        ax.set_xticklabels(list(rows), fontsize=8, parse_math=False)
        ax.set_title(said, fontsize=9)
    return figure


def looks(d, title, foot):
    """The photo as each look lights it, with the weights of the words below."""
    figure, K = sheet(title, 7.0, foot), len(d["regions"])
    wide = (WIDTH - 2 * EDGE - 0.3 * (K - 1)) / max(K, 2)
    for k in range(K):
        left = EDGE + k * (wide + 0.3)
        _, high = lit(figure, d, left, 0.75, wide, d["regions"][k], f"look {k + 1}: regions")
        ax = draw.panel(figure, left + 0.75, 1.05 + high, wide - 0.95, 6.55 - 1.05 - high)
        draw.bars(ax, d["words"], d["of words"][k], size=7.5)
    return figure


def hardest(d, title, foot):
    """rsum on held-out images after each epoch: thin lines are seeds, thick ones their mean."""
    figure = sheet(title, 3.7, foot)
    ax = draw.panel(figure, 0.65, 0.6, 6.9, 2.25)
    x = np.arange(1, 1 + len(next(iter(d.values()))["hinge"]))
    for row, hue in zip(d.values(), HUES):
        for seed in row["rsum"]:
            ax.plot(x, seed, color=hue, linewidth=0.7, alpha=0.6)
    for artist, hue in zip(draw.lines(ax, x, {label: np.mean(row["rsum"], 0) for label, row in d.items()}), HUES):
        artist.set_color(hue)
    ax.set(xlabel="epoch", ylabel="rsum, held-out images", xticks=x)
    return figure


def refining(d, title, foot):
    """Recalls by the number of refining steps."""
    figure = sheet(title, 3.5, foot)
    for left, side, said in ((0.65, "text", "an image looks for its texts"), (4.95, "image", "a text looks for its image")):
        ax, x = draw.panel(figure, left, 0.75, 3.1, 2.0), np.arange(len(d["rows"]))
        series = {f"R@{k}": [np.mean([run[f"{side} R@{k}"] for run in runs]) for runs in d["rows"].values()] for k in (1, 10)}
        draw.lines(ax, x, series)
        for k in (1, 10):
            for at, runs in zip(x, d["rows"].values()):
                ax.plot([at] * len(runs), [run[f"{side} R@{k}"] for run in runs], "o", markersize=3.2, markerfacecolor="white",
                        markeredgecolor=colours.MUTED)
        ax.set(xticks=x, xlabel="refining steps", ylabel="per cent", ylim=(0, 100))
        ax.set_title(said, fontsize=9)
    return figure


def order(d, title, foot):
    """How far sentences of so many words violate the order, of their own image and of another one."""
    figure = sheet(title, 3.7, foot)
    ax, x = draw.panel(figure, 0.65, 0.6, 6.6, 2.25), np.arange(len(d["words"]))
    for name, hue, dash in (("own", colours.RIGHT, "-"), ("other", colours.MINUS, "--")):
        y, low, high = np.array(d[name]).T
        ax.errorbar(x, y, [y - low, high - y], color=hue, linestyle=dash, marker="o", capsize=3, markersize=4)
        ax.annotate("own image" if name == "own" else "another image", (x[-1], y[-1]), xytext=(8, 0), textcoords="offset points",
                    va="center", fontsize=8.5, annotation_clip=False)
    ax.set(xticks=x, xlabel="words of the sentence that are kept", ylabel="violation", ylim=(0, None))
    ax.set_xticklabels([str(w) for w in d["words"]])
    return figure


def letters(d, title, foot):
    """R@1 and R@10 of sentences in which so many letters are wrong."""
    figure, x = sheet(title, 3.5, foot), 100 * np.array(d["share"])
    for left, k in ((0.65, 1), (4.95, 10)):
        ax = draw.panel(figure, left, 0.75, 2.9, 2.0)
        draw.lines(ax, x, {label: np.mean([run[f"image R@{k}"] for run in runs], 0) for label, runs in d["rows"].items()})
        ax.set(xlabel="per cent of letters wrong", ylabel="per cent", ylim=(0, None))
        ax.set_title(f"R@{k}, a text looks for its image", fontsize=9)
    return figure


def concepts(d, title, foot):
    """The words that this image says more than others, each on the region that shows it best."""
    figure = sheet(title, 5.0, foot)
    ax, _ = lit(figure, d, EDGE, 0.6, 5.2)
    at = [c["region"] for c in d["concepts"]]
    draw.dim(ax, 0.35)
    draw.boxes(ax, np.array(d["boxes"])[at], 2.0)
    draw.tags(ax, np.array(d["boxes"])[at], [c["word"] for c in d["concepts"]])
    side = draw.panel(figure, 6.3, 0.95, 2.3, 0.26 * len(at) * 2)
    names = [name for c in d["concepts"] for name in (f"{c['word']}", "mean image")]
    draw.bars(side, names, [x for c in d["concepts"] for x in (c["p"], c["mean"])], size=8)
    side.set_title("probability of the word", fontsize=9)
    return figure


def pairs(d, title, foot):
    """One sentence and its image as four models match them."""
    figure, wide = sheet(title, 6.2, foot), 2.6
    _, high = lit(figure, d, EDGE, 0.75, wide, title="the pair")
    draw.paragraph(draw.panel(figure, EDGE, 0.85 + high, wide, 0.5), d["text"], 8.5)
    places = [(EDGE + wide + 1.1, 0.75), (EDGE + wide + 1.1 + 3.1, 0.75), (EDGE + 0.75, 3.55), (EDGE + wide + 1.1, 3.55)]
    for (left, top), (label, m) in zip(places, d["models"].items()):
        told = m["seen"]
        ax = draw.panel(figure, left, top, 1.9, 2.0)
        ax.set_title(f"{label}: place {m['rank'] + 1}", fontsize=8.5, parse_math=False, loc="left")
        if "attention" in told:
            ax.imshow(np.array(told["attention"]), aspect="auto", cmap="cividis")
            ax.set(yticks=range(len(m["words"])), xlabel="regions")
            ax.set_yticklabels(m["words"], fontsize=6.5, parse_math=False)
        elif "saliency of words" in told:
            ax.imshow(np.array(told["saliency of words"]).T, aspect="auto", cmap="cividis")
            ax.set(yticks=range(len(m["words"])), xticks=range(len(told["saliency of words"])), xlabel="looks at the words")
            ax.set_xticklabels([str(k + 1) for k in range(len(told["saliency of words"]))])
            ax.set_yticklabels(m["words"], fontsize=6.5, parse_math=False)
        else:
            draw.bars(ax, ("words", "short", "long", "sentence")[:len(told["levels"])], told["levels"], size=7.5)
    looked = next((m["seen"] for m in d["models"].values() if "saliency of regions" in m["seen"]), None)
    if looked:
        lit(figure, d, EDGE + wide + 1.1 + 2.4, 3.75, 2.4, looked["saliency of regions"][0], "sm-LSTM: regions of look 1")
    return figure


DRAW = {"margin": margin, "neighbours": neighbours, "classes": bars, "looks": looks, "hardest": hardest, "refining": refining,
        "order": order, "letters": letters, "concepts": concepts, "pairs": pairs}
