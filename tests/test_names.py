"""A name in a captions file finds its photo whatever its case, Unicode form, slashes or suffix, and only below the photo folder."""
import os
import unicodedata
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from test_photos import Colours

import vsrlab as vl
from vsrlab.data.listing import listing
from vsrlab.data.names import Names, inside, led_out
from vsrlab.data.photos import extract
from vsrlab.data.pictures import LARGEST, Header, PhotoOf, frame_of, header, open_photo
from vsrlab.data.precomputed import precomputed
from vsrlab.errors import Missing, Problem

NFC, NFD = "café.jpg", unicodedata.normalize("NFD", "café.jpg")


def folder(tmp_path, *names):
    """A folder that holds these photos."""
    for name in names:
        (tmp_path / "photos" / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 6)).save(tmp_path / "photos" / name, "PNG")
    return tmp_path / "photos"


@pytest.mark.parametrize("there, asked, how", [
    ("a.jpg", "a.jpg", ""), ("v/a.jpg", "v/a.jpg", ""), ("a.jpg", "v/a.jpg", ""), ("a.jpg", "./a.jpg", ""), ("a.jpg", " a.jpg ",
                                                                                                             ""),
    ("v/a.jpg", "a.jpg", "in another folder"), ("v/a.jpg", "w/a.jpg", "in another folder"), ("IMG_1.JPG", "IMG_1.jpg", "case"),
    ("v/IMG_1.JPG", "V/img_1.jpg", "case"), (NFC, NFD, "Unicode form"), (NFD, NFC, "Unicode form"),
    (NFD, "CAFÉ.JPG", "case and Unicode form"), ("v/a.jpg", "v\\a.jpg", "back slashes"), ("v/A.jpg", "C:\\data\\v\\a.jpg",
                                                                                          "back slashes"),
    ("a.jpg", "a.jpg?s=2", "what follows the ?"), ("a b.jpg", "a%20b.jpg", "%-signs"), ("a.jpg", "a", "suffix"), ("a.JPEG",
                                                                                                                  "a.jpg",
                                                                                                                  "suffix"),
    ("a.webp", "x/A.tiff", "suffix"), ("a.b.png", "a.b", "suffix"), ("a.png.jpg", "a.png", "suffix"), ("ß.png", "SS.jpg", "suffix"),
    ("a.jpg", "/home/me/a.jpg", ""), ("a.jpg", "../../a.jpg", "")])
def test_a_name_finds_its_photo_and_says_how_it_differs(tmp_path, there, asked, how):
    assert Names(folder(tmp_path, there)).find(asked) == (there, how)


@pytest.mark.parametrize("there, asked, said", [
    (("a.jpg",), "b.jpg", ""), (("a.jpg", "A.JPG"), "A.jpg", "may be "), (("a.jpg", "a.png"), "a", "may be a.jpg or a.png"),
    (("v/a.jpg", "w/a.jpg"), "a.jpg", "may be v/a.jpg or w/a.jpg"), (("b.jpg",), "b.jpg.1", ""), (("a.jpg",), "", ""), (("a.jpg",),
                                                                                                                        "..", ""),
    (("a.jpg",), "x" * 5000, ""), (("a.jpg",), "a\0.jpg", ""), (("notes.txt",), "notes.jpg", "")])
def test_a_name_that_fits_none_or_several_finds_none(tmp_path, there, asked, said):
    place, how = Names(folder(tmp_path, *there)).find(asked)
    assert place is None and how.startswith(said) and bool(how) == bool(said)


def test_exact_names_go_before_all_others(tmp_path):
    photos = folder(tmp_path, "a.jpg", "A.jpg", "a.png", "v/a.jpg", NFC, NFD)
    assert [Names(photos).find(name) for name in ("a.jpg", "A.jpg", "v/a.jpg", NFC, NFD)] == [
        (name, "") for name in ("a.jpg", "A.jpg", "v/a.jpg", NFC, NFD)]


@pytest.mark.parametrize("name, place", [("a/./b//c.jpg", "a/b/c.jpg"), ("../a", ""), ("a/../b", ""), ("/a", ""), ("", ""), (".",
                                                                                                                             "")])
def test_a_path_is_inside_a_folder_or_it_is_none(name, place):
    assert inside(name) == place


def test_photos_under_other_names_are_extracted_and_told_in_a_note(tmp_path):
    folder(tmp_path, "IMG_1.JPG", "sub/b.png", "c.webp")
    (tmp_path / "c.csv").write_text("image,caption\nimg_1.jpg,one\nIMG_1.JPG,two\nsub\\b.png,x\nc,y\nd.jpg,z\n")
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        made = extract(tmp_path / "photos", tmp_path / "c.csv", tmp_path / "out", Colours(), progress=False)
    corpus = precomputed(tmp_path / "out", "train")
    assert corpus.ids == ["IMG_1.JPG", "sub/b.png", "c.webp"] and corpus.texts == ["one", "two", "x", "y"]
    assert made.skipped == [("d.jpg", "not there")]
    assert [str(w.message).split("(")[1].split(")")[0] for w in told] == ["case", "back slashes", "suffix"]
    assert "img_1.jpg as IMG_1.JPG" in str(told[0].message)


