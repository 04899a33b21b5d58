"""JSON of captions: Karpathy's files, COCO's, lists and lines of objects, names with their captions; others are named."""
import json

from vsrlab.data.captions.cells import CaptionRow, photo_name, texts_of, words
from vsrlab.data.captions.columns import PHOTO, TEXT, Asked, Tell, squashed, understood
from vsrlab.errors import Problem
from vsrlab.inputs import short

READ = "what is read: Karpathy's dataset_*.json, COCO's captions_*.json, lists or lines of {\"image\": ..., \"caption\": ...}"
_AROUND = ("data", "images", "annotations", "items", "samples", "rows", "records", "captions")       # keys of a list of objects
_OTHER = (                             # keys of files that hold no captions -> what they are
    ({"questions"}, "questions about photos"), ({"word2idx"}, "a vocabulary"), ({"words", "markers"}, "a vocabulary"),
    ({"settings", "features"}, "the config.json of a run"), ({"extractor"}, "the features.json of a folder of features"),
    ({"qa", "image_id"}, "questions about photos"), ({"regions"}, "phrases of regions (Visual Genome), not captions of photos"),
    ({"objects"}, "objects of photos, not captions"), ({"segmentation"}, "boxes (COCO's instances), not captions"),
    ({"bbox"}, "boxes (COCO's instances), not captions"), ({"keypoints"}, "key points of people, not captions"),
    ({"file_name", "width"}, "photos without captions"))
_HEAD = 200                            # objects that decide which keys are read


def rows_of_json(value, path, tell: Tell, asked: Asked) -> tuple:
    """([CaptionRow, ...], how they were understood) of a file's JSON, whatever public layout it has."""
    if isinstance(value, dict) and _objects(value.get("images")):
        if any("sentences" in image for image in value["images"][:_HEAD]):
            return _karpathy(value["images"], path), "Karpathy's layout"
        if _objects(value.get("annotations")):
            return _coco(value, path), "COCO's layout"
    if isinstance(value, dict):
        around = next((key for key in _AROUND if _objects(value.get(key))), None)
        if around:
            return _listed(value[around], path, tell, asked)
        if columns := _by_columns(value):
            return _listed(columns, path, tell, asked)
        if _one_photo(value):
            return _listed([value], path, tell, asked)
        if value and all(isinstance(texts, str | list) for texts in value.values()) and _names(value, tell):
            return [CaptionRow(f"photo {n}", photo_name(name), "", _texts(texts, path, f"photo {n}")) for n, (name, texts) in
                    enumerate(value.items())], "names with their captions"
    if _objects(value):
        return _listed(value, path, tell, asked)
    raise _strange(value, path)


def rows_of_json_lines(text: str, path, tell: Tell, asked: Asked) -> tuple:
    """The same of JSON lines: one object a line."""
    objects = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                objects.append(json.loads(line))
            except (ValueError, RecursionError, MemoryError) as error:
                raise Problem(f"{path}, line {number} is not JSON ({short(error)}); mend or delete that line, or copy the file "
                              "again.") from None
    if len(objects) == 1 and not _objects(objects):
        return rows_of_json(objects[0], path, tell, asked)
    if not _objects(objects):
        raise _strange(objects, path)
    return _listed(objects, path, tell, asked, "line", 1)


def _objects(value) -> bool:
    """Whether a value is a list of dictionaries, and not empty."""
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)


def _names(value: dict, tell: Tell) -> bool:
    """Whether the keys of a dictionary are photos: by their endings, in the folder, or as COCO's numbers."""
    head = list(value)[:_HEAD]
    return sum(tell(name) or name.isdecimal() for name in head) >= 0.5 * len(head)


def _karpathy(images: list, path) -> list:
    """Rows of Karpathy's dataset_*.json (Karpathy and Fei-Fei, CVPR 2015); `file` is filepath/filename where there are folders."""
    rows = []
    for n, image in enumerate(images):
        where = f"photo {n}"
        name = next((image[key] for key in ("filename", "file_name", "file_path") if image.get(key) is not None), None)
        folder = image.get("filepath")
        file = name if folder is None or name is None else f"{folder}/{name}" if str(folder) else name
        sentences = image.get("sentences")
        if not isinstance(file, str) or not isinstance(sentences, list | None):
            raise Problem(f"{path}, {where}: expected {{\"filename\": ..., \"sentences\": [{{\"raw\": ...}}]}}, found "
                          f"{short(image)}; mend that photo, or take it out.")
        texts = [text for sentence in sentences or [] for text in _texts(sentence, path, where)]
        split, number = _split(image.get("split"), path, where), _number(image.get("cocoid"))
        rows.append(CaptionRow(where, photo_name(file), split, texts, number))
    return rows


