"""The gallery: ranks by hand, the truth on the page, folding, marks, mu by a plain loop, the poster, bad input, the live part."""
import base64
import dataclasses
import io
import re
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image
from sanitiser import sanitised
from toy import indexed

from vsrlab import colours
from vsrlab.data.corpus import Corpus
from vsrlab.errors import Problem
from vsrlab.measure.ranks import ranks, summary
from vsrlab.page import html
from vsrlab.page.thumbnails import Pictures, pictures_of
from vsrlab.retrieval.answers import Query, answers
from vsrlab.retrieval.branches import Branches, differ
from vsrlab.retrieval.index import index
from vsrlab.retrieval.likeness import Likeness
from vsrlab.retrieval.scored import Scored
from vsrlab.scoring import score_all
from vsrlab.views.gallery import page as gallery_html
from vsrlab.views.gallery import words as gallery_said
from vsrlab.views.gallery.listed import causes, choices
from vsrlab.views.gallery.poster import poster
from vsrlab.views.gallery.view import gallery
from vsrlab.views.state import State


@pytest.fixture(scope="module")
def two():
    """(an index of a model with two branches, an index of one without)."""
    found = indexed("vsrpp", images=40)[1], indexed("vsepp", images=40)[1]
    photos = [pictures_of(one.corpus) for one in found]            # held, so that every photo is drawn once
    yield found
    photos.clear()


# a gallery whose scores are known: four images, six texts, two of them for image 0, one for each other, and a stranger's

GLOBAL = np.array([[5, 5, 1, 0, 2, 0], [4, 1, 6, 1, 0, 1], [3, 0, 0, 4, 1, 2], [1, 2, 2, 3, 5, 3]], np.float32)
LOCAL = np.array([[1, 0, 3, 2, 0, 0], [4, 3, 1, 0, 1, 2], [3, 2, 0, 1, 0, 4], [0, 0, 5, 2, 1, 5]], np.float32)
# their sum:      [[6, 5, 4, 2, 2, 0], [8, 4, 7, 1, 1, 3], [6, 2, 0, 5, 1, 6], [1, 2, 7, 5, 6, 8]]
TEXTS = ["a dog", "dogs run", "a cat", "The ball.", "a tree", "the  Ball"]
TWINS = [[1, 0], [1, 0.01], [-1, 1], [-1, -1]]                      # vectors: images 0 and 1 are near-duplicates


def planted(vectors=None, same=0.95):
    """(Branches, Likeness) of the matrices above, trained at mu = 1."""
    corpus = Corpus("planted", np.ones((4, 2, 3), np.float32), TEXTS, np.array([0, 0, 1, 2, 3, 3]), ids=list("ABCD"))
    sums, vectors = GLOBAL + LOCAL, torch.eye(4) if vectors is None else torch.tensor(vectors)
    encoded = {side: SimpleNamespace(vector=x, rows=list) for side, x in (("images", vectors), ("texts", torch.eye(6)))}
    parts = lambda images, texts, _: [{"global": float(GLOBAL[i, t]), "local": float(LOCAL[i, t])} for i in images for t in texts]
    ix = SimpleNamespace(corpus=corpus, parts=parts, **encoded, run=SimpleNamespace(model=SimpleNamespace(knob={"mu": 1.0}.get)))
    scored = Scored("planted", sums, corpus.ids, TEXTS, corpus.image_of_text, index=ix, dataset="planted")
    branches = Branches(scored)
    branches.matrices = {"global": GLOBAL, "local": LOCAL}
    return branches, Likeness(scored, same)


def found(side, row, k=4, mu=None, **planting):
    branches, likeness = planted(**planting)
    return answers(branches, Query(side, row, TEXTS[row] if side == "text" else None), k, mu, likeness).found


