"""Record: one wrong pair of an image and a text as the rules for causes read it."""
from dataclasses import dataclass, field
from functools import cached_property

from vsrlab.desk.wordlists import content, denied, meaning, named, nouns, tokens


@dataclass
class Record:
    """A query and its wrong first answer.  Whoever asks, there is one wrong pair: an image, and a text that belongs to another.

    Rules read its fields; what is not known is None.
    """
    side: str                  # who asks, "text" or "image"
    query: int                 # row
    answer: int                # row of the wrong first answer
    image: int                 # row of the wrong pair's image
    text: int                  # row of its text
    caption: str               # the text itself
    captions: list             # the image's own captions
    like: float                # the text's largest tf-idf cosine with them
    usual: float               # how alike a caption and the nearest other one of its image are in this gallery
    rare: list                 # words of the text that fewer than five texts of the gallery have
    unread: list               # words that the model's vocabulary does not have
    photos: float | None       # cosine of the image with the right one, around the gallery's mean
    found: int                 # N_10 of the answer
    hub: bool                  # above the 99th percentile, and 30 or more
    generic: bool              # the text: mean score in the top tenth, deviation in the bottom tenth
    margin: float              # score of the best right answer minus that of the best wrong one
    margin_sd: float           # in deviations of the wrong answers' scores
    labels: list = field(default_factory=list)         # the detector's words for the image
    agree: tuple = (0, 0)      # of n other models, k also rank this answer above the right one: (k, n)
    bars: dict = field(default_factory=dict)           # word -> how far it favours the wrong answer; {} without a model
    hidden: dict = field(default_factory=dict)         # word -> is the right answer ahead when it is hidden?
    turned: tuple | None = None        # (the text with two things exchanged, how far its score with its own image differs, in
                                       # deviations of the wrong answers' scores); None without a model, or without such things

    @cached_property
    def words(self) -> tuple:
        """The words of the text."""
        return tokens(self.caption)

    @cached_property
    def says(self) -> dict:
        """What of each list the text says: {"colour": {"red": "red"}, ...}, see `wordlists.named`."""
        return named(self.caption)

    @cached_property
    def told(self) -> dict:
        """The same of all captions of the image."""
        found = {}
        for caption in self.captions:
            for name, said in named(caption).items():
                found.setdefault(name, {}).update(said)
        return found

    @cached_property
    def things(self) -> list:
        """The nouns of the text."""
        return nouns(self.caption)

    @cached_property
    def denied(self) -> list:
        """Things that the text says are not there."""
        return denied(self.caption)

    @cached_property
    def content(self) -> list:
        """The words of the text that say what is seen."""
        return content(self.caption)

    @cached_property
    def seen(self) -> set:
        """What all words mean that are said of the image, by its captions and by the detector."""
        return {meaning(word) for said in (*self.captions, *self.labels) for word in tokens(str(said))}

    @cached_property
    def same_words(self) -> bool:
        """Has the image a caption of the very same words?"""
        return any(tokens(caption) == self.words for caption in self.captions)