def _coco(value: dict, path) -> list:
    """Rows of COCO's captions_*.json: annotations with image_id and caption, images with id and file_name."""
    texts = {}
    for n, one in enumerate(value["annotations"]):
        if "caption" not in one:
            raise _strange(one, path)
        for text in _texts(one["caption"], path, f"annotation {n}"):
            texts.setdefault(_number(one.get("image_id")), []).append(text)
    rows = []
    for n, image in enumerate(value["images"]):
        file, number = photo_name(image.get("file_name", image.get("filename"))), _number(image.get("id"))
        if not file or not number:
            raise Problem(f"{path}, photo {n}: expected {{\"id\": ..., \"file_name\": ...}}, found {short(image)}; mend that "
                          "photo, or take it out.")
        if number in texts:
            rows.append(CaptionRow(f"photo {n}", file, _split(image.get("split"), path, f"photo {n}"), texts[number], number))
    if not rows:
        raise Problem(f"{path}: no image_id of its annotations is the id of one of its images; give {READ}.")
    return rows


def _listed(objects: list, path, tell: Tell, asked: Asked, word: str = "photo", first: int = 0) -> tuple:
    """Rows of a list of objects whose keys are found as the columns of a table are."""
    objects = [one if "caption" in one or not isinstance(one.get("conversations"), list) else
               {**one, "caption": _answer(one["conversations"])} for one in objects]
    names = list(dict.fromkeys(str(key) for one in objects[:_HEAD] for key in one))
    cells = [[one.get(name) for name in names] for one in objects[:_HEAD]]
    if not {squashed(name) for name in names} & set(TEXT) and any(keys <= set(names) for keys, _ in _OTHER):
        raise _strange(objects, path)
    try:
        columns = understood(names, cells, tell, asked, path)
    except Problem:
        said = any(words(cell) > 1 for row in cells for cell in row if not tell(cell))
        if not said and not any(asked):
            raise _strange(objects, path) from None
        raise
    key, rows = lambda place: names[place], []
    for n, one in enumerate(objects, first):
        where = f"{word} {n}"
        texts = [text for place in columns.texts for text in _texts(one.get(key(place)), path, where)]
        split = "" if columns.split is None else _split(one.get(key(columns.split)), path, where)
        number = _number(one.get(key(columns.number))) if columns.number is not None else ""
        rows.append(CaptionRow(where, photo_name(one.get(key(columns.photo))), split, texts, number))
    return rows, str(columns)


def _answer(turns: list):
    """The first thing that the model says in a dialogue about a photo (LLaVA's layout): its caption."""
    said = [turn for turn in turns if isinstance(turn, dict)]
    return next((turn for turn in said if str(turn.get("from", turn.get("role"))).lower() in ("gpt", "assistant")), None)


def _one_photo(value: dict) -> bool:
    """Whether the keys of a dictionary name a photo and a caption."""
    keys = set(map(squashed, value))
    return bool(keys & set(PHOTO)) and bool(keys & {*TEXT, "conversations"})


def _by_columns(value: dict) -> list:
    """Objects of a table that was written column by column, as pandas does: {"image": [...] or {"0": ...}, "caption": ...}."""
    columns = {str(key): list(cells.values()) if isinstance(cells, dict) else cells for key, cells in value.items()}
    if not all(isinstance(cells, list) for cells in columns.values()) or len(set(map(len, columns.values()))) != 1:
        return []
    if not _one_photo(columns):
        return []
    return [dict(zip(columns, cells)) for cells in zip(*columns.values())]


def _texts(value, path, where: str) -> list:
    texts = texts_of(value)
    if texts is None:
        raise Problem(f"{path}, {where}: the caption is {short(value)}, not a text; mend it, or take the photo out of the file.")
    return texts


def _split(value, path, where: str) -> str:
    if value is None or isinstance(value, str):
        return (value or "").strip()
    raise Problem(f"{path}, {where}: its split is {short(value)}, not a name such as \"train\"; mend it, or take the photo out.")


def _number(value) -> str:
    """A number of the data set's own as text; "" where there is none."""
    return str(value) if isinstance(value, str) or type(value) is int and abs(value) < 2 ** 63 else ""


def _strange(value, path) -> Problem:
    """What a JSON file is that holds no captions, as far as its keys tell."""
    inner = next((one for one in (value.values() if isinstance(value, dict) else ()) if _objects(one)), None)
    first = value[0] if _objects(value) else value if isinstance(value, dict) else {}
    keys = [*first, *(inner[0] if inner else ())]
    is_ = next((what for names, what in _OTHER if names <= set(keys)), None)
    holds = is_ or (f"a dictionary of {', '.join(short(key, 20) for key in keys[:6]) or 'nothing'}" if isinstance(value, dict) else
                    f"a list of {', '.join(short(key, 20) for key in keys[:6])}" if keys else f"{short(value)}")
    return Problem(f"{path} holds {holds}; {READ}.")