def test_answers_stand_by_their_sum_with_the_gap_to_the_next_and_the_right_one_last_among_equals():
    got = found("text", 0)
    assert [(a.row, a.rank, a.score, a.gap, a.right) for a in got] == [
        (1, 0, 8, 2, False), (2, 1, 6, 0, False), (0, 2, 6, 5, True), (3, 3, 1, None, False)]
    assert got[1].tied and not got[0].tied and got[0].terms == {"global": 4, "local": 4}


def test_another_mu_weighs_the_global_branch():
    got = found("text", 0, mu=4.0)
    assert [(a.row, a.score) for a in got] == [(0, 21), (1, 20), (2, 15), (3, 4)] and got[0].terms == {"global": 20, "local": 1}


def test_the_truth_is_on_the_page_however_deep_and_all_captions_of_a_photo_with_it():
    assert [(a.row, a.rank) for a in found("text", 0, k=1)] == [(1, 0), (0, 2)]
    assert [(a.row, a.rank, a.right) for a in found("image", 3, k=1)] == [(5, 0, True), (4, 2, True)]
    shown = SimpleNamespace(query=Query("text", 0, "a dog"), found=found("text", 0, k=1), k=1)
    view = gallery_html.block(shown, Pictures(planted()[0].scored.corpus), "a", lambda key: "")
    assert view.index("… 1 more …") < view.index("<b>3</b>") < view.index("✓ right")


def test_near_duplicates_fold_into_the_better_one_and_a_right_answer_never_does():
    three, zero, two = found("text", 4, vectors=TWINS)
    assert (three.row, zero.row, two.row) == (3, 0, 2) and zero.folded == ((2, 1),) and zero.gap == 1
    assert len(found("text", 4, vectors=TWINS, same=None)) == 4
    first, second, right, last = found("text", 0, vectors=TWINS)
    assert (first.row, first.mark, right.row, right.mark, first.folded) == (1, "twin", 0, "right", ()) and second.mark == "wrong"


def test_an_answer_with_the_words_of_a_right_one_is_marked_as_valid():
    assert [(a.row, a.mark) for a in found("image", 2)][:3] == [(0, "wrong"), (5, "valid"), (3, "right")]
    assert [(a.row, a.mark) for a in found("text", 3)][:2] == [(3, "valid"), (2, "right")]


def test_failures_are_ordered_by_rank_gap_and_disagreement():
    branches, _ = planted()
    assert branches.failures("text").tolist() == [0, 2, 3] and branches.failures("image").tolist() == [2, 1]
    assert branches.surplus("text").tolist() == [2, 0, 0, 0, 0, 0] and branches.surplus("image").tolist() == [0, 1, 1, 0]
    # ranks of the right image by global and by local: of texts 0, 2, 3: 0 each and 2 each
    assert np.allclose(branches.disagreement.of_texts[[0, 2, 3]], np.log(3))
    assert branches.failures("text", "disagreement").tolist() == [0, 2, 3]
    assert sorted(branches.failures("text", "random")) == [0, 2, 3]
    with pytest.raises(Problem, match="no order 'gpa'; did you mean 'gap'"):
        branches.failures("text", "gpa")


# the same with models

def test_the_branches_of_a_model_add_up_for_every_mu_as_the_model_itself_scores(two):
    branches = Branches(two[0])
    for mu in (0.0, 0.7, 3.0):
        own = score_all(two[0].run.model.with_knobs(mu=mu), two[0].images, two[0].texts)
        assert np.allclose(branches.scores(mu), own, atol=2e-6)
        assert summary(branches.ranks(mu)) == summary(ranks(branches.scores(mu), two[0].corpus.image_of_text))
    assert branches.scores() is branches.scores(branches.mu) is two[0].scored.scores
    assert np.allclose(branches.typed(two[0].corpus.texts[7])["local"], branches.matrices["local"][:, 7], atol=2e-6)


def test_a_model_of_one_branch_has_one_part_and_no_mu(two):
    view = gallery(two[1], text=3)
    assert view.answers[0].found[0].terms.keys() == {"global"} and view.answers[0].mu is None and "μ" not in view.footer()
    with pytest.raises(Problem, match="VSE\\+\\+ has one score and no μ"):
        gallery(two[1], text=3, mu=1.0)


