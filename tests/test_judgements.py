"""Judgements: files that only grow, several judges, and the corrected score as an estimate or as a bound."""
import json

import numpy as np
import pytest
from foreign import IDS, OWNER, SCORES, TEXTS, write

import vsrlab as vl
from vsrlab.desk import judgements as said
from vsrlab.desk.judgements import Judgement, Judgements
from vsrlab.errors import Missing, Problem
from vsrlab.measure.agreement import cohen, fleiss, krippendorff
from vsrlab.retrieval.scored import Scored


def scored(**more):
    return Scored("clip", SCORES, IDS, TEXTS, OWNER, **more)


def line(n, verdict="valid", author="ana", **more):
    """A judgement of the first answer to text n."""
    return Judgement(IDS[SCORES[:, n].argmax()], scored().text_ids[n], verdict, author=author, **more)


FAILED = np.flatnonzero(scored().digest.text.failed)


def test_lines_are_appended_and_the_last_word_of_an_author_counts(tmp_path):
    path = tmp_path / "desk" / "j.jsonl"
    said.append(path, line(1, "wrong", cause=("colour",), note="it is “blue”"))
    before = path.read_bytes()
    said.append(path, [line(1), line(2, "unsure")])
    assert path.read_bytes().startswith(before) and len(path.read_text().splitlines()) == 3
    found = said.read(path)
    pair = found.lines[0][:2]
    assert len(found) == 3 and found.verdict(pair) is True and found.lines[0].cause == ("colour",)
    assert found.lines[0].time.endswith("Z") and json.loads(before)["source"] == "person"
    assert found.stamp["count"] == 2 and len(found.stamp["hash"]) == 12


def test_a_half_written_last_line_is_left_out_and_said_and_stays_alone_when_more_is_added(tmp_path):
    path = said.append(tmp_path / "j.jsonl", line(1))
    with path.open("a") as file:
        file.write('{"image": "photo0')
    found = said.read(path)
    assert len(found) == 1 and "half-written" in found.notes[0]
    said.append(path, line(2))
    assert len(said.read(path)) == 2 and "line 2 of j.jsonl is half-written" in said.read(path).notes[0]


def test_several_judges_vote_and_are_compared():
    lines = [line(1, "valid", "ana"), line(1, "wrong", "ben"), line(2, "valid", "ana"), line(2, "valid", "ben"),
             line(2, "wrong", "eve"), line(3, "unsure", "ana"), line(4, "wrong", "ana", source="rule")]
    found = Judgements(lines[:3]) + Judgements(lines[3:])
    verdicts = [found.verdict(line(n)[:2]) for n in (1, 2, 3, 4)]
    assert verdicts == [None, True, None, None] and [pair for pair, _ in found.disputed()] == [line(1)[:2], line(2)[:2]]
    pairs, authors, labels = found.labels()
    assert authors == ["ana", "ben", "eve"] and labels[0] == ["valid", "wrong", None] and len(pairs) == 3
    assert np.isfinite(krippendorff(labels))


def test_a_table_of_pairs_is_read_by_ids_or_by_captions(tmp_path):
    path = tmp_path / "valid.tsv"
    path.write_text(f"image\tcaption\tvalid\tauthor\nphoto3.jpg\t{TEXTS[0]}\t1\tana\nphoto4.jpg\t{TEXTS[0]}\t0\tana\n"
                    f"photo5.jpg\t{TEXTS[1]}\t\tana\n")
    found = scored().judge(path)
    assert found.verdicts == {(3, 0): (1, True), (4, 0): (1, False), (5, 1): (1, None)} and not scored().verdicts
    path.write_text("image\ttext\tgrade\nphoto3.jpg\tphoto0.jpg#0\t2\nphoto4.jpg\tphoto0.jpg#0\t0\n")
    assert scored().judge(path).verdicts == {(3, 0): (1, True), (4, 0): (1, False)}


