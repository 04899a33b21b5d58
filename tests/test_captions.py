"""Captions files: whatever separates and names their columns, photos and their sentences come out, or one sentence says why not."""

import json
import warnings

import pytest
from test_data import write

from vsrlab.data.captions import CaptionedPhoto, mend, read_captions, read_lines, read_rows
from vsrlab.data.precomputed import precomputed
from vsrlab.data.words import Vocabulary
from vsrlab.errors import Missing, Problem


def read(tmp_path, content, name="c.txt", **more):
    """({file: captions}, how the file was understood)"""
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    photos = read_captions(tmp_path / name, **more)
    return {p.file: p.texts for p in photos}, photos.understood


def test_lines_end_at_line_feeds_only_and_text_is_utf8(tmp_path):
    path = tmp_path / "c.txt"
    path.write_bytes("\ufeffun café\r\na\u2028b\x0cc\nlast".encode())
    assert read_lines(path) == ["un café", "a\u2028b\x0cc", "last"]
    path.write_bytes(b"fine\nun caf\xe9\n")
    with pytest.raises(Problem, match="c.txt, line 2, byte 6: not UTF-8"):
        read_lines(path)
    path.write_text("a\n\nb\n")
    with pytest.raises(Problem, match="c.txt, line 2: the caption is empty; .* allow_empty=True"):
        read_lines(path)
    assert read_lines(path, allow_empty=True) == ["a", "", "b"]


def test_captions_spelled_as_bytes_are_read_as_text_with_a_warning(tmp_path):
    folder = write(tmp_path / "a", captions=["b'a man'", 'b"a man\'s caf\\xc3\\xa9"', *"cdef"])
    with pytest.warns(UserWarning, match="vsrlab doctor"):
        corpus = precomputed(folder, "train")
    assert corpus.texts[:2] == ["a man", "a man's café"]
    assert not any(w.startswith("b'") for t in corpus.texts for w in Vocabulary.of(corpus.texts).words)
    assert mend(folder / "train_caps.txt") == 2
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert precomputed(folder, "train").texts == corpus.texts


@pytest.mark.parametrize(
    "content, expected",
    [
        (
            "a.jpg#0\tA dog .\na.jpg#1\tTwo | dogs , here\nb.jpg#0\tc\n",
            {"a.jpg": ("A dog .", "Two | dogs , here"), "b.jpg": ("c",)},
        ),
        ("image_name| comment_number| comment\na.jpg| 0| A | b\na.jpg| 4   A dog runs\n", {"a.jpg": ("A | b", "A dog runs")}),
        ('image,caption\na.jpg,"A dog, ""big"""\na.jpg,plain, with comma\n', {"a.jpg": ('A dog, "big"', "plain, with comma")}),
        ("a.jpg|x  y\nb.jpg|b'caf\\xc3\\xa9'\na.jpg|z\n", {"a.jpg": ("x y", "z"), "b.jpg": ("café",)}),
    ],
)
def test_tables_and_token_files_are_read(tmp_path, content, expected):
    (tmp_path / "c.txt").write_text(content)
    assert {p.file: p.texts for p in read_captions(tmp_path / "c.txt")} == expected


def test_a_table_may_name_splits(tmp_path):
    (tmp_path / "c.tsv").write_text("file\tsplit\tcaption\na.jpg\ttrain\tq\nb.jpg\tval\tr\n")
    assert read_captions(tmp_path / "c.tsv", "val") == [CaptionedPhoto("b.jpg", "val", ("r",))]
    with pytest.raises(Problem, match="no split in c.tsv 'vla'; did you mean 'val'"):
        read_captions(tmp_path / "c.tsv", "vla")
    (tmp_path / "d.txt").write_text("a.jpg|q\n")
    with pytest.raises(Problem, match="has no splits"):
        read_captions(tmp_path / "d.txt", "train")


@pytest.mark.parametrize(
    "content, words",
    [
        (b"a.jpg|x\nb.jpg|caf\xe9\n", "line 2, byte 9: not UTF-8"),
        (b"a.jpg|x\nb.jpg| \n", "line 2: the caption of b.jpg is empty"),
        (b"hello\n", "is not a captions file"),
        (b"", "holds no captions"),
        (b"a.jpg|x\nfoo\n", "line 2: expected file|caption"),
        (b"a.jpg#0\tx\n" * 20 + b"oops\n", "line 21: expected  name.jpg#0<TAB>caption"),
    ],
)
def test_a_captions_file_that_cannot_be_read_names_the_line(tmp_path, content, words):
    (tmp_path / "c.txt").write_bytes(content)
    with pytest.raises(Problem) as error:
        read_captions(tmp_path / "c.txt")
    assert words in str(error.value) and "\n" not in str(error.value)
    assert "allow_empty" not in str(error.value), "an option of one Python function, not of the command line"