def test_the_opening_is_the_near_miss_that_lies_deepest_and_says_so(two):
    view = gallery(two[0])
    rank = two[0].ranks.of_texts
    assert rank[view.state.query] == rank[rank < 10].max() and "Chosen because of all sentences" in view.text()
    assert view.state.candidate == view.answers[0].found[0].row and "Chosen" not in view.ask(image=2).text()


def test_steps_walk_through_the_failures_and_come_round(two):
    view = gallery(two[0], order="gap")
    rows = view.failures()
    view.ask(text=int(rows[-1])).step()
    assert view.state.query == rows[0]
    assert view.step(-1).state.query == rows[-1]


def test_a_sentence_of_ones_own_finds_photos_and_its_unknown_words_are_struck(two):
    view = gallery(two[0], "a quokka chases a red dog <script>alert(1)</script>")
    page = view.html()
    assert 'title="the model does not know this word">quokka<sup>?</sup></span>' in page and "<script" not in page
    assert "The model does not know “quokka”" in view.text() and "Nobody knows the right answer" in view.text()
    assert {a.mark for a in view.answers[0].found} == {"unknown"}
    assert view.answers[0].found[0].row == two[0].search(view.query.text, 1)[0].row


def test_a_sentence_of_the_corpus_is_recognised_and_its_truth_known(two):
    view = gallery(two[0], two[0].corpus.texts[11])
    assert (view.state.query, view.state.typed) == (11, "") and view.answers[0].truths[0].row == two[0].corpus.image_of_text[11]


# exits

def test_the_page_needs_nothing_and_stays_within_its_budget(two):
    page = gallery(two[0]).html()
    assert len(page) < 600_000 and not re.search(r"https?://|@import|url\((?!data:)|<script", page)
    assert page.count("<img ") == page.count('alt="photo') >= 10
    thumb = base64.b64decode(re.search(r'src="data:image/jpeg;base64,([^"]+)"', page)[1])
    assert len(thumb) < 10_000 and len(page) < 200_000


def test_rank_mark_numbers_and_picture_survive_a_notebook_that_is_not_trusted(two):
    view = gallery(two[0])
    left, best = sanitised(view.html()), view.answers[0].found[0]
    assert all(part in left for part in (f"{gallery_said.figures(best.score)}</b>", "✗ wrong", "✓ right", 'alt="photo scene'))
    assert "width:160px" not in left and 'style="display:inline-block;width:170px"' in left


def test_every_answer_has_a_radio_and_a_line_that_the_style_sheet_shows(two):
    view = gallery(two[0])
    page, n = view.html(), len(view.answers[0].found)
    root = re.search(r'class="vsr (v\w+)"', page)[1]
    assert page.count('<input type="radio"') == page.count(f'name="{root}"') == n
    for a in range(n):
        assert f".{root}:has(.t.m0a{a}:hover){{--d-m0a{a}:block}}" in page and f'class="said d-m0a{a}"' in page
    assert page.index(".t.m0a0 :checked") < page.index(".t.m0a0:hover){--d-m0a0:block}")


def test_the_table_holds_every_answer_with_its_parts(two):
    table = gallery(two[0], image=4).table()
    assert (table["mark"] == "right").sum() == 5 and np.allclose(table["global"] + table["local"], table["score"], atol=1e-5)
    assert np.allclose(table["score"], [two[0].scores[4, row] for row in table["row"]], atol=1e-6)


def test_colours_of_marks_can_be_read():
    assert min(html.contrast(colour, colours.CARD) for colour in gallery_html.COLOURS.values()) >= 4.5
    assert html.contrast(colours.DARK, colours.HIGHLIGHT) >= 4.5 and html.contrast(gallery_html.GREEN, "#ffffff") >= 3


