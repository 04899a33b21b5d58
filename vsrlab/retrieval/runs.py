"""Runs of TREC's tools and of ranx as scores: from_run.  Ids say which side asks; a run of all answers is a whole matrix."""
import math
from pathlib import Path

import numpy as np

from vsrlab.errors import Problem, unknown
from vsrlab.inputs import parse_json, read_text, short
from vsrlab.retrieval.cut import SOUGHT, Cut, Listed
from vsrlab.retrieval.pairs import owners, texts_and_owners
from vsrlab.retrieval.scored import Scored, numbered
from vsrlab.retrieval.sources import EACH, GIVE, called, photos_of

WHAT = "a run: lines 'qid Q0 docid rank score tag', or ranx JSON {qid: {docid: score}}"


def from_run(path, texts, image_of_text=None, *, side: str | None = None, photos=None, image_ids=None, text_ids=None,
             name: str = "", split: str = "", dataset: str = ""):
    """The answers that another program wrote down, best first: a Cut, or a Scored where every answer of a side is listed.

    path    a file in the format of TREC (qid Q0 docid rank score tag; answers are put in order by their scores, not by the rank
            that is written) or of ranx (JSON {qid: {docid: score}}), such a dictionary, or a list of two, one of each direction
    side    who asks, "text" or "image"; None: the ids tell
    The other arguments are those of `from_scores`; text ids that nobody gives are "image id#0", "image id#1", ...
    Raises Problem for lines that cannot be read, ids that are not in the gallery, repeated answers.
    """
    told = texts_and_owners(texts, split)
    owner, ids = owners(told, image_of_text, image_ids)
    if owner is None:
        if len(told.texts) % EACH:
            raise Problem(f"there are {len(told.texts)} texts, which is not five an image; {GIVE}.")
        owner = np.repeat(np.arange(len(told.texts) // EACH), EACH)
    ids = ids or [str(n) for n in range(int(owner.max()) + 1)]
    text_ids = [str(n) for n in text_ids] if text_ids is not None else told.text_ids or numbered(ids, owner)
    if len(text_ids) != len(told.texts):
        raise Problem(f"there are {len(text_ids)} text_ids for {len(told.texts)} texts; give one for each.")
    photo, notes = photos_of(photos, ids, told)
    several = path if isinstance(path, (list, tuple)) else [path]
    name, lists = name or called("", several[0], "run"), {}
    for one in several:
        asked = lines_of(one)
        who = side_of(asked, ids, text_ids, side if len(several) == 1 else None, _said(one))
        if who in lists:
            raise Problem(f"two runs of {who} queries were given; give one of each direction.")
        lists[who], more = _listed(asked, who, ids, text_ids, owner, _said(one))
        notes += more
    kept = dict(split=split, photo=photo, note="; ".join(notes), dataset=dataset)
    for who, listed in lists.items():
        if listed.asked.all() and listed.depth == len(ids if who == "text" else told.texts):
            return Scored(name, _matrix(listed, who), ids, told.texts, owner, text_ids=text_ids, **kept)
    return Cut(name, ids, told.texts, owner, text_ids, lists, **kept)


def lines_of(source) -> dict:
    """{qid: {docid: score}} of a file or a dictionary."""
    said = _said(source)
    if isinstance(source, (str, Path)):
        text = read_text(source, WHAT)
        found = parse_json(text, source, WHAT, {str: {str: float}}) if text.lstrip().startswith("{") else _trec(text, source)
    elif isinstance(getattr(source, "run", source), dict) or hasattr(source, "to_dict"):
        found = source if isinstance(source, dict) else source.to_dict()             # ranx.Run
    else:
        raise Problem(f"the run is {short(source)}; give {WHAT}.")
    if not found:
        raise Problem(f"{said} holds no answer; give {WHAT}.")
    for query, answers in found.items():
        wrong = next((f"{doc}: {score!r}" for doc, score in answers.items() if not math.isfinite(score)), None)
        if wrong:
            raise Problem(f"{said}, query {query}: the score of {wrong} is no finite number; mend the run.")
    return {str(query): {str(doc): float(score) for doc, score in answers.items()} for query, answers in found.items()}


def _said(source) -> str:
    return str(source) if isinstance(source, (str, Path)) else "the run"


def _trec(text: str, path) -> dict:
    found = {}
    for n, line in enumerate(text.splitlines(), 1):
        cells = line.split("\t") if line.count("\t") == 5 else line.split()
        if not cells:
            continue
        if len(cells) != 6:
            raise Problem(f"{path}, line {n}: {len(cells)} columns, expected six: qid Q0 docid rank score tag.")
        query, _, doc, _, score, _ = (cell.strip() for cell in cells)
        try:
            value = float(score)
        except ValueError:
            raise Problem(f"{path}, line {n}: {score[:40]!r} is no score; expected qid Q0 docid rank score tag.") from None
        if doc in found.setdefault(query, {}):
            raise Problem(f"{path}, line {n}: query {query} lists {doc} twice; mend the run.")
        found[query][doc] = value
    return found


def side_of(asked: dict, ids: list, text_ids: list, side, said: str) -> str:
    """Who asks: the side whose ids the queries have, while the answers have those of the other."""
    if side is not None and side not in SOUGHT:
        raise unknown("side", side, SOUGHT)
    names = {"text": set(text_ids), "image": set(ids)}
    docs = {doc for answers in asked.values() for doc in answers}
    fits = [who for who in ("text", "image") if asked.keys() <= names[who] and docs <= names[SOUGHT[who]]]
    if side in fits or side is None and len(fits) == 1:
        return side or fits[0]
    if len(fits) == 2:
        raise Problem(f"{said}: its ids could be those of images and of texts; pass side='text' where texts ask, 'image' where "
                      "images do.")
    lost = [query for query in asked if query not in names[side or "text"]]
    lost = lost or [doc for doc in docs if doc not in names[SOUGHT[side or "text"]]]
    raise Problem(f"{said}: {len(lost)} of its ids are not in the gallery, such as {', '.join(lost[:3])}; texts are called "
                  f"{', '.join(text_ids[:2])}, ..., images {', '.join(ids[:2])}, ...; give image_ids= and text_ids=.")


def _listed(asked, side, ids, text_ids, owner, said) -> tuple:
    """(Listed, notes)"""
    queries, answers = (text_ids, ids) if side == "text" else (ids, text_ids)
    row = {name: n for n, name in enumerate(answers)}
    rows, scores = [], []
    for n, query in enumerate(queries):
        there = asked.get(query, {})
        at, score = np.array([row[doc] for doc in there], int), np.array(list(there.values()), float)
        right = at == owner[n] if side == "text" else owner[at] == n
        order = np.lexsort((at, right, -score))
        rows.append(at[order])
        scores.append(score[order])
    has = np.array([query in asked for query in queries])
    lost = int((~has).sum())
    notes = [f"{lost:,} of {len(queries):,} {side} queries are not in the run and count as missed"] if lost else []
    return Listed(rows, scores, min(len(one) for one, there in zip(rows, has) if there), has), notes


def _matrix(listed, side) -> np.ndarray:
    """(I, T) scores of a run that lists every answer."""
    rows, scores = np.stack(listed.rows), np.stack(listed.scores)
    found = np.empty(rows.shape)
    np.put_along_axis(found, rows, scores, 1)
    return np.ascontiguousarray(found.T) if side == "text" else found