def test_karpathys_file_is_read_and_restval_is_training(tmp_path):
    path = tmp_path / "dataset_coco.json"
    image = lambda name, split, *texts: {
        "filename": name,
        "filepath": "val2014",
        "cocoid": 7,
        "split": split,
        "sentences": [{"raw": t, "tokens": t.split()} for t in texts],
    }
    path.write_text(json.dumps({"images": [image("a.jpg", "restval", "A dog\n runs ."), image("b.jpg", "test", "x", "y")]}))
    assert read_captions(path) == [
        CaptionedPhoto("val2014/a.jpg", "train", ("A dog runs .",), "7"),
        CaptionedPhoto("val2014/b.jpg", "test", ("x", "y"), "7"),
    ]
    path.write_text(json.dumps({"images": [image("a.jpg", "test", "x", "")]}))
    with pytest.raises(Problem, match="photo 0: the caption of val2014/a.jpg is empty; write a sentence, or delete the photo"):
        read_captions(path)
    with pytest.raises(Missing, match="no captions at"):
        read_captions(tmp_path / "none.json")


@pytest.mark.parametrize(
    "content, said",
    [
        ('{"images": [', "is not JSON, or cut short: it ends at line 1"),
        ('{"photos": []}', 'holds a dictionary of "photos"; what is read'),
        ('{"images": [{"filename": "a.jpg"}]}', "; what is read: Karpathy's"),
        ("[]", "holds []; what is read"),
        ("5", "holds 5"),
        ('{"images": [{"id": 1, "file_name": "a.jpg", "width": 4}], "info": {}}', "holds photos without captions"),
        (
            '{"images": [{"id": 1, "file_name": "a.jpg"}], "annotations": [{"image_id": 1, "bbox": [1, 2, 3, 4]}]}',
            "holds boxes (COCO's",
        ),
        ('{"questions": [{"image_id": 1, "question": "what is it?"}]}', "holds questions about photos"),
        ('{"word2idx": {"a": 1}}', "holds a vocabulary"),
        ('{"settings": {}, "features": 3}', "holds the config.json of a run"),
        ('[{"id": 1, "regions": [{"phrase": "a big dog"}]}]', "holds phrases of regions (Visual Genome)"),
        ('{"images": [{"filename": "a.jpg", "split": 5, "sentences": [{"raw": "x"}]}]}', "photo 0: its split is 5, not a name"),
        ('{"images": [{"filename": "a.jpg", "sentences": [{"raw": 5}]}]}', "photo 0: the caption is {'raw': 5}, not a text"),
        ('{"images": [{"filename": "a.jpg", "sentences": null}]}', "names no photos"),
        ('{"images": [{"filename": null, "sentences": [{"raw": "x"}]}]}', "photo 0: expected"),
        (
            '{"images": [{"filename": "a.jpg\\nb.jpg", "sentences": [{"raw": "x"}]}]}',
            'the photo\'s name is "a.jpg b.jpg", with a line break',
        ),
        ('{"images": [{"filename": "a.jpg", "sentences": [{"raw": "x\\ud800"}]}]}', "holds half a character"),
        (
            '{"images": [{"id": 1, "file_name": "a.jpg"}], "annotations": [{"image_id": 2, "caption": "a dog"}]}',
            "no image_id of its",
        ),
        ('{"image": "a.jpg", "caption": "x"}\n{"image": "b.jpg", "cap', "line 2 is not JSON"),
        ("[" * 50_000, "nests lists"),
        (
            '[{"image": "a.jpg", "one": "a big dog", "two": "a small dog"}]',
            "is not sure which column is the caption, of image, one, two",
        ),
    ],
)
def test_json_that_is_something_else_is_named(tmp_path, content, said):
    (tmp_path / "c.json").write_text(content)
    with pytest.raises(Problem) as problem:
        read_captions(tmp_path / "c.json")
    assert said in str(problem.value) and "download" not in str(problem.value) and "\n" not in str(problem.value), problem.value


