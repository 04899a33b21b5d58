"""The tour: train VSR++ on generated scenes, measure it, run the start notebook, and write one page to look at."""
import base64
import io
import time
from html import escape
from pathlib import Path

from vsrlab.errors import Problem
from vsrlab.page.html import POLICY
from vsrlab.settings import Settings

RUN = Path("runs/start")                       # the start notebook opens a run that comes with the kit
SETTINGS = Settings.scenes("vsrpp", seed=3)
TRAIN, TEST = dict(images=1200, seed=1), dict(images=300, seed=2, split="test")


def tour(out="tour", notebook="notebooks/00_start_here.ipynb"):
    """Do the main job once, from nothing to a page; prints what to open next and returns the page's path."""
    from vsrlab.data.scenes.corpus import scenes
    from vsrlab.retrieval.evaluate import evaluate
    from vsrlab.retrieval.index import index
    from vsrlab.training.fit import fit
    from vsrlab.training.folder import Another
    if not Path(notebook).exists():
        raise Problem(f"there is no {notebook} here; give 'vsrlab tour' in the project's folder, where notebooks/ is.")
    begun = time.perf_counter()
    _say(begun, "drawing a world of scenes, and training VSR++ on it (an interrupted tour goes on where it was)")
    try:
        run = fit(scenes(**TRAIN), SETTINGS, out=RUN)
    except Another as there:                   # beginning beside it would leave two tours, and nobody knows which is meant
        raise Problem(f"{RUN} holds another run than the tour's ({there.how}); rename it, such as mv {RUN} {RUN}-mine, "
                      "and give 'vsrlab tour' again.") from None
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    _say(begun, "measuring it on scenes it has not seen")
    test = scenes(**TEST)
    at = index(run, test)
    result = evaluate(at, test)
    print(result)
    _say(begun, "running the start notebook")
    executed = _notebook(notebook, out)
    page = _page(out / "index.html", run, at, result)
    _say(begun, "done")
    print(f"\nLook at   {page}\nThen      make lab        opens {notebook} in JupyterLab"
          f"\n          {executed}  is the same notebook, already run")
    return page


def _say(begun, what):
    print(f"[{time.perf_counter() - begun:5.0f} s] {what}", flush=True)


def _notebook(notebook, out):
    """Run the notebook where it stands, so that its relative paths hold, and keep the copy in `out`."""
    from vsrlab.notebooks import execute
    execute(notebook, out / Path(notebook).name)
    return out / Path(notebook).name


def _page(path, run, at, result):
    """One offline page: the numbers, the curves, a search, a match and its reasons."""
    from vsrlab import figures, sentences
    from vsrlab.explain.choosing import best_word
    from vsrlab.explain.explanation import explain
    from vsrlab.retrieval.answers import retrieve
    corpus = at.corpus
    text = int(at.ranks.of_texts.argmin())                    # a sentence that found its picture, to begin with
    image = int(corpus.image_of_text[text])
    e, found = explain(run, at, image=image, text=text), retrieve(at, text=text, k=5)
    parts = [
        ("Scenes", "Generated pictures of the kind it was trained on, five captions each; it has never seen these.",
         figures.contact_sheet(corpus, 8)),
        ("Learning", "Loss and recalls on scenes kept back for choosing the best epoch; chance is the dashed line.",
         figures.curves(run.log)),
        ("A search", sentences.retrieval(found), figures.retrieval(found)),
        ("Where the words look", sentences.attention(e, best_word(e)), figures.attention(e)),
        ("How the regions reason", sentences.relations(e, len(e.affinity) - 1), figures.relations(e)),
    ]
    body = "".join(f"<h2>{escape(title)}</h2><p>{escape(words)}</p>{_image(figure, words)}" for title, words, figure in parts)
    html = PAGE.format(policy=POLICY, title="vsrlab: the tour", table=escape(str(result)), body=body)
    partial = path.with_suffix(".partial")
    partial.write_text(html, encoding="utf-8")
    partial.replace(path)
    return path


def _image(figure, alt):
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=110)
    return f'<img alt="{escape(alt, quote=True)}" src="data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}">'


PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{title}</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}}
body{{color:#1b1b1b;background:#fff}}
img{{max-width:100%;border:1px solid #ddd;border-radius:6px}}
pre{{background:#f4f4f2;padding:1rem;white-space:pre-wrap;border-radius:6px}}</style>
<h1>Why does this sentence find that picture?</h1>
<p>VSR++, trained a moment ago on this machine on generated scenes, measured on scenes it has never seen.</p>
<pre>{table}</pre>{body}
<p>Next: <code>make lab</code> opens the start notebook; there the pictures react.</p></html>
"""
