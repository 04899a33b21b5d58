"""Captions, looked at line by line."""
from pathlib import Path

from vsrlab.data.captions import read_lines, unbytes
from vsrlab.data.examine.finding import Finding, outlive, some
from vsrlab.data.words import tokenise

_LONG = 100                      # words of a caption that looks like several


def captions(file: Path, found: list) -> list:
    """The captions of a file, with findings about them; a letter that cannot be decoded becomes a mark."""
    lines = file.read_bytes().decode("utf-8", errors="replace").split("\n")
    spelled = sum(unbytes(line.strip()) != line.strip() for line in lines)
    if spelled:
        found.append(Finding("warning", f"{file.name}: {spelled:,} captions are spelled as bytes (b'...'), which makes unknown "
                             "words of their first and last; vsrlab reads the text they stand for, other programs do not",
                             f"python -c \"from vsrlab.data.captions import mend; mend('{file}')\""))
    texts = outlive(found, file.name, read_lines, file, True)
    if texts is not None:
        found += sentences(file.name, texts)
        return texts
    while lines and not lines[-1].strip():
        lines.pop()
    return [line.strip() for line in lines]


def sentences(name: str, texts: list) -> list:
    """Findings about the sentences themselves."""
    while texts and not texts[-1]:                                             # empty lines at the end are none
        texts = texts[:-1]
    words = [len(tokenise(text)) for text in texts]
    empty = [n for n, text in enumerate(texts, 1) if not text]
    wordless = [n for n, (text, count) in enumerate(zip(texts, words), 1) if text and not count]
    long = [n for n, count in enumerate(words, 1) if count > _LONG]
    garbled = [n for n, text in enumerate(texts, 1) if "\ufffd" in text or "Ã" in text]
    found = []
    if empty:
        found.append(Finding("broken", f"{name}: {len(empty):,} captions are empty, {some('line', empty)}",
                             "write a sentence on each of these lines; in Python, allow_empty=True reads them too"))
    if wordless:
        found.append(Finding("warning", f"{name}: {len(wordless):,} captions hold no word, {some('line', wordless)}",
                             "write a sentence on each of these lines"))
    if long:
        found.append(Finding("warning", f"{name}: {len(long):,} captions have more than {_LONG} words (up to {max(words):,}), "
                             f"{some('line', long)}: each makes its whole batch slow", "shorten these lines; where line breaks "
                             "were lost, put them back, one caption a line"))
    if garbled:
        found.append(Finding("warning", f"{name}: {len(garbled):,} captions look wrongly decoded (Ã, \ufffd), "
                             f"{some('line', garbled)}", "fetch the original captions and keep them UTF-8"))
    return found