def test_none_found_says_what_the_folder_holds(tmp_path):
    folder(tmp_path, "x.JPG", "y.JPG")
    (tmp_path / "c.csv").write_text("image,caption\na.jpg,one\n")
    with pytest.raises(Missing, match=r"none of the 1 photos .* such as a.jpg; it holds 2 others, such as x.JPG \(most are .JPG\)"):
        extract(tmp_path / "photos", tmp_path / "c.csv", tmp_path / "out", Colours())


# nothing outside of the folder is opened

@pytest.mark.parametrize("name", ["../private.png", "/{root}/private.png", "sub/../../private.png", "..\\private.png",
                                  "..%2fprivate.png"])
def test_names_never_lead_out_of_the_photo_folder(tmp_path, name):
    folder(tmp_path, "a.jpg", "sub/b.jpg")
    Image.new("RGB", (8, 6), "red").save(tmp_path / "private.png")
    name = name.format(root=str(tmp_path).lstrip("/"))
    (tmp_path / "c.csv").write_text(f"image,caption\na.jpg,one\n{name},two\n")
    made = extract(tmp_path / "photos", tmp_path / "c.csv", tmp_path / "out", Colours(), progress=False)
    assert [why for _, why in made.skipped] == ["not there"] and made.splits == {"train": 1}
    photo = PhotoOf(tmp_path / "photos", [name])
    with pytest.raises(Missing, match="no photo .* for image row 0"):
        photo(0)
    assert photo.path(0).resolve().is_relative_to((tmp_path / "photos").resolve())


def test_a_link_that_somebody_put_into_the_folder_is_followed_and_noted_by_the_doctor(tmp_path):
    folder(tmp_path, "a.jpg")
    Image.new("RGB", (8, 6)).save(tmp_path / "elsewhere.png")
    os.symlink(tmp_path / "elsewhere.png", tmp_path / "photos" / "b.png")
    (tmp_path / "c.csv").write_text("image,caption\na.jpg,one\nb.png,two\n")
    extract(tmp_path / "photos", tmp_path / "c.csv", tmp_path / "out", Colours(), progress=False)
    notes = [f.what for f in vl.doctor(tmp_path / "out", progress=False).findings if "links to files outside" in f.what]
    assert len(notes) == 1 and "1 photos" in notes[0] and "b.png" in notes[0]


# photos that their camera turned

