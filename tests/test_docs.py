"""Nothing undocumented: what is generated is up to date, what is written names every command, setting and target."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lib.cli import documents, sentences
from lib.cli.main import app
from lib.ledger.rules import PRESETS, SWITCHES, Rules
from lib.metrics.catalog import METRICS
from lib.metrics.registry import Metric
from lib.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")


def test_the_metrics_page_is_what_the_registry_says() -> None:
    assert (ROOT / "docs" / "metrics.md").read_text("utf-8") == documents.metrics_page(), "run `make docs`"


def test_the_readme_has_the_tables_of_today() -> None:
    assert documents.readme(README) == README, "run `make docs`"


def test_the_page_of_sentences_is_what_the_source_says() -> None:
    page = sentences.page()
    assert sentences.PAGE.read_text("utf-8") == page, "run `make docs`"
    assert "- Shorten your search." not in page, "texts that stand together are told together"
    for said in ("No customer matches. Shorten your search.", "Wait … minutes, then try again.", "Edit cards"):
        assert said in page


def test_no_sentence_shouts() -> None:
    said = [line for line in sentences.page().splitlines() if line.startswith("- ")]
    assert [line for line in said if re.search(r"\w!(\s|$)", line)] == []


def test_the_page_of_presets_has_the_switches_of_today() -> None:
    page = documents.PRESETS_PAGE.read_text("utf-8")
    assert documents.presets_page(page) == page, "run `make docs`"


def test_the_page_of_presets_tells_of_each_what_it_is_and_what_it_is_not() -> None:
    page = documents.PRESETS_PAGE.read_text("utf-8")
    for preset, held in PRESETS.items():
        section = page.partition(f"### {preset}\n")[2].partition("\n### ")[0]
        turned = [s.name for s in SWITCHES if getattr(held, s.name) != getattr(Rules(), s.name)]
        assert [name for name in turned if f"`{name}`" not in section] == [], preset
        assert "**Not imitated.**" in section
        assert "https://" in section


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_explained(name: str) -> None:
    assert re.search(rf"^\| `{name.upper()}` \|.*\| \S.*\.? \|$", README, re.MULTILINE)


@pytest.mark.parametrize("command", [each.callback.__name__ for each in app.registered_commands if each.callback])
def test_every_command_is_explained(command: str) -> None:
    assert re.search(rf"^\| `python -m lib {command}` \| .+\. \|$", README, re.MULTILINE)


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.slug)
def test_every_metric_says_how_it_is_computed(metric: Metric) -> None:
    assert metric.formula.endswith(".")


@pytest.mark.parametrize(
    "target", ["run", "test", "install", "lint", "bench", "migrate", "format", "docs", "requirements"]
)
def test_every_make_target_is_there_and_explained(target: str) -> None:
    assert re.search(rf"^{target}:.*## \S", MAKEFILE, re.MULTILINE)
    assert f"make {target}" in README


@pytest.mark.parametrize("page", sorted((ROOT / "docs").rglob("*.md")), ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_decision_is_in_the_index() -> None:
    folder = ROOT / "docs" / "decisions"
    index = (folder / "README.md").read_text("utf-8")
    assert [page.name for page in folder.glob("[0-9]*.md") if page.name not in index] == []
