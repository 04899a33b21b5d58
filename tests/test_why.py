"""Why a query found what it found: verdict, waterfall that adds up, causes, the other model; in a script and as a page."""
import re
from dataclasses import replace
from html import unescape

import numpy as np
import pytest
from foreign import IDS, OWNER, SCORES, TEXTS
from PIL import Image
from sanitiser import sanitised
from toy import indexed

import vsrlab as vl
from vsrlab.desk.causes import order_blind
from vsrlab.desk.judgements import Judgement
from vsrlab.errors import Problem
from vsrlab.figures.why import why_sheet
from vsrlab.retrieval.failures.why import CELLS, asked_why, failures_by_margin
from vsrlab.retrieval.scored import Scored
from vsrlab.scoring import score_all
from vsrlab.views.why import words as said


def scored(x=SCORES, **more):
    return Scored("clip", x, IDS, TEXTS, OWNER, photo=lambda row: Image.new("RGB", (40, 30), (9 * row, 80, 80)), **more)


@pytest.fixture(scope="module")
def run():
    return indexed("vsrpp", images=30)[1]


@pytest.mark.parametrize("name, chosen, exact", [
    ("vsrpp", {}, True), ("vsrpp", {"pooling": "lse"}, False), ("vsrpp", {"fusion": "late"}, True),
    ("scan", {"direction": "i-t"}, True), ("scan", {"pooling": "sum"}, True), ("vsepp", {}, True), ("vsrn", {}, True)])
@pytest.mark.parametrize("asked", [{}, {"image": 3}])
def test_the_waterfall_adds_up_to_the_margin(name, chosen, exact, asked):
    found = asked_why(indexed(name, images=30, **chosen)[1], **asked)
    assert sum(bar.favours for bar in found.bars) == pytest.approx(-found.margin, abs=1e-5) and found.exact is exact
    view_bars = said.waterfall(found)
    assert not view_bars or sum(value for _, value in view_bars) == pytest.approx(-found.margin, abs=1e-5)
    assert ("approximate" in said.title(found)) is (not exact)
    assert bool(found.branch) is (name == "vsrpp") and (not found.branch or found.branch in CELLS.values())


def test_bars_are_the_parts_of_both_pairs(run):
    found = asked_why(run, text=4)
    explained = [vl.explain(run.run, run, found.image(which), 4) for which in ("right", "wrong")]
    assert found.bars[0].name == "μ × global" and found.bars[0].wrong == pytest.approx(explained[1].terms["global"], abs=1e-6)
    first = int(explained[0].written[0])
    assert found.bars[1].right == pytest.approx(explained[0].word_part[first], abs=1e-6)
    assert found.scores == pytest.approx([e.score for e in explained], abs=1e-5)


def test_it_says_what_the_digest_says_and_opens_on_the_largest_margin(run):
    known = run.scored.digest.text
    found = asked_why(run)
    assert found.query.row == failures_by_margin(run.scored)[0] == np.nanargmin(known.margin_sd)
    assert found.ranks == (known.worst[found.query.row], known.best[found.query.row])
    assert found.wrong == known.rows[found.query.row, 0]
    view = vl.why(run)
    rows = [view.why.query.row] + [view.step().why.query.row for _ in range(2)]
    assert rows == failures_by_margin(run.scored)[:3].tolist()
    assert view.step(-1).why.query.row == rows[1]
    assert view.state.query == rows[1] and view.state.side == "text"


def test_a_run_with_its_digest_scores_no_gallery(run, monkeypatch):
    kept, fresh = run.scored.digest, indexed("vsrpp", images=30)[1]
    vars(fresh.scored)["digest"] = kept
    counted = []
    monkeypatch.setattr("vsrlab.retrieval.index.score_all", lambda *_, **__: pytest.fail("the gallery was scored"))

    def few(model, images, texts):
        counted.append(len(images.mask) * len(texts.mask))
        return score_all(model, images, texts)
    monkeypatch.setattr("vsrlab.retrieval.failures.why.score_all", few)
    for asked in ({"text": 3}, {"image": 5}):
        vl.why(fresh, **asked).html()
    assert counted == [len(run.scored.texts_of(5))]


def test_the_best_text_of_an_image_is_the_same_with_and_without_its_scores(run):
    fresh = indexed("vsrpp", images=30)[1]
    vars(fresh.scored)["digest"] = run.scored.digest
    whole = Scored("as scores", np.asarray(run.scores), run.corpus.ids, run.corpus.texts, run.corpus.image_of_text)
    for image in range(8):
        assert asked_why(fresh, image=image).right == asked_why(whole, image=image).right


def test_scores_alone_tell_photos_texts_words_and_the_other_model():
    noise = np.random.default_rng(1).standard_normal(SCORES.shape).astype("f")
    one, other = scored(), Scored("siglip", SCORES + noise, IDS, TEXTS, OWNER)
    view = vl.why(one, text=TEXTS[7], other=other)
    found = view.why
    assert not found.bars and not found.branch and found.other[0] == "siglip" and "siglip " in view.text()
    assert found.right == 1 and found.record.agree[1] == 1
    assert "only the wrong one" in said.differing(found)
    same = vl.why(one, text="photo1.jpg#2", other=one).why
    assert same.query == found.query and same.other[3] is same.failed


