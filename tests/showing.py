"""The page that shows the code, as tests use it."""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml
from playwright.sync_api import Page

DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}

DIGESTS = """async sets => {
  await showcase.ready;
  const known = new Map();
  const digest = async text => {
    if (!known.has(text)) {
      const bytes = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
      known.set(text, Array.from(new Uint8Array(bytes), one => one.toString(16).padStart(2, '0')).join(''));
    }
    return known.get(text);
  };
  const found = [];
  for (const answers of sets) {
    const { answers: all, recorded, refused } = showcase.complete(answers);
    const files = { ...refused };
    for (const [path, text] of showcase.project(all, recorded)) files[path] = await digest(text);
    found.push(files);
  }
  return found;
}"""
"""The digest of each file of some projects, and of each answer that is refused why."""


def digests_of(texts: Mapping[Path, str], root: Path) -> dict[str, str]:
    """Return the digest of each file of a project."""
    return {
        path.relative_to(root).as_posix(): sha256(text.encode()).hexdigest()
        for path, text in texts.items()
    }


def wait(page: Page) -> None:
    """Wait until everything is drawn."""
    page.evaluate("showcase.ready.then(view => view.drawn)")


def typed(answers: Mapping[str, Any]) -> dict[str, str]:
    """Return answers as a person types them."""
    return {name: _text(answer) for name, answer in answers.items()}


def _text(answer: Any) -> str:
    if isinstance(answer, str):
        return answer
    text = yaml.safe_dump(
        answer, default_flow_style=True, allow_unicode=True, width=1_000_000
    )
    return text.removesuffix("\n").removesuffix("\n...")