def test_figures_files_and_the_sentence(two, tmp_path):
    for view in (gallery(two[0], image=1), gallery(two[1], other=two[0])):
        assert view.save(tmp_path / "g.png").stat().st_size < 600_000
        assert 2 <= view.text().count(". ") + 1 and repr(view).startswith("GalleryView: ")
    assert view.save(tmp_path / "g.csv").read_text().startswith("model,query,rank")


def said(figure) -> str:
    """All text of a figure, in one line."""
    return " ".join(t.get_text() for t in (*figure.texts, *(t for ax in figure.axes for t in ax.texts))).replace("\n", " ")


def test_the_still_picture_says_what_the_page_says(two):
    view = gallery(two[0], mu=0.0)
    page, first = said(view.figure()), view.answers[0].found[0]
    assert f"among 40{view.mixed()}" in page and view.mixed() == " with μ 0 (trained 2)" and view.footer() in page
    assert all(part in page for part in (view.text(), "Chosen because", "at the trained μ", f"gap {first.gap:.3f}"))
    for part in ("run vsrpp", "checkpoint ", "ties counted against", "near-duplicates folded"):
        assert part in page


def test_folded_near_duplicates_are_counted_under_their_answer(two):
    one, both = gallery(two[0], text=6, same=0.3), gallery(two[1], text=6, other=two[0], same=0.3)
    for view, shown in ((one, 5), (both, 3)):
        page = said(view.figure())
        folded = [len(a.folded) for found in view.answers for a in found.first[:shown] if a.folded]
        assert folded and page.count("near-duplicates") >= len([n for n in folded if n > 1])
        assert all(f"+{n} near-duplicate" in page for n in folded)
    assert "the first 3 answers, near-duplicates folded" in said(both.figure())
    assert "folded" not in said(gallery(two[1], text=6, other=two[0], same=None).figure()).split("·")[0]


@pytest.mark.parametrize("asked", [{"text": 6}, {"image": 1}, {"text": 6, "both": True}, {"image": 1, "both": True}])
def test_nothing_overlaps_and_nothing_is_cut_however_long_the_names(two, asked):
    asked = dict(asked)
    long = dataclasses.replace(two[0].corpus, ids=[f"{n:06d}_a_photo_with_a_long_name.jpg" for n in range(40)])
    one, other = index(two[0].run, long), index(two[1].run, long)
    figure = gallery(one, other=other if asked.pop("both", False) else None, same=0.3, **asked).figure()
    figure.draw_without_rendering()
    texts = [t for ax in figure.axes for t in ax.texts if t.get_text().strip(" ✓✗")] + figure.texts
    boxes = [t.get_window_extent() for t in texts]
    assert not any("…" in t.get_text()[1:] for t in texts)
    assert all(figure.bbox.x0 <= b.x0 and b.x1 <= figure.bbox.x1 and b.y0 >= 0 for b in boxes)
    crossed = [(a.get_text(), b.get_text()) for n, (a, x) in enumerate(zip(texts, boxes)) for b, y in zip(texts[:n], boxes)
               if min(x.x1, y.x1) - max(x.x0, y.x0) > 1 and min(x.y1, y.y1) - max(x.y0, y.y0) > 2]
    assert not crossed, crossed


def test_the_photo_that_asks_is_as_sharp_as_it_is_large(two):
    page = gallery(two[0], image=1).html()
    asked = re.search(r'src="data:image/jpeg;base64,([^"]+)" alt="the query: [^"]+" width="320"', page)[1]
    assert Image.open(io.BytesIO(base64.b64decode(asked))).width == 320 and len(page) < 600_000
    tall = Image.new("RGB", (600, 1200))
    upright = dataclasses.replace(two[0].corpus, sizes=np.tile(tall.size, (40, 1)), photo=lambda row: tall)
    uri = Pictures(upright)(0, 320)
    assert Image.open(io.BytesIO(base64.b64decode(uri.split(",")[1]))).size == (320, 640)