@pytest.mark.parametrize("content, sentence", [
    ('{"image": "photo0.jpg", "text": "photo0.jpg#0", "verdict": "good"}\n', "verdict .*expected valid or wrong or unsure"),
    ('{"image": "photo0.jpg"}\n', 'line 1: all of it has no "text"'), ("photo0.jpg valid\n\n", "line 1 is not JSON"),
    ('{"image": "a.jpg", "text": "b#0", "verdict": "valid"}\n', "none of the 1 judged pairs is of this gallery: a.jpg with b#0")])
def test_each_bad_line_is_one_sentence(tmp_path, content, sentence):
    path = tmp_path / "j.jsonl"
    path.write_text(content)
    with pytest.raises(Problem, match=sentence):
        scored().judge(path)


@pytest.mark.parametrize("content, sentence", [
    ("photo\ttext\tvalid\n", 'has the columns "photo, text, valid"; expected image'),
    ("image\ttext\tvalid\nphoto0.jpg\tphoto0.jpg#0\tmaybe\n", 'line 2: "maybe" is neither valid nor wrong')])
def test_each_bad_table_is_one_sentence(tmp_path, content, sentence):
    (tmp_path / "j.tsv").write_text(content)
    with pytest.raises(Problem, match=sentence):
        vl.judgements(tmp_path / "j.tsv")
    with pytest.raises(Missing, match="there is no file"):
        vl.judgements(tmp_path / "none.tsv")
    with pytest.raises(Problem, match="no verdict 'good'"):
        said.append(tmp_path / "j.jsonl", line(1, "good"))
    assert not (tmp_path / "j.jsonl").exists()


def test_valid_answers_make_ranks_better_and_nothing_else():
    lines = [line(n) for n in FAILED[:4]] + [line(FAILED[4], "wrong"), line(FAILED[5], "unsure")]
    found = scored().judge(lines)
    result = found.corrected()
    assert (result.judged, result.valid, result.failures) == (6, 4, len(FAILED)) and result.estimate is None
    assert result.corrected[1] == pytest.approx(result.labelled[1] + 100 * 4 / 40)
    assert result.labelled == scored().corrected().labelled
    assert "at least" in str(result) and "a bound and no estimate" in str(result)
    assert found.queries()["judged"].sum() == 6 and found.queries()["valid"].sum() == 4
    same = found.corrected("image")
    assert same.corrected[10] >= same.labelled[10]


def test_a_wrong_own_pair_is_listed_and_stays_right():
    found = scored().judge([Judgement(IDS[0], scored().text_ids[2], "wrong", author="ana")]).corrected()
    assert found.wrong_own == ((0, 2),) and found.corrected == found.labelled and "still count as right" in str(found)


def test_a_random_sample_gives_an_estimate_and_only_when_all_of_it_is_judged():
    some = scored().sample(10, seed=3)
    rows = [scored().text_ids.index(name) for name in some["id"]]
    lines = [line(n, "valid" if k < 4 else "wrong") for k, n in enumerate(rows)]
    with pytest.raises(Problem, match="1 of the 10 sampled failures are not judged yet"):
        scored().judge(lines[:-1]).corrected(sample=(10, 3))
    found = scored().judge(lines).corrected(sample=(10, 3))
    assert found.estimate == pytest.approx(found.labelled[1] + (100 - found.labelled[1]) * 0.4)
    assert found.interval.low < found.estimate < found.interval.high and "an estimate from a random sample of 10" in str(found)


def test_what_is_said_is_kept_in_the_desk_and_found_again(tmp_path):
    one = vl.from_scores(write(tmp_path / "clip.npy"), TEXTS, OWNER, image_ids=IDS)
    one.say(3, 7, "valid", author="ana").say("photo4.jpg", 7, "wrong", author="ana")
    again = vl.from_scores(tmp_path / "clip.npy", TEXTS, OWNER, image_ids=IDS).judged()
    assert again.verdicts == {(3, 7): (1, True), (4, 7): (1, False)} and again.judgements.lines[0].run == "clip"
    with pytest.raises(Problem, match="has no image 'photo9.jpg'"):
        one.say("photo9.jpg", 7, "valid")