def test_the_verdict_line_tells_found_failed_judged_and_maybe_valid():
    x = SCORES.copy()
    x[OWNER, np.arange(40)] = 9
    x[3, 7] = 10
    assert said.verdict(asked_why(scored(x), text=6)).startswith("Found first: ")
    failed = asked_why(scored(x), text=7)
    assert said.verdict(failed).startswith(f"Not found first: “{TEXTS[7]}” finds photo photo3.jpg before photo photo1.jpg, which "
                                           "stands at rank 2; the wrong one is ahead by 1")
    assert "Nobody judged it." in said.verdict(failed)
    judged = scored(x).judge([Judgement("photo3.jpg", "photo1.jpg#2", "valid", author="ana")])
    assert "1 person judged it: valid." in said.verdict(asked_why(judged, text=7))
    texts = [*TEXTS[:7], TEXTS[15], *TEXTS[8:]]
    maybe = said.verdict(asked_why(Scored("clip", x, IDS, texts, OWNER), text=7))
    assert "it may be valid, for 2 reasons: a caption of the photo has the same words" in maybe
    x[3, 7] = 9
    tied = said.verdict(asked_why(scored(x), text=7))
    assert "nearly a tie" in tied and "(ties: from 1)" in tied


def test_causes_stand_with_their_precision_and_only_under_failures(run):
    found = asked_why(run)
    form = r"[a-z ]+, (hint, )?(precision 0\.\d\d|not measured): "
    assert found.reasons and all(re.match(form, one) for one in said.reasons(found))
    x = np.asarray(SCORES.copy())
    x[OWNER, np.arange(40)] = 9
    assert not asked_why(scored(x), text=6).reasons


def test_every_exit_holds_the_verdict(run, tmp_path):
    for view in (vl.why(run, text=4), vl.why(run, image=3), vl.why(scored(), text=7)):
        html = view.html()
        assert unescape(said.verdict(view.why)) in unescape(sanitised(html))
        assert not re.search(r"https?://|@import|<script|url\((?!data:)", html) and len(html) < 600_000
        assert view.figure().get_label() == said.verdict(view.why)
        table = view.table()
        assert table["what"].iloc[0] == "answer" and table["favours"].iloc[0] == pytest.approx(-view.why.margin)
        for kind in ("png", "html", "csv", "json"):
            assert view.save(tmp_path / f"why.{kind}").stat().st_size > 200
        assert vl.show(view) is not None


def test_text_of_data_is_shown_and_not_run():
    texts = ["<script>alert(1)</script> & a dog", *TEXTS[1:]]
    view = vl.why(Scored("<b>clip</b>", SCORES, ["<i>0", *IDS[1:]], texts, OWNER), text=0)
    assert "<script" not in view.html() and "&lt;script&gt;" in view.html() and "<i>0" not in view.html()
    figure = why_sheet(replace(view.why), "$x$ and $y", ["$a"], [], "", "foot")
    assert figure.get_label() == "$x$ and $y"


@pytest.mark.parametrize("asked, sentence", [
    (dict(text="a sentence of nobody"), "matrix of scores without its model"),
    (dict(image="photo9.jpg"), "no image with id 'photo9.jpg'"),
    (dict(text=99), "texts 0 to 39; 99 was asked for"), (dict(text=1, image=2), "give one query")])
def test_each_bad_question_is_one_sentence(asked, sentence):
    with pytest.raises(Problem, match=sentence):
        vl.why(scored(), **asked)


def test_other_galleries_and_galleries_without_failures_are_refused(run):
    with pytest.raises(Problem, match="is not the gallery of"):
        vl.why(scored(), text=1, other=run)
    with pytest.raises(Problem, match="nobody knows the right photo of 'a dog'"):
        vl.why(run, text="a dog")
    x = SCORES.copy()
    x[OWNER, np.arange(40)] = 9
    with pytest.raises(Problem, match="the first answer to every text query is right"):
        vl.why(scored(x))
    lonely = Scored("clip", SCORES, IDS, TEXTS, np.arange(40) % 7)
    with pytest.raises(Problem, match="no text of the gallery describes image photo7.jpg"):
        vl.why(lonely, image=7)


def test_a_model_that_reads_no_order_is_said_to_be_blind_to_it(run):
    found = asked_why(run)
    rows = [row for row in failures_by_margin(run.scored)[:40].tolist() if asked_why(run, text=row).record.turned]
    record = asked_why(run, text=rows[0]).record
    text, gap = record.turned
    right = vl.explain(run.run, run, int(run.corpus.image_of_text[rows[0]]), text).score
    own = float(run.scores[run.corpus.image_of_text[rows[0]], rows[0]])
    assert gap == pytest.approx(abs(right - own) / run.scored.digest.text.spread[rows[0]], abs=1e-3)
    assert sorted(text.lower().rstrip(".").split()) == sorted(run.corpus.texts[rows[0]].lower().rstrip(".").split())
    assert order_blind(replace(record, turned=(text, 0.01))).said.startswith(f"“{text}” scores the same")
    assert order_blind(replace(record, turned=(text, 0.03))) is None and order_blind(replace(record, turned=None)) is None
    assert found.failed and asked_why(scored(), text=7).record.turned is None