def turned(path, size=(64, 48), turn=6):
    """A photo whose note says how it is turned; its left upper corner, as stored, is red."""
    exif, image = Image.Exif(), Image.new("RGB", size)
    image.paste((255, 0, 0), (0, 0, size[0] // 4, size[1] // 4))
    exif[0x0112] = turn
    image.save(path, exif=exif, quality=95)
    return path


@pytest.mark.parametrize("turn, size, frame", [
    (1, (64, 48), "upright"), (6, (64, 48), "stored"), (6, (48, 64), "upright"), (8, (64, 48), "stored"), (6, (640, 480), "stored"),
    (5, (300, 401), "upright"), (3, (64, 48), ""), (2, (64, 48), ""), (6, (100, 20), ""), (6, None, ""), (6, (0, 0), "")])
def test_the_frame_of_boxes_is_told_by_the_size_they_were_found_in(turn, size, frame):
    assert frame_of(Header((64, 48), turn), size) == frame


def test_a_square_photo_tells_nothing():
    assert frame_of(Header((50, 50), 6), (50, 50)) == "" and frame_of(Header((50, 50), 1), (50, 50)) == "upright"


def boxed(tmp_path, sizes, **more):
    """A folder of features of turned photos whose boxes were found in pictures of these sizes."""
    np.save(tmp_path / "train_ims.npy", np.random.default_rng(0).random((len(sizes), 2, 4), np.float32))
    np.save(tmp_path / "train_boxes.npy", np.tile(np.float32([0, 0, .25, .25]), (len(sizes), 2, 1)))
    np.save(tmp_path / "train_sizes.npy", np.array(sizes))
    (tmp_path / "train_ids.txt").write_text("".join(f"{n}.jpg\n" for n in range(len(sizes))))
    (tmp_path / "train_caps.txt").write_text("a dog\n" * len(sizes))
    return precomputed(tmp_path, "train", photos=tmp_path, **more)


def red(photo) -> bool:
    """Whether the left upper corner is the one that was red as stored: the boxes of `boxed` lie right."""
    return photo.getpixel((3, 3))[0] > 200


@pytest.mark.parametrize("turn", [6, 8])
def test_boxes_of_the_stored_picture_are_shown_on_the_stored_picture(tmp_path, turn):
    for n in range(3):
        turned(tmp_path / f"{n}.jpg", turn=turn)
    corpus = boxed(tmp_path, [(64, 48), (48, 64), (64, 48)])
    assert [corpus.photo(n).size for n in range(3)] == [(64, 48), (48, 64), (64, 48)]
    assert red(corpus.photo(0)) and not red(corpus.photo(1))


def test_a_photo_that_tells_nothing_goes_by_the_others_and_is_asked_about_where_they_tell_nothing_too(tmp_path):
    turned(tmp_path / "0.jpg", turn=3)
    turned(tmp_path / "1.jpg")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        corpus = boxed(tmp_path, [(64, 48), (64, 48)])
        assert red(corpus.photo(0)), "stored, as the other one is"
    turned(tmp_path / "1.jpg", turn=2)
    corpus = boxed(tmp_path, [(64, 48), (64, 48)])
    with pytest.warns(UserWarning, match="0.jpg is turned by its camera's note, and it cannot be told .*frame='stored'"):
        assert not red(corpus.photo(0))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        corpus.photo(1)                                            # once is enough
        assert red(boxed(tmp_path, [(64, 48), (64, 48)], frame="stored").photo(0))
        assert not red(boxed(tmp_path, [(64, 48), (64, 48)], frame="upright").photo(0))
        (tmp_path / "features.json").write_text('{"frame": "stored"}')
        assert red(boxed(tmp_path, [(64, 48), (64, 48)]).photo(0))
    with pytest.raises(Problem, match="no frame of boxes 'stord'; did you mean 'stored'"):
        boxed(tmp_path, [(64, 48), (64, 48)], frame="stord")


def test_photos_of_our_own_extractor_are_upright_whatever_their_turn(tmp_path):
    (tmp_path / "photos").mkdir()
    for turn in range(1, 9):
        turned(tmp_path / "photos" / f"{turn}.jpg", turn=turn)
    (tmp_path / "c.csv").write_text("".join(f"{turn}.jpg,photo {turn}\n" for turn in range(1, 9)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        corpus = vl.photos(tmp_path / "photos", tmp_path / "c.csv", tmp_path / "out", extractor=Colours(), progress=False)
        sizes = [(64, 48)] * 4 + [(48, 64)] * 4
        assert [corpus.photo(n).size for n in range(8)] == [tuple(size) for size in corpus.sizes.tolist()] == sizes
        assert all(np.allclose(corpus.regions[n][1], Colours()(corpus.photo(n)).vectors[1], atol=1e-2) for n in range(8))


def test_links_that_lead_out_of_the_folder_are_told(tmp_path):
    inner, outer = tmp_path / "photos", tmp_path / "other"
    for folder in (inner, inner / "sub", outer):
        folder.mkdir()
        Image.new("RGB", (8, 8)).save(folder / "a.png")
    (inner / "out.png").symlink_to(outer / "a.png"), (inner / "in.png").symlink_to(inner / "a.png")
    (inner / "far").symlink_to(outer)
    assert led_out(inner, ["a.png", "sub/a.png", "in.png", "out.png", "far/a.png"]) == ["out.png", "far/a.png"]
    (tmp_path / "linked").symlink_to(inner)                           # the folder itself may be a link
    assert led_out(tmp_path / "linked", ["a.png", "in.png", "out.png"]) == ["out.png"]
    (tmp_path / "c.csv").write_text("image,caption\na.png,a dog\nout.png,a cat\n")
    with pytest.warns(UserWarning, match="1 photos are links that lead out of .*, such as out.png"):
        assert len(listing(inner, tmp_path / "c.csv").splits["train"]) == 2


# limits before memory

def test_a_photo_of_too_many_pixels_is_refused_before_they_are_unpacked(tmp_path):
    import struct
    import zlib
    chunk = lambda kind, data: struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    for side, said in ((9_500, f"has 9,500 x 9,500 pixels, and {LARGEST:,} are the limit; make it smaller"),
                       (30_000, f"has more than {2 * LARGEST:,} pixels, and {LARGEST:,} are the limit"),
                       (2 ** 31 - 1, "and .* are the limit|cannot be read as a photo")):
        (tmp_path / "x.png").write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
                                         + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b""))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with pytest.raises(Problem, match=said):
                open_photo(tmp_path / "x.png")


def test_files_that_would_run_other_programs_are_no_photos(tmp_path):
    (tmp_path / "x.jpg").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n")
    with pytest.raises(Problem, match="cannot be read as a photo"):
        open_photo(tmp_path / "x.jpg")
    with pytest.raises(Missing, match="no photo"):
        header(Path(tmp_path) / "none.jpg")