def coco(folder):
    """Judgements as eccv_caption keeps them, of photos and captions numbered as COCO does."""
    for name, content in (("eccv_image_to_caption", {"3": [7, 15, 16, 999]}), ("eccv_caption_to_image", {"7": [3, 1], "15": [3]})):
        (folder / f"{name}.json").write_text(json.dumps(content))
    return vl.judgements("eccv", folder=folder)


def test_judgements_of_others_measure_their_queries_over_the_whole_gallery(tmp_path):
    one = Scored("clip", SCORES, [f"COCO_val2014_{n:012d}.jpg" for n in range(8)], TEXTS, OWNER,
                 text_ids=[str(t) for t in range(40)])
    found = one.graded("image", coco(tmp_path))
    places = sorted((-SCORES[3]).argsort().tolist().index(t) for t in (7, 15, 16))
    assert found.values["AP"] == pytest.approx(np.mean([(n + 1) / (p + 1) for n, p in enumerate(places)])) and found.lost == 1
    assert found.each["row"].tolist() == [3] and found.left_out == 7 and "by eccv" in repr(found)
    assert one.graded("text", coco(tmp_path)).each["row"].tolist() == [7, 15]
    with pytest.raises(Problem, match="none of eccv is of this gallery: they ask with 3, .*ids of the gallery are p0,"):
        Scored("clip", SCORES, [f"p{n}" for n in range(8)], TEXTS, OWNER, text_ids=[f"t{t}x" for t in range(40)]).graded(
            "image", coco(tmp_path))
    with pytest.raises(Problem, match="no set of judgements|there is no file"):
        vl.judgements("eccvv")


def test_own_pairs_are_the_right_ones_until_more_are_judged():
    own = scored().graded("image")
    assert own.values["hit@1"] * 100 == pytest.approx(vl.evaluate(scored())["text R@1"]) and own.by == "own pairs"
    more = scored().judge([line(n) for n in FAILED[:4]]).graded("text")
    assert more.by == "own pairs and 4 judged valid" and more.values["hit@1"] > scored().graded("text").values["hit@1"]


def test_agreement_is_said_of_two_of_three_and_of_one():
    two = Judgements([line(n, "valid" if n % 2 else "wrong", name) for n in range(1, 9) for name in ("ana", "ben")]
                     + [line(1, "wrong", "ben")])
    found = two.agreement()
    assert found.authors == ["ana", "ben"] and (found.shared, found.alike, found.fleiss) == (8, 7, None)
    labels = two.labels()[2]
    assert found.cohen["ana", "ben"] == (pytest.approx(cohen(*zip(*labels))), 8) and found.alpha == krippendorff(labels)
    assert "Of 8 pairs that two or more judged they say the same of 7: Cohen's kappa of ana and ben 0.75 over 8 pairs" in str(found)
    three = (two + Judgements([line(n, "valid", "") for n in range(1, 5)])).agreement()
    rows = [row for row in (two + Judgements([line(n, "valid", "") for n in range(1, 5)])).labels()[2] if None not in row]
    assert three.whole == 4 and three.fleiss == pytest.approx(fleiss(rows)) and "(no name) (4)" in str(three)
    assert "agreement needs a second one" in str(Judgements([line(1)]).agreement())
    assert "No pair was judged by two" in str(Judgements([line(1), line(2, author="ben")]).agreement())
    assert str(Judgements().agreement()) == "Nobody judged a pair."
    alike = Judgements([line(n, "valid", name) for n in (1, 2) for name in ("ana", "ben")]).agreement()
    assert "not defined (all labels are the same)" in str(alike)


def test_merged_files_without_authors_are_those_of_their_names(tmp_path):
    for name, verdict in (("ana", "valid"), ("ben", "wrong")):
        said.append(tmp_path / f"{name}.jsonl", line(1, verdict, ""))
    both = vl.judgements(tmp_path / "ana.jsonl", tmp_path / "ben.jsonl")
    assert set(both.pairs[line(1)[:2]]) == {"ana", "ben"} and len(both.disputed()) == 1 and both.name == "ana.jsonl + ben.jsonl"
    assert vl.judgements(tmp_path / "ana.jsonl").lines[0].author == ""
