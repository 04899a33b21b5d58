"""Lookup: the row of an image or a text that a person names by its row, its id or its words."""
import numbers

from vsrlab.errors import Problem


def image_row(corpus, image) -> int:
    """The row of an image given by its row or its id."""
    if isinstance(image, numbers.Integral):
        if not 0 <= image < len(corpus):
            raise Problem(f"{corpus.name} has images 0 to {len(corpus) - 1}; row {image} was asked for.")
        return int(image)
    if str(image) not in corpus.ids:
        raise Problem(f"{corpus.name} has no image with id {str(image)!r}; ids look like {corpus.ids[0]!r}, "
                      f"or give a row, 0 to {len(corpus) - 1}.")
    return corpus.ids.index(str(image))


def text_of(corpus, vocabulary, text) -> tuple:
    """(row, text) of a text given by its row; (None, text) of a sentence, which has to hold a known word."""
    if not isinstance(text, str):
        if not isinstance(text, numbers.Integral) or not 0 <= text < len(corpus.texts):
            raise Problem(f"{corpus.name} has texts 0 to {len(corpus.texts) - 1}; {text!r} was asked for. "
                      "A sentence of your own goes in quotes.")
        return int(text), corpus.texts[text]
    return None, vocabulary.require(text)
