"""docs/sentences.md: what the app says, gathered from its source, to be read in one go.

Found without running anything: texts given to Streamlit, texts of two words and more in the rooms that speak to people,
and the docstrings of failures, which are their messages. What is put in at run time shows as ``…``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
PAGE: Final = ROOT / "docs" / "sentences.md"
_ROOMS: Final = ("web", "charts", "reports", "billing", "accounts", "sync", "gateway")
_RULES: Final = ROOT / "lib" / "ledger" / "rules.py"
"""The one file of its room that speaks to people: the switches' titles and sentences."""
_INTRODUCTION: Final = """\
# Every sentence

Written by `make docs` from the source (`lib/cli/sentences.py` says how), to be read for plain English: sentences, not
codes; no blame, no exclamation marks; what happened and what to do. `…` stands for what is put in. Formulas of metrics
are in [metrics.md](metrics.md).
"""
_GIVEN: Final = {"label", "help", "placeholder", "caption", "text", "body", "busy"}
"""Names of arguments that are shown."""
_TAG: Final = re.compile(r"<[^>]*>")
_LINK: Final = re.compile(r"\[([^\]]+)\]\([^)]*\)")
_CODE: Final = re.compile(
    r"[{}]|^[a-z_./:&?#\[-]+$|=\S|^\W*$|\w\(\)|^\(|%[a-zA-Z]\b|\b(SELECT|flex|px)\b|--|\\[bswd]|::"
)
_NAME: Final = re.compile(
    r"^[a-z…]*[_-][a-z_…-]+$|^(id|status|section|platform|restricted|invite|days?)$|^M{3,4} y|^M+ Y+$"
)
"""Keys and patterns, which only programs read."""
_TWO_WORDS: Final = re.compile(r"[A-Za-z’'…]+[,.:;]? +[A-Za-z“’'…]+")
_LETTERS: Final = re.compile(r"[A-Za-z]{2}")


def page() -> str:
    """The whole page: a list for each file that says something."""
    parts = [f"## Failures (`lib/errors.py`)\n\n{_listed(_failures())}\n"]
    for path in (_RULES, *(path for room in _ROOMS for path in sorted((ROOT / "lib" / room).rglob("*.py")))):
        found = list(dict.fromkeys(_said(ast.parse(path.read_text("utf-8")))))
        if found:
            parts.append(f"## `{path.relative_to(ROOT)}`\n\n{_listed(found)}\n")
    return _INTRODUCTION + "\n" + "\n".join(parts)


def _listed(found: list[str]) -> str:
    return "\n".join(f"- {each}" for each in found)


def _failures() -> list[str]:
    tree = ast.parse((ROOT / "lib" / "errors.py").read_text("utf-8"))
    named = [node for node in tree.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]
    told = [ast.get_docstring(node) for node in named]
    return [" ".join(re.sub(r"\{\w+\}", "…", each).split()) for each in told if each]


def _said(tree: ast.Module) -> Iterator[str]:
    """The texts of a file in their order, as they are read: without HTML and Markdown's escapes."""
    silent, shown = _silent(tree), _shown(tree)
    for node in ast.walk(tree):
        if id(node) in silent or not isinstance(node, ast.Constant | ast.JoinedStr):
            continue
        text = _written(node)
        if (
            _LETTERS.search(text)
            and not _NAME.search(text)
            and (id(node) in shown or (_TWO_WORDS.search(text) and not _CODE.search(text)))
        ):
            yield text


def _written(node: ast.AST) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return _read(text)
        case ast.JoinedStr(values=parts):
            pieces = ("…" if isinstance(part, ast.FormattedValue) else _raw(part) for part in parts)
            return _read("".join(pieces))
        case _:
            return ""


def _read(text: str) -> str:
    """As it is read: of HTML and of links in Markdown the words alone."""
    return _LINK.sub(r"\1", " ".join(unescape(_TAG.sub(" ", text)).split()))


def _raw(part: ast.AST) -> str:
    return str(part.value) if isinstance(part, ast.Constant) else ""


def _shown(tree: ast.Module) -> set[int]:
    """The texts that a call draws: the first argument of ``st.…``, and arguments with a name that says so."""
    found: set[int] = set()
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        drawn = isinstance(call.func, ast.Attribute) and _root(call.func) in {"st", "columns", "links", "acting"}
        found |= {id(each) for each in call.args[:1] if drawn and _called(call.func) not in {"html", "expander_key"}}
        found |= {id(each.value) for each in call.keywords if each.arg in _GIVEN}
    return found


def _root(func: ast.Attribute) -> str:
    base = func.value
    while isinstance(base, ast.Attribute):
        base = base.value
    return base.id if isinstance(base, ast.Name) else ""


def _called(func: ast.expr) -> str:
    return func.attr if isinstance(func, ast.Attribute) else ""


def _silent(tree: ast.Module) -> set[int]:
    """Docstrings, texts below attributes, annotations, and the pieces of f-strings, which are told as a whole."""
    found: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            found.add(id(node.value))
        if isinstance(node, ast.JoinedStr):
            found |= {id(each) for each in node.values}
        if isinstance(node, ast.AnnAssign | ast.arg) and node.annotation:
            found |= {id(each) for each in ast.walk(node.annotation)}
    return found
