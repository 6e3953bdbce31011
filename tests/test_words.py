"""Whether what people read is in the field's words and in plain English."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import textstat
from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[1]

NOT_USED = {
    r"anew": "again",
    r"learnt": "learned",
    r"mend(s|ed|ing)?": "fix",
    r"recurs?": "repeat",
    r"all the same": "still",
    r"whilst|upon|lest|amiss|nought|albeit|hence|thence": "a word of today",
    r"(there|where)(of|upon|with|by)": "a word of today",
    r"utili[sz]e[sd]?|leverage[sd]?|aforementioned|in order to": "a shorter word",
    r"nobody knows": "it is unknown",
    r"signs? of life": "heartbeat",
    r"ends the search with a word": "the search stops with an error",
    r"(file|folder|row|one|label|labels|number|numbers|targets) a "
    r"(class|sample|group|part|picture)": "one per class",
    r"(?<!there )is no (array|callback|column|duration|file|folder|number|record|time|URL)": "is not a",
}
"""Words and turns that practitioners do not use, and what to write."""

READABLE = 55
"""The least Flesch reading ease of a page; 60 to 70 is plain English (Flesch, 1948)."""


def texts() -> list[Path]:
    """Return all files that a person reads, or that a project's files are made of."""
    found = [ROOT / "README.md", ROOT / "copier.yml", *(ROOT / "docs").rglob("*.md")]
    for folder in ("template", "generator"):
        suffixes = (".jinja", ".py", ".yml", ".js", ".html", ".md")
        found += [
            path
            for path in (ROOT / folder).rglob("*")
            if path.suffix in suffixes and "licenses" not in path.parts
        ]
    return sorted(found)


def test_no_word_is_used_that_practitioners_do_not_use() -> None:
    """Prompts, help, errors, docs, comments: wherever it stands."""
    unwanted = re.compile("|".join(rf"\b({words})\b" for words in NOT_USED))
    found = []
    for path in texts():
        # What is broken over two lines is one sentence, and a message may be two strings.
        text = re.sub(r'"\n\s*f?"|\s*\n[\s#]*', " ", path.read_text("utf-8"))
        for match in unwanted.finditer(re.sub(" +", " ", text)):
            found.append(f"{path.relative_to(ROOT)}: {match[0]}")
    assert found == []
    assert len(texts()) > 300


@pytest.mark.parametrize(
    "sentence",
    [
        "the rows are dealt anew",
        "put one folder a class in it",
        'f"{path} is no "\n    f"file; put it there"',
        "a record that finds none ends the search with a word",
    ],
)
def test_such_words_are_found(
    sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = tmp_path / "text.md"
    text.write_text(sentence)
    monkeypatch.setitem(globals(), "texts", lambda: [text] * 400)
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    with pytest.raises(AssertionError, match=r"text\.md: "):
        test_no_word_is_used_that_practitioners_do_not_use()


def prose(markdown: str) -> str:
    """Return the sentences of a page, without its code, links' addresses and headings."""
    sentences, within = [], [""]
    for token in MarkdownIt("commonmark").enable("table").parse(markdown):
        if token.nesting:
            within = [*within, token.type] if token.nesting > 0 else within[:-1]
        elif token.type == "inline" and within[-1] in ("paragraph_open", "td_open"):
            # A name in code is read as one short word.
            said = "".join(
                {"code_inline": "it", "softbreak": " "}.get(part.type, part.content)
                for part in token.children or ()
                if part.type in ("text", "code_inline", "softbreak")
            ).strip()
            if " " in said and not urlsplit(said).scheme:
                sentences.append(said if said[-1] in ".!?" else f"{said.rstrip(':;')}.")
    return "\n".join(sentences)


@pytest.mark.parametrize(
    "page",
    [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))],
    ids=lambda path: path.relative_to(ROOT).as_posix(),
)
def test_a_page_is_plain_english(page: Path) -> None:
    text = prose(page.read_text("utf-8"))
    assert len(text.split()) > 60
    assert textstat.flesch_reading_ease(text) >= READABLE


def test_what_is_hard_to_read_is_found() -> None:
    text = prose(
        "The parameterisation of hierarchical configurations necessitates an"
        " understanding of `Sampler` terminology, notwithstanding considerable"
        " familiarity with probabilistic optimisation methodology."
    )
    assert textstat.flesch_reading_ease(text) < 0
