"""show: the picture of a value, whatever it is.  In a notebook it appears; elsewhere the Figure comes back."""
from vsrlab import draw, figures, sentences
from vsrlab.data.corpus import Corpus
from vsrlab.draw.curves import training
from vsrlab.errors import Problem
from vsrlab.explain.record import Explanation
from vsrlab.leaderboard.board import Leaderboard
from vsrlab.leaderboard.words import sentence
from vsrlab.measure.result import Comparison, Result
from vsrlab.retrieval.answers import Answers, opening, retrieve
from vsrlab.retrieval.branches import Branches
from vsrlab.retrieval.index import Hits, Index
from vsrlab.retrieval.scored import Scored
from vsrlab.run import Run
from vsrlab.views.methods import MethodsView, is_faithfulness
from vsrlab.views.pointing import PointingView, is_pointing
from vsrlab.views.view import View


def show(value, **style):
    """Draw an Explanation, Hits or Answers, Index or Scored, Run, Corpus, Result, Comparison, Leaderboard, View, Figure, or the
    table of `vl.faithfulness` or of `vl.pointing_game`.

    `style` goes to the figure.
    An Explanation with attention opens on the word that adds most; without, on its relations, or on the photo alone.
    An Index or a Scored shows an instructive query: the text whose right image lies deepest among the first ten.
    A View appears as its own `show()` makes it.
    """
    value = MethodsView(value) if is_faithfulness(value) else PointingView(value) if is_pointing(value) else value
    if isinstance(value, View) and in_notebook():
        return value.show()
    figure, said = picture_of(value, **style)
    if not in_notebook():
        return figure
    from IPython.display import display
    # raw, so that the alternative text travels with the picture
    display({"image/png": png(figure), "text/plain": said}, raw=True, metadata={"image/png": {"alt": said}})


def picture_of(value, **style) -> tuple:
    """(Figure, its sentence) of a value."""
    if isinstance(value, draw.Figure):
        return value, value.get_label() or "A figure."
    if isinstance(value, View):
        return value.figure(**style), value.text()
    if isinstance(value, Explanation):
        if value.attention is None and value.affinity is not None:
            return figures.relations(value, **style), sentences.match(value)
        return figures.attention(value, **style), sentences.match(value)
    if isinstance(value, (Index, Scored)):
        branches = Branches(value)
        value = retrieve(branches, text=opening(branches)[0])
    elif isinstance(value, Hits):
        value = value.answers
    if isinstance(value, Answers):
        return figures.retrieval(value, **style), sentences.retrieval(value)
    if isinstance(value, Run):
        return figures.curves(value.log, title=value.name, batch=value.settings.batch, **style), training(value.log)
    if isinstance(value, Corpus):
        return figures.contact_sheet(value, **style), repr(value)
    if isinstance(value, Result):
        return figures.results(value, **style), sentences.result(value)
    if isinstance(value, Comparison):
        return figures.comparison(value, **style), sentences.comparison(value)
    if isinstance(value, Leaderboard):
        return value.figure(**style), sentence(value)
    raise Problem(f"there is no picture of a {type(value).__name__}; show an Explanation, Index, Scored, Hits, Answers, Run, "
                  "Corpus, Result, Comparison, Leaderboard, View or Figure.")


def in_notebook() -> bool:
    """Is there a kernel whose front end can draw?"""
    return getattr(draw.shell(), "kernel", None) is not None


def png(figure) -> bytes:
    """A figure as PNG, as large as it is."""
    return draw.png(figure, figure.dpi)