ROWS = [
    ("a.jpg", 'A dog, running | fast; he said "hi"', "train"),
    ("b c.jpg", "Zwei Hunde\tim Gras", "test"),
    ("d.png", "一只狗", "val"),
]


def csv_of(mark, names=("image", "caption", "split"), order=(0, 1, 2)) -> str:
    """ROWS as a table with quotes wherever they are needed."""
    quoted = lambda cell: '"' + cell.replace('"', '""') + '"' if any(c in cell for c in f'{mark}"\n\t') else cell
    return "\n".join(mark.join(quoted(row[place]) for place in order) for row in [names, *ROWS]) + "\n"


@pytest.mark.parametrize("mark", [",", "\t", "|", ";"])
@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 1, 0)])
def test_every_separator_and_every_order_of_columns_is_read(tmp_path, mark, order):
    for names in (
        ("image", "caption", "split"),
        ("filepath", "title", "split"),
        ("Image Name", "Caption_Text", "SET"),
        ("file_name", "description", "subset"),
        ("img", "raw", "partition"),
    ):
        (tmp_path / "c.csv").write_text(csv_of(mark, names, order))
        photos = read_captions(tmp_path / "c.csv")
        assert [(p.file, *p.texts, p.split) for p in photos] == [(f, " ".join(t.split()), s) for f, t, s in ROWS]
        assert photos.understood == f"photo = {names[0]}, caption = {names[1]}, split = {names[2]}; 1 caption a photo"


