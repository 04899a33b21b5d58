"""Karpathy's dataset_*.json (Karpathy and Fei-Fei, CVPR 2015): photos, their splits and their sentences."""
import json
from pathlib import Path

from vsrlab.data.captions import Photo, one_line
from vsrlab.errors import Missing, Problem


def read(path, allow_empty: bool = False) -> list:
    """The photos of the file in its order: [Photo(file, split, texts, id), ...].

    COCO's extra split "restval" is called "train": all work since VSE++ trains on both (113,287 photos).
    `file` is filepath/filename where the file has folders; `id` is COCO's number where there is one.
    """
    path = Path(path)
    if not path.is_file():
        raise Missing(f"no captions at {path}; give Karpathy's dataset_flickr8k.json, dataset_flickr30k.json or dataset_coco.json.")
    try:
        images = json.loads(path.read_bytes().decode("utf-8"))["images"]
        photos = [_photo(image) for image in images]
    except UnicodeDecodeError as error:
        raise Problem(f"{path}, byte {error.start}: not UTF-8; download the file again.") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Problem(f"{path} is not one of Karpathy's files ({type(error).__name__}: {error}); "
                      'expected {"images": [{"filename", "split", "sentences": [{"raw"}]}]}; a file cut short by a download '
                      "is the usual cause, so download it again.") from None
    if not photos:
        raise Problem(f"{path} names no photos; download the file again.")
    for number, photo in enumerate(photos):
        if not allow_empty and not (photo.texts and all(photo.texts)):
            raise Problem(f"{path}, photo {number}: {photo.file} has {'an empty caption' if photo.texts else 'no captions'}; "
                          "write one into the file, or take the photo out of it.")
    return photos


def _photo(image: dict) -> Photo:
    file = "/".join(filter(None, (image.get("filepath"), image["filename"])))
    texts = tuple(one_line(s["raw"] if "raw" in s else " ".join(s["tokens"])) for s in image["sentences"])
    split = {"restval": "train"}.get(image.get("split", ""), image.get("split", ""))
    return Photo(file, split, texts, str(image.get("cocoid", "")))
