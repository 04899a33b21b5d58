"""Catalogues of translations, made and checked with Babel.

    python -m vsrlab.course.catalogue update zh      write the sentences of the source into locale/zh/LC_MESSAGES/course.po:
                                                     new ones empty, changed ones fuzzy, old translations kept
    python -m vsrlab.course.catalogue compile        course.mo from every course.po; what is fuzzy or empty stays out
    python -m vsrlab.course.catalogue check          how many sentences each language has, and what is wrong with them
"""
import io
import string
import sys
from pathlib import Path

from babel.messages import catalog as messages
from babel.messages import extract, mofile, pofile

from vsrlab import files
from vsrlab.course.language import DOMAIN, FOLDER
from vsrlab.errors import Problem

ROOT = Path(__file__).parent
# The calls that hold sentences, and which of their arguments these are
KEYWORDS = {"N_": None, "tr": None, "Mistake": (2,), "Property": (2,), "Option": (1, 3), "Question": (3,), "Term": (2,)}


def template() -> messages.Catalog:
    """Every sentence of the course, in the order of its files."""
    found = messages.Catalog(project="vsrlab", charset="utf-8")
    for file in sorted(ROOT.rglob("*.py")):
        with file.open("rb") as source:
            for line, message, comments, _ in extract.extract("python", source, KEYWORDS):
                for one in [message] if isinstance(message, str) else message:
                    if one:
                        found.add(one, locations=[(str(file.relative_to(ROOT)), line)], auto_comments=comments)
    return found


def opened(language: str) -> messages.Catalog:
    """The catalogue of a language; an empty one where there is none yet."""
    path = po(language)
    if not path.exists():
        return messages.Catalog(locale=language, domain=DOMAIN, charset="utf-8")
    with path.open("rb") as file:
        return pofile.read_po(file, locale=language, domain=DOMAIN)


def po(language: str) -> Path:
    """Where the catalogue of a language lies."""
    return FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def languages() -> list:
    """The languages that have a catalogue."""
    return sorted(path.parents[1].name for path in FOLDER.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))


def update(language: str) -> messages.Catalog:
    """Bring the catalogue of a language in step with the source, and write it."""
    book = opened(language)
    book.update(template(), no_fuzzy_matching=False, update_creation_date=False)
    buffer = io.BytesIO()
    pofile.write_po(buffer, book, width=120, omit_header=False, ignore_obsolete=True, sort_by_file=True)
    po(language).parent.mkdir(parents=True, exist_ok=True)
    files.write(po(language), lambda file: file.write(buffer.getvalue()))
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


def report(language: str) -> str:
    """One line: how many sentences a language has, and what is wrong."""
    book, every = opened(language), {m.id for m in template() if m.id}
    done = {m.id for m in book if m.id and m.string and not m.fuzzy} & every
    wrong = "".join(f"\n  {why}: {text[:90]}" for text, why in faults(book))
    return f"{language}: {len(done)} of {len(every)} sentences, {sum(1 for m in book if m.fuzzy and m.id)} fuzzy{wrong}"


def main(words) -> int:
    """The commands at the head of this file."""
    if words[:1] == ["update"] and len(words) == 2:
        update(words[1])
        print(report(words[1]))
    elif words == ["compile"]:
        for language in languages():
            data = compiled(opened(language))
            files.write(po(language).with_suffix(".mo"), lambda file, data=data: file.write(data))
            print(report(language))
    elif words == ["check"]:
        print("\n".join(map(report, languages())) or "there is no catalogue yet")
        return int(any(faults(opened(language)) for language in languages()))
    else:
        raise Problem("type one of: update LANGUAGE, compile, check.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