def test_recalls_follow_mu_and_count_who_moved(two):
    branches = Branches(two[0])
    page = gallery_html.recalls(branches, [branches.mu], 0.0)
    r = branches.ranks(0.0)
    better = sum(int((b > a).sum()) for b, a in zip(branches.ranks(), r))
    assert "μ 2 (trained)" in page and "μ 0 (now)" in page and f"<td>{summary(r)['text R@1']:.1f}</td>" in page
    assert f"<td>{better:,} / " in page and "<td>0 / 0</td>" in page


# two models

def test_two_models_stand_side_by_side_and_open_where_they_differ_most(two):
    view = gallery(two[1], other=two[0])
    apart = np.abs(np.log((two[1].ranks.of_texts + 1) / (two[0].ranks.of_texts + 1)))
    assert apart[view.state.query] == apart.max() and view.names == ["VSE++", "VSR++"]
    assert view.html().count('<p class="model">') == 2 and set(view.table()["model"]) == {"VSE++", "VSR++"}
    assert gallery(two[0], other=two[0]).names == ["vsrpp-s0 A", "vsrpp-s0 B"]


def test_the_poster_chooses_queries_in_favour_of_each_model_and_says_why(two):
    view = poster(two[1], two[0])
    apart = differ(view.view.branches[0], view.view.branches[1], "image")
    rows = [q.row for q, _ in view.queries]
    assert [q.side for q, _ in view.queries] == ["image", "image", "text", "text"]
    assert apart[rows[0]] == apart.max() > 0 > apart[rows[1]] == apart.min()
    assert "of 40 photos, the ranks differ most in favour of VSR++ here" in view.queries[0][1]
    assert [len(found.first) for row in view.rows for found in row.answers] == [3] * 8
    assert view.table()["rank"].min() == 1 and len(view.html()) < 600_000


def test_the_poster_takes_queries_of_ones_own_in_both_directions(two, tmp_path):
    view = poster(two[1], two[0], ["a red dog", 3, ("text", 9)], k=2)
    assert [(q.side, q.row) for q, _ in view.queries] == [("text", None), ("image", 3), ("text", 9)]
    assert view.save(tmp_path / "p.pdf").exists() and "“a red dog”: nobody knows the right answer." in view.text()
    assert "answers to 1 query." in poster(two[1], two[0], queries=[3]).text()
    with pytest.raises(Problem, match="rank everything alike"):
        poster(two[0], two[0])
    with pytest.raises(Problem, match="a poster compares two models: vl.poster"):
        poster(two[0], None)


# bad input

def test_bad_queries_are_one_sentence_each(two):
    bad = [({"query": "quokka wombat"}, "no word of 'quokka wombat'"), ({"query": ""}, "there is no word in ''"),
           ({"image": 99}, "images 0 to 39; row 99"), ({"image": "none.jpg"}, "no image with id"), ({"text": 999}, "texts 0 to"),
           ({"k": 0}, "k=0"), ({"same": 1.5}, "same=1.5"), ({"order": "score"}, "no order"),
           ({"mu": "a"}, "mu='a'"), ({"mu": float("nan")}, "mu=nan")]
    for asked, said in bad:
        with pytest.raises(Problem, match=said):
            gallery(two[0], **asked)
    with pytest.raises(Problem, match="index both on one corpus"):
        gallery(two[0], other=indexed("vsepp", images=12)[1])


def test_a_session_that_does_not_fit_is_told_in_the_view(two):
    page = gallery(two[0], text=1, state=(state := State())).html()
    assert "notice" not in page.split("</style>")[1]
    state.query = 9999
    assert '<p class="notice"><b>Note.</b>' in gallery(two[0], state=state).html()


