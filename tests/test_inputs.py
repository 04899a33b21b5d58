"""Files from elsewhere: text in every encoding that says what it is, JSON of the kinds asked for, one sentence about the rest."""

import json
import os

import numpy as np
import pytest

from vsrlab import arrays
from vsrlab.errors import Missing, Problem
from vsrlab.inputs import COUNT, LINE, checked, decode, parse_json, read_bytes, read_json, short

TEXT = "image,caption\na.jpg,Ein Hund läuft\n"


@pytest.mark.parametrize("code", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_text_in_every_unicode_encoding_is_read(code):
    assert decode(TEXT.encode(code), "x") == TEXT
    assert decode("一只狗".encode("utf-16" if code.startswith("utf-16") else code), "x") == "一只狗"


@pytest.mark.parametrize(
    "data, said",
    [
        ("a\nläuft".encode("latin1"), "line 2, byte 1: not UTF-8; if the file is Latin-1, convert it with: iconv -f latin1"),
        (b"it\x92s", "line 1, byte 2: not UTF-8; if the file is Windows-1252, convert it with: iconv -f cp1252"),
        ("一个小女孩在草地上".encode("gb18030"), "if the file is Chinese in GBK, convert it with: iconv -f gb18030"),
        ("ab".encode("utf-16")[:-1], "begins in UTF-16, but byte 4 is none; save it as UTF-8"),
        (b"PK\x03\x04rest", "is a zip archive, or a workbook of Excel"),
        (b"\x1f\x8b..", "is compressed; unpack it with: gunzip"),
        (b"PAR1....", "is a Parquet file; write it as a table"),
        (b"\n <!DOCTYPE html><html>", "is a web page, not the file"),
        (b"\x80\x04\x95", "is a pickle"),
        (b"version https://git-lfs.github.com/spec/v1", "fetch the file with: git lfs pull"),
        (b"\x93NUMPY\x01", "is an array of numpy"),
        (b"a" * 257 + b"ustar", "is a tar archive"),
        (b"\xff\xd8\xff\xe0", "is a photo"),
    ],
)
def test_what_is_no_text_is_named(data, said):
    with pytest.raises(Problem) as problem:
        decode(data, "captions.csv")
    assert said in str(problem.value) and str(problem.value).startswith("captions.csv") and "\n" not in str(problem.value)


def test_a_file_that_cannot_be_read_says_why(tmp_path, monkeypatch):
    with pytest.raises(Missing, match="no file .*x.json; give a map"):
        read_bytes(tmp_path / "x.json", "a map")
    with pytest.raises(Problem, match="is a folder; give a map"):
        read_bytes(tmp_path, "a map")
    (tmp_path / "x").write_text("1234")
    with pytest.raises(Problem, match="has 4 bytes, more than a map may have"):
        read_bytes(tmp_path / "x", "a map", limit=3)

    def refuse(*_):
        raise PermissionError(13, os.strerror(13))

    monkeypatch.setattr("pathlib.Path.read_bytes", refuse)
    with pytest.raises(Problem, match=r"x cannot be read \(Permission denied\); check its permissions"):
        read_bytes(tmp_path / "x", "a map")


@pytest.mark.parametrize(
    "text, said",
    [
        ("[1, 2", "is not JSON, or cut short: it ends at line 1, column 6; copy it again from where it is whole"),
        ('{"a" 5}', "Expecting ':' delimiter at line 1, column 6; mend that place"),
        ("", "it ends at line 1, column 1"),
        ("[" * 100_000, "nests lists or dictionaries deeper"),
        ("9" * 5000, "holds a number that cannot be read"),
    ],
)
def test_json_that_cannot_be_parsed(text, said):
    with pytest.raises(Problem) as problem:
        parse_json(text, "x.json", "a map")
    assert said in str(problem.value) and len(str(problem.value)) < 300


SHAPE = {"name": str, "size?": (int, None), "rows": [{"at": float}], "of?": {str: COUNT}, "id?": LINE}


@pytest.mark.parametrize(
    "change, said",
    [
        ({"name": 5}, "name is 5, expected a text"),
        ({"size": "x"}, 'size is "x", expected a whole number or null'),
        ({"size": True}, "size is True, expected a whole number or null"),
        ({"rows": {}}, "rows is {}, expected a list"),
        ({"rows": [{"at": 1}, {"at": None}]}, "rows[1].at is None, expected a number"),
        ({"rows": [{}]}, 'rows[0] has no "at", expected a dictionary with "at"'),
        ({"of": {"x": -1}}, 'of["x"] is -1, expected a whole'),
        ({"id": "a\nb"}, 'id is "a b", expected a text of one line'),
        ({"id": "\ud800"}, "expected a text of one line"),
    ],
)
def test_values_of_another_kind_are_named_by_their_place(change, said):
    good = {"name": "x", "size": None, "rows": [{"at": 1}, {"at": 0.5}], "of": {"a": 3}, "id": "1.jpg", "more": [[]]}
    assert checked(good, SHAPE, "x", "a map") is good
    with pytest.raises(Problem) as problem:
        checked({**good, **change}, SHAPE, "x.json", "a map")
    assert said in str(problem.value) and "\n" not in str(problem.value)


def test_a_file_of_json_is_read_with_a_mark_and_checked(tmp_path):
    (tmp_path / "x.json").write_bytes(b"\xef\xbb\xbf" + json.dumps({"a": 1}).encode())
    assert read_json(tmp_path / "x.json", "a map", {"a": int}) == {"a": 1}
    with pytest.raises(Problem, match="a is 1, expected a text"):
        read_json(tmp_path / "x.json", "a map", {"a": str})


def test_any_value_is_short_in_a_sentence():
    deep = []
    for _ in range(5000):
        deep = [deep]
    for value in ("x" * 10_000, list(range(10_000)), {"a": "b" * 999}, deep, "a\nb\x00", 10**5000, "\ud800"):
        assert len(short(value)) < 90 and short(value).isprintable()


def test_arrays_of_an_archive_are_measured_before_they_are_read(tmp_path):
    path = tmp_path / "x.npz"
    np.savez_compressed(path, a=np.arange(6).reshape(2, 3), b=np.array([True]), c=np.array("text"), f=np.asfortranarray(np.eye(3)))
    found = arrays.npz(path, "a map")
    assert found["a"].tolist() == [[0, 1, 2], [3, 4, 5]] and found["b"][0] and str(found["c"]) == "text" and found["f"].trace() == 3
    np.savez_compressed(path, a=np.zeros(10**6))
    with pytest.raises(Problem, match="would unpack to 8,000,128 bytes in 1 arrays, more than a map may have"):
        arrays.npz(path, "a map", most=10**6)
    np.savez(path, a=np.array([{}], object))
    with pytest.raises(Problem, match="x.npz, a.npy holds object"):
        arrays.npz(path, "a map")
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(Problem, match="cannot be read as a map"):
        arrays.npz(path, "a map")