@pytest.mark.parametrize("code", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_end_of_line_and_unicode_encoding_is_read(tmp_path, code, end):
    (tmp_path / "c.csv").write_bytes(csv_of(",").replace("\n", end).encode(code))
    assert [p.file for p in read_captions(tmp_path / "c.csv")] == [row[0] for row in ROWS]


@pytest.mark.parametrize(
    "content, expected, understood",
    [
        (
            "bild|satz\na.jpg|ein Hund\nb.jpg|eine Katze\n",
            {"a.jpg": ("ein Hund",), "b.jpg": ("eine Katze",)},
            "photo = bild, caption = satz",
        ),
        ("nr;satz\n1;ein Hund\n2;x\n", {"1": ("ein Hund",), "2": ("x",)}, "photo = nr, caption = satz"),
        (
            "A dog, in grass,a.jpg\nA cat,b.jpg\n",
            {"a.jpg": ("A dog, in grass",), "b.jpg": ("A cat",)},
            "photo = column 2, caption = column 1",
        ),
        ("a.jpg|0|A dog|barks\na.jpg|1|x\n", {"a.jpg": ("A dog|barks", "x")}, "photo = column 1, caption = column 3"),
        ("a.jpg,train,A dog, barks\nb.jpg,test,x\n", {"a.jpg": ("A dog, barks",), "b.jpg": ("x",)}, "split = column 2"),
        ("a.jpg\tA dog\ttrain\nb.jpg\tx\ttest\n", {"a.jpg": ("A dog",), "b.jpg": ("x",)}, "split = column 3"),
        ("a.jpg,one | two\nb.jpg,three | four\n", {"a.jpg": ("one | two",), "b.jpg": ("three | four",)}, "caption = column 2"),
        ("a.jpg|one\ttwo\nb.jpg|three\n", {"a.jpg": ("one two",), "b.jpg": ("three",)}, "caption = column 2"),
        ("image,caption\n\na.jpg,x\n\n", {"a.jpg": ("x",)}, "photo = image"),
        ("sep=;\nimage;caption\na.jpg;x\n", {"a.jpg": ("x",)}, "image"),
        ("image,caption,,\na.jpg,x,,\n", {"a.jpg": ("x",)}, "photo = image"),
        ('"image","caption"\n"a.jpg","x, y"\n', {"a.jpg": ("x, y",)}, "image"),
        ('image, caption\na.jpg, "A dog, running"\n', {"a.jpg": ("A dog, running",)}, "photo = image"),
        (
            "file,caption_1,caption_2\na.jpg,x,y\nb.jpg,z,\n",
            {"a.jpg": ("x", "y"), "b.jpg": ("z",)},
            "caption = caption_1 and caption_2",
        ),
        ("a.jpg#zhm#0 一个小女孩\na.jpg#zhm#1 女孩\n", {"a.jpg": ("一个小女孩", "女孩")}, "name.jpg#0 caption"),
        ("COCO_val_12#0\ta dog\nCOCO_val_12#1\tx\n", {"COCO_val_12": ("a dog", "x")}, "name.jpg#0<TAB>caption"),
        ("image,caption\na.jpg#0,x\na.jpg#1,y\n", {"a.jpg": ("x", "y")}, "2 captions a photo"),
        ("a.jpg a dog runs\nb.jpg a cat\n", {"a.jpg": ("a dog runs",), "b.jpg": ("a cat",)}, "name.jpg caption"),
        ("url,text\nhttps://x.org/p/a.jpg?s=2#t,a dog\n", {"a.jpg": ("a dog",)}, "photo = url, caption = text"),
        (
            "image_name| comment_number| comment\na.jpg| 0| A man\na.jpg| 4   A dog\n",
            {"a.jpg": ("A man", "A dog")},
            "caption = comment",
        ),
    ],
)
def test_tables_of_all_sorts(tmp_path, content, expected, understood):
    found, said = read(tmp_path, content)
    assert found == expected and understood in said


@pytest.mark.parametrize(
    "cell",
    [
        '["A dog.", "A \\"big\\" cat"]',
        """['A dog.', 'A "big" cat']""",
        """['A dog.'\n 'A "big" cat']""",
        """[b'A dog.', b'A "big" cat']""",
        '[{"raw": "A dog.", "tokens": []}, {"raw": "A \\"big\\" cat"}]',
    ],
)
def test_a_cell_that_holds_a_list_holds_several_captions(tmp_path, cell):
    quoted = '"' + cell.replace('"', '""') + '"'
    found, said = read(tmp_path, f"raw,filename\n{quoted},a.jpg\n")
    assert found == {"a.jpg": ("A dog.", 'A "big" cat')} and "2 captions a photo" in said


def test_brackets_in_a_caption_are_no_list(tmp_path):
    assert read(tmp_path, 'a.jpg|[a dog]\nb.jpg|[1, 2]\nc.jpg|a "list" [x]\n')[0] == {
        "a.jpg": ("[a dog]",),
        "b.jpg": ("[1, 2]",),
        "c.jpg": ('a "list" [x]',),
    }


@pytest.mark.parametrize(
    "content, expected",
    [
        ('image,caption\na.jpg,"A dog\nruns\n\non grass"\nb.jpg,x\n', {"a.jpg": ("A dog runs on grass",), "b.jpg": ("x",)}),
        ('title\tfilepath\n"A dog\nruns"\ta.jpg\nx\tb.jpg\n', {"a.jpg": ("A dog runs",), "b.jpg": ("x",)}),
        (
            'a.jpg|"Hello he said\nb.jpg|World" x\nc.jpg|y"\n',
            {"a.jpg": ('"Hello he said',), "b.jpg": ('World" x',), "c.jpg": ('y"',)},
        ),
        ('a.jpg|"big" dog runs\nb.jpg|"x y"\n', {"a.jpg": ('"big" dog runs',), "b.jpg": ("x y",)}),
        ('image,caption\na.jpg,6" of snow\nb.jpg,"6"" of, snow"\n', {"a.jpg": ('6" of snow',), "b.jpg": ('6" of, snow',)}),
        ('image,caption\na.jpg,"never closed\nb.jpg,x\n', {"a.jpg": ('"never closed',), "b.jpg": ("x",)}),
    ],
)
def test_quotes_are_those_of_csv_and_letters_where_they_do_not_fit(tmp_path, content, expected):
    assert read(tmp_path, content)[0] == expected


def test_a_table_full_of_open_quotes_is_read_in_no_time(tmp_path):
    found, _ = read(tmp_path, "".join(f'{n}.jpg|"open quote\n' for n in range(20_000)))
    assert len(found) == 20_000


def test_commas_without_quotes_belong_to_the_caption_where_the_rest_is_sure(tmp_path):
    assert read(tmp_path, "image,caption,split\na.jpg,A dog, running,train\nb.jpg,x,test\n")[0]["a.jpg"] == ("A dog, running",)
    assert read(tmp_path, "title,filepath\nA dog, running,a.jpg\nx,b.jpg\n")[0]["a.jpg"] == ("A dog, running",)
    with pytest.raises(Problem, match="line 2: 4 cells under 3 names .image, caption, author.; put the caption in quotes"):
        read(tmp_path, "image,caption,author\na.jpg,A dog, running,Jo\nb.jpg,x,Al\n")


def test_columns_that_are_not_sure_are_asked_for(tmp_path):
    table = "bild,eins,zwei\na.jpg,ein Hund,ein großer Hund\nb.jpg,eine Katze,eine kleine Katze\n"
    with pytest.raises(
        Problem, match="not sure which column is the caption, of bild, eins, zwei; .*--photo-column, --caption-column"
    ):
        read(tmp_path, table)
    assert read(tmp_path, table, photo_column="bild", caption_column="zwei")[0]["a.jpg"] == ("ein großer Hund",)
    assert read(tmp_path, table, caption_column="2,3")[0]["a.jpg"] == ("ein Hund", "ein großer Hund")
    with pytest.raises(Problem, match="no column in .* 'drei'; did you mean"):
        read(tmp_path, table, caption_column="drei")
    with pytest.raises(Problem, match="2 columns could be the caption; write names over the columns"):
        read(tmp_path, "a.jpg\tein Hund\tsehr groß\nb.jpg\teine Katze\tsehr klein\n")
    assert read(tmp_path, "a.jpg\tein Hund\tsehr groß\nb.jpg\tx\ty\n", photo_column="1", caption_column="3")[0]["b.jpg"] == ("y",)


def test_the_folder_decides_which_column_is_the_photo(tmp_path):
    table = "url,caption,key,status\nhttps://x.org/a.jpg,a dog,000000001,success\nhttps://x.org/b.jpg,a cat,000000002,success\n"
    assert set(read(tmp_path, table)[0]) == {"a.jpg", "b.jpg"}
    assert set(read(tmp_path, table, there={"000000001", "000000002"}.__contains__)[0]) == {"000000001", "000000002"}
    assert set(read(tmp_path, "one,two\na dog,x1\na cat,x2\n", there={"x1", "x2"}.__contains__)[0]) == {"x1", "x2"}


def test_photos_without_a_split_are_those_of_no_split(tmp_path):
    k = [
        {"filename": "a.jpg", "split": None, "filepath": None, "cocoid": None, "sentences": [{"raw": "a dog"}]},
        {"filename": "b.jpg", "split": "train", "sentences": [{"raw": None, "tokens": ["a", "cat"]}]},
        {"filename": "c.jpg", "split": "train", "sentences": None},
    ]
    (tmp_path / "k.json").write_text(json.dumps({"images": k}))
    assert read_captions(tmp_path / "k.json").understood.endswith("1 caption a photo; 1 photos without captions are left out")
    assert [p.split for p in read_captions(tmp_path / "k.json")] == ["", "train"]
    assert read_captions(tmp_path / "k.json", split="train") == [CaptionedPhoto("b.jpg", "train", ("a cat",))]


def test_rows_come_in_the_order_of_the_file(tmp_path):
    (tmp_path / "c.csv").write_text("image,split,caption\na.jpg,train,x\nb.jpg,restval,y\na.jpg,train,z\n")
    assert read_rows(tmp_path / "c.csv") == [("a.jpg", "train", "x"), ("b.jpg", "train", "y"), ("a.jpg", "train", "z")]


def test_empty_lines_at_the_end_are_no_captions(tmp_path):
    path = tmp_path / "train_caps.txt"
    path.write_text("a dog\na cat\n\n \n\n")
    assert read_lines(path) == ["a dog", "a cat"]
    folder = write(tmp_path / "a", captions=[*"abcdef"])
    with open(folder / "train_caps.txt", "a") as file:
        file.write("\n\n")
    assert precomputed(folder, "train").texts == precomputed(folder, "train", allow_empty=True).texts == [*"abcdef"]


@pytest.mark.parametrize("caption", ["b'a', b'b'", "b''" + "-" * 90_000 + "b''", "b'\\xff'", "b'open"])
def test_what_only_looks_like_bytes_is_text(tmp_path, caption):
    assert read(tmp_path, f"file|caption\na.jpg|{caption}\n")[0] == {"a.jpg": (caption,)}


def test_a_caption_without_end_is_refused(tmp_path):
    with pytest.raises(Problem, match="line 2: the caption of a.jpg has 140,000 letters; put back the line breaks"):
        read(tmp_path, 'file,caption\na.jpg,"' + "x" * 140_000 + '"\n')
    (tmp_path / "c.txt").write_text("a\n" + "x" * 140_000 + "\n")
    with pytest.raises(Problem, match="line 2: the caption has 140,000 letters"):
        read_lines(tmp_path / "c.txt")