def test_a_gallery_of_one_photo_and_a_photo_without_captions_work(two):
    run, corpus = two[0].run, two[0].corpus
    one = gallery(index(run, corpus.images([5])))
    assert "rank says nothing" in one.text() and "Chosen" not in one.text()
    assert one.answers[0].found[0].gap is None and one.html() and one.figure()
    assert gallery(index(run, corpus.images([5])), image=0).answers[0].truths[0].rank == 0
    bare = dataclasses.replace(corpus.images([1, 2]), texts=[corpus.texts[5]], image_of_text=np.array([0]), truth=None)
    assert "No caption of the gallery belongs to this photo." in gallery(index(run, bare), image=1).text()
    with pytest.raises(Problem, match="vl.gallery needs an Index or a Scored, not the Corpus it was given; make one with vl.index"):
        gallery(corpus)


def test_without_photos_boxes_and_labels_stand_in_and_it_is_said(two):
    bare = index(two[0].run, dataclasses.replace(two[0].corpus, photo=None))
    page = gallery(bare).html()
    labels = bare.corpus.labels
    assert "<img" not in page and "no photo: " in page and "features but no photos" in page
    assert page.count('role="img" aria-label="photo') >= 10
    assert labels is None or str(labels[gallery(bare).answers[0].found[0].row][0]).split()[0] in page
    nothing = dataclasses.replace(bare.corpus, boxes=None, labels=None, confidence=None, truth=None)
    assert re.search(r"no photo: \d+ regions", gallery(index(two[0].run, nothing)).html())


# the live part

@pytest.fixture
def live(two):
    widget = gallery(two[0], text=6).widget()
    yield widget
    widget.close()


def test_the_mu_slider_moves_answers_and_recalls_and_finds_its_way_back(live):
    before = live.page.value, live.measures.value
    live.mu.value = 0.0
    assert live.view.state.mu == 0 and live.page.value != before[0] and "μ 0 (now)" in live.measures.value
    live.mu.value = 2.0
    assert live.view.state.mu is None and (live.page.value, live.measures.value) == before


def test_photos_that_other_mus_would_show_are_known_beforehand(live):
    branches, query = live.view.branches[0], live.view.query
    assert {int(branches.scores(mu)[:, query.row].argmax()) for mu in (0.0, 1.0, 3.0)} <= set(live.view.soon())
    assert not list(gallery(live.view.branches[0].index, image=2).soon())


def test_failures_are_listed_by_suspected_cause_judgement_and_tag():
    view = gallery(indexed("scan", images=20)[1])
    whole = view.failures()
    suspected = causes(view.branches[0].scored, "text")
    cause = next(name for some in suspected.values() for name in sorted(some))
    view.choose(cause=cause)
    assert set(view.failures()) == {row for row, some in suspected.items() if cause in some}
    assert 0 < len(view.failures()) < len(whole)
    view.choose(cause="", judged="not judged")
    assert list(view.failures()) == list(whole)
    row = int(whole[2])
    scored = view.branches[0].scored
    said = scored.say(int(scored.digest.side("text").rows[row, 0]), row, "wrong", cause=("colour",))
    judged_view = gallery(said)
    for wish in ("judged", "wrong", "tag: colour"):
        assert list(judged_view.choose(judged=wish).failures()) == [row], wish
    assert len(judged_view.choose(judged="tag: count").failures()) == 0 and "tag: colour" in choices(said)
    with pytest.raises(Problem, match="take any rank, cause and judgement"):
        judged_view.step()
    with pytest.raises(Problem, match="cause='hunger'"):
        judged_view.choose(cause="hunger")


def test_there_are_few_widgets_and_no_grid_of_buttons(live):
    assert len(live.parts()) <= 32 and sum(type(w).__name__ == "Button" for w in live.parts()) <= 7


def test_choosing_an_answer_moves_the_candidate_and_its_line(live):
    row = live.answers.options[2][1]
    live.answers.value = row
    assert live.view.state.candidate == row and re.search(rf"\.{live.root}\{{--d-m0a2:block\}}", live.style_sheet.value)


