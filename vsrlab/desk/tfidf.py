"""How alike are two texts of a gallery?  tf-idf of the gallery's own words: cosine of counts weighed by how rare a word is."""
from functools import cached_property

import numpy as np
from scipy.sparse import csr_matrix

from vsrlab.desk.wordlists import stem, tokens

LOOKED = 2000                  # texts whose siblings say how alike captions of one image are
RARE = 5                       # a word in fewer texts of the gallery is rare


class Texts:
    """The T texts of a gallery as rows of weights; the weight is count x (log((1 + T) / (1 + n)) + 1), rows of length one."""

    def __init__(self, texts: list, image_of_text):
        self.texts, self.owner = texts, np.asarray(image_of_text)
        self.id, number, words = {}, {}, [tokens(text) for text in texts]
        column = [number.get(word) or number.setdefault(word, self.id.setdefault(stem(word), len(self.id)) + 1)
                  for some in words for word in some]                             # from 1: 0 would look like "not known"
        row, column = np.repeat(np.arange(len(texts)), [len(some) for some in words]), np.asarray(column, int) - 1
        count = csr_matrix((np.ones(len(row)), (row, column)), shape=(len(texts), max(len(self.id), 1)))
        count.sum_duplicates()
        self.many = np.bincount(count.indices, minlength=count.shape[1])              # texts that have each word
        weight = np.log((1 + len(texts)) / (1 + self.many)) + 1
        count.data *= weight[count.indices]
        length = np.sqrt(np.asarray(count.multiply(count).sum(1))).ravel()
        count.data /= np.repeat(np.maximum(length, 1e-12), np.diff(count.indptr))
        self.rows = count
        self._by_image = np.argsort(self.owner, kind="stable")
        self._ends = np.searchsorted(self.owner[self._by_image], np.arange(int(self.owner.max(initial=-1)) + 2))

    def of_image(self, image: int) -> np.ndarray:
        """Rows of the texts that describe an image."""
        return self._by_image[self._ends[image]:self._ends[image + 1]] if image + 1 < len(self._ends) else np.zeros(0, int)

    def like(self, text: int, image: int) -> float:
        """The largest cosine of a text with the captions of an image, itself left out; 0 where there are none."""
        others = self.of_image(image)
        others = others[others != text]
        return float((self.rows[others] @ self.rows[text].T).max()) if len(others) else 0.0

    def rare(self, text: int) -> list:
        """The words of a text that fewer than five texts of the gallery have."""
        return [word for word in dict.fromkeys(tokens(self.texts[text])) if self.many[self.id[stem(word)]] < RARE]

    @cached_property
    def usual(self) -> float:
        """How alike a caption and the nearest other one of its image are: the median of 2,000 random ones; 1 without others."""
        rows = np.random.default_rng(0).permutation(len(self.texts))[:LOOKED]
        siblings = [self.of_image(image) for image in self.owner[rows].tolist()]
        one = np.repeat(rows, [len(some) for some in siblings])
        other = np.concatenate(siblings) if len(rows) else one
        place = np.repeat(np.arange(len(rows)), [len(some) for some in siblings])[one != other]
        one, other = one[one != other], other[one != other]
        if not len(one):
            return 1.0
        like, most = np.asarray(self.rows[one].multiply(self.rows[other]).sum(1)).ravel(), np.full(len(rows), -1.0)
        np.maximum.at(most, place, like)
        return float(np.median(most[most >= 0]))
