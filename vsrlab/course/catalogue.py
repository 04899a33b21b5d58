"""Catalogues of translations, made and checked with Babel.

    python -m vsrlab.course.catalogue update zh      write the sentences of the source into locale/zh/LC_MESSAGES/course.po, and the
                                                     text cells of notebooks/ into lessons.po: new ones empty, changed ones fuzzy,
                                                     old translations kept
    python -m vsrlab.course.catalogue compile        course.mo from every course.po; what is fuzzy or empty stays out
    python -m vsrlab.course.catalogue check          how many sentences each language has, and what is wrong with them

Lessons are no part of an installed package: `update` and `check` look for the folder notebooks/ where they are called.
"""
import io
import string
import sys
from pathlib import Path

from babel.messages import catalog as messages
from babel.messages import extract, mofile, pofile

from vsrlab import files
from vsrlab.course.language import DOMAIN, FOLDER
from vsrlab.course.lesson_texts import LESSONS, cells
from vsrlab.errors import Problem

ROOT = Path(__file__).parent
ROOMS = (ROOT, ROOT.parent / "classroom")          # what students and teachers read
NOTEBOOKS = Path("notebooks")
# The calls that hold sentences, and which of their arguments these are
KEYWORDS = {"N_": None, "tr": None, "Mistake": (2,), "Property": (2,), "Option": (1, 3), "Question": (3,), "Term": (2,)}


def template(domain: str = DOMAIN) -> messages.Catalog:
    """Every sentence of the course in the order of its files; or, for "lessons", every text cell in the order of the lessons."""
    found = messages.Catalog(project="vsrlab", charset="utf-8")
    if domain == LESSONS:
        for text, place in cells(NOTEBOOKS):
            found.add(text, locations=[(place, 0)])
        return found
    for file in [file for room in ROOMS for file in sorted(room.rglob("*.py"))]:
        with file.open("rb") as source:
            for line, message, comments, _ in extract.extract("python", source, KEYWORDS):
                for one in [message] if isinstance(message, str) else message:
                    if one:
                        found.add(one, locations=[(_named(file), line)], auto_comments=comments)
    return found


def _named(file: Path) -> str:
    """A file of the course by its place in the room; of the other room, with the room's name."""
    return str(file.relative_to(ROOT if file.is_relative_to(ROOT) else ROOT.parent))


def opened(language: str, domain: str = DOMAIN) -> messages.Catalog:
    """The catalogue of a language; an empty one where there is none yet."""
    path = po(language, domain)
    if not path.exists():
        return messages.Catalog(locale=language, domain=domain, charset="utf-8")
    with path.open("rb") as file:
        return pofile.read_po(file, locale=language, domain=domain)


def po(language: str, domain: str = DOMAIN) -> Path:
    """Where the catalogue of a language lies."""
    return FOLDER / language / "LC_MESSAGES" / f"{domain}.po"


def languages() -> list:
    """The languages that have a catalogue."""
    return sorted(path.parents[1].name for path in FOLDER.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))


def update(language: str, domain: str = DOMAIN) -> messages.Catalog:
    """Bring the catalogue of a language in step with the source, and write it."""
    book = opened(language, domain)
    book.update(template(domain), no_fuzzy_matching=False, update_creation_date=False)
    buffer = io.BytesIO()
    pofile.write_po(buffer, book, width=120, omit_header=False, ignore_obsolete=True, sort_by_file=True)
    path = po(language, domain)
    path.parent.mkdir(parents=True, exist_ok=True)
    files.write(path, lambda file: file.write(buffer.getvalue()))
    return book


def compiled(book: messages.Catalog) -> bytes:
    """A catalogue in the form that gettext reads; fuzzy sentences are left out, so that they are shown in English."""
    buffer = io.BytesIO()
    mofile.write_mo(buffer, book, use_fuzzy=False)
    return buffer.getvalue()


def faults(book: messages.Catalog) -> list:
    """What is wrong with the translations: (sentence, why)."""
    fields = lambda text: {(name, spec, turn) for _, name, spec, turn in string.Formatter().parse(text) if name is not None}
    found = []
    for message in book:
        if not message.id or not message.string or message.fuzzy:
            continue
        try:
            wanted = fields(message.id)
        except ValueError:                                        # a formula with braces: it is never filled in
            continue
        try:
            if fields(message.string) != wanted:
                found.append((message.id, "other placeholders"))
        except ValueError:
            found.append((message.id, "a brace that does not close"))
    return found


def report(language: str, domain: str = DOMAIN) -> str:
    """One line: how many sentences a language has, and what is wrong."""
    book, every = opened(language, domain), {m.id for m in template(domain) if m.id}
    done = {m.id for m in book if m.id and m.string and not m.fuzzy} & every
    wrong = "" if domain == LESSONS else "".join(f"\n  {why}: {text[:90]}" for text, why in faults(book))
    fuzzy = sum(1 for m in book if m.fuzzy and m.id)
    return f"{language}, {domain}: {len(done)} of {len(every)} sentences, {fuzzy} fuzzy{wrong}"


def domains() -> list:
    """The catalogues that can be looked at here: that of the course, and that of the lessons where their folder is."""
    return [DOMAIN, LESSONS] if any(NOTEBOOKS.glob("*.ipynb")) else [DOMAIN]


def main(words) -> int:
    """The commands at the head of this file."""
    if words[:1] == ["update"] and len(words) == 2:
        for domain in domains():
            update(words[1], domain)
            print(report(words[1], domain))
    elif words == ["compile"]:
        for language in languages():
            for path in sorted((FOLDER / language / "LC_MESSAGES").glob("*.po")):
                data = compiled(opened(language, path.stem))
                files.write(path.with_suffix(".mo"), lambda file, data=data: file.write(data))
    elif words == ["check"]:
        print("\n".join(report(one, domain) for one in languages() for domain in domains()) or "there is no catalogue yet")
        return int(any(faults(opened(language)) for language in languages()))
    else:
        raise Problem("type one of: update LANGUAGE, compile, check.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