def test_ones_own_sentence_buttons_and_lists_lead_the_query(live):
    live.own.value = "a red dog"
    assert live.view.state.typed == "a red dog" and "a red dog" in live.lead.value
    live.own.value = "quokka"
    assert "no word of" in live.note.value and "still the answers to “a red dog”" in live.note.value
    assert live.view.state.typed == "a red dog"
    live.view.step()
    assert live.failures.value == live.view.state.query == live.view.failures()[0]
    first = live.view.state.candidate
    live._look(1)
    assert live.view.state.candidate == live.answers.options[1][1] and live.answers.value == live.view.state.candidate != first
    live._look(-1)
    live.failures.value = live.failures.options[3][1]
    assert live.view.state.query == live.view.failures()[3]


def test_turning_round_searches_with_the_answer_and_pins_stay(live):
    image = live.view.state.candidate
    live._pin()
    assert live.view.state.pinned == ((image, 6),) and "pinned photo" in live.told.value
    live.side.value = "image"
    assert (live.view.state.side, live.view.state.query) == ("image", image) and "pinned photo" in live.told.value
    live._pin()
    live._pin()
    assert live.view.state.pinned == ((image, 6),)


def test_the_verdict_names_the_chosen_answer_and_where_the_right_one_is_in_at_most_20_words(two):
    view = gallery(two[0], text=6)
    rank = int(two[0].ranks.of_texts[6]) + 1
    wrong = next(a for a in view.answers[0].found if a.mark == "wrong")
    view.state.candidate = wrong.row
    said = f"Wrong picture, rank {wrong.rank + 1} of 40; the right one is rank {rank}."
    assert view.verdict() == said and said in view.html() and said in " ".join(t.get_text() for ax in view.figure().axes
                                                                              for t in ax.texts)
    view.state.candidate = view.answers[0].truths[0].row
    assert view.verdict() == f"Right picture, rank {rank} of 40."
    view.ask(image=3)
    right, wrong = r"Right caption, rank 1 of 200\.", r"Wrong caption.*, rank 1 of 200; the best right one is rank \d+\."
    assert re.fullmatch(f"{right}|{wrong}", view.verdict())
    view.ask(text="a red dog")
    assert view.verdict() == "Rank 1 of 40; nobody knows the right answer to a sentence of one's own."
    assert max(len(view.verdict().split()), len(said.split())) <= 20


def test_failures_are_listed_by_a_word_of_their_caption_and_by_rank(two):
    view = gallery(two[0], text=6)
    every, texts, ranks = view.failures(), two[0].corpus.texts, two[0].ranks.of_texts + 1
    view.choose(holds="dog")
    assert view.failures().tolist() == [row for row in every if "dog" in re.findall(r"\w+", texts[row].lower())] != every.tolist()
    view.choose(holds="", band="6 to 10")
    assert view.failures().tolist() == [row for row in every if 6 <= ranks[row] <= 10]
    view.choose(holds="zebu")
    with pytest.raises(Problem, match="empty the field of the word"):
        view.step()
    view.state.set(side="image", query=1, candidate=2, holds="dog", band="any")
    assert all(any("dog" in texts[t].lower() for t in two[0].corpus.texts_of(row)) for row in view.failures())
    with pytest.raises(Problem, match="band='deep': give one of any, 2 to 5"):
        view.choose(band="deep")


def test_the_branches_are_one_product_where_the_model_scores_so_and_a_second_pass_elsewhere(two, monkeypatch):
    passed, calls = Branches(two[0])._passed, []
    exact = passed(two[0].images, two[0].texts, two[0].scores)
    monkeypatch.setattr(Branches, "_passed", lambda self, *given: calls.append(len(given[0].mask)) or passed(*given))
    quick = Branches(two[0]).matrices
    assert calls == [24] and all(np.abs(quick[name] - exact[name]).max() < 1e-5 for name in exact)
    monkeypatch.setattr("vsrlab.retrieval.branches.CLOSE", 0.0)
    calls.clear()
    assert np.array_equal(Branches(two[0]).matrices["local"], exact["local"]) and calls == [24, 40]
