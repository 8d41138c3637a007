"""The router's registrations: what is marked in the cogs, and whether people can see and use it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from discord.ext import commands

import cogs
from bot.guilds.rules import RULES
from bot.i18n import FALLBACK, FOLDER, Phrases
from cogs.ui.components import STYLES
from cogs.ui.modals import PREFIX, FormId
from cogs.ui.router import TEMPLATE, component, form
from cogs.ui.rule_text import label_key

LABEL = 45
"""Characters of a form's label: https://discord.com/developers/docs/components/reference#label"""


def heads() -> list[str]:
    """Return the beginning of every custom_id that a cog acts on."""
    kinds = [kind for kind in vars(cogs).values() if isinstance(kind, type) and issubclass(kind, commands.Cog)]
    marked = [getattr(getattr(kind, name), "routes", {}) for kind in kinds for name in dir(kind)]
    return [head for routes in marked for head in routes]


def test_each_head_is_acted_on_once() -> None:
    assert len(heads()) == len(set(heads())) > 20


def test_each_component_matches_the_persistent_template() -> None:
    for head in heads():
        if not head.startswith(f"{PREFIX}:"):
            assert re.fullmatch(TEMPLATE, f"{head}:0123456789abcdef")


def test_each_form_has_an_id_that_is_read_back() -> None:
    actions = [head.partition(":")[2] for head in heads() if head.startswith(f"{PREFIX}:")]
    for action in actions:
        form_id = FormId(action, ("1",))
        assert FormId.read(str(form_id)) == form_id


def test_each_button_of_a_job_has_a_style_and_a_label() -> None:
    actions = {head.removeprefix("job1:") for head in heads() if head.startswith("job1:")}
    assert actions == set(STYLES)
    keys = set(re.findall(r"^([a-z][a-z0-9-]*) =", (FOLDER / f"{FALLBACK}.ftl").read_text(), re.MULTILINE))
    assert not {action for action in actions if f"button-{action}" not in keys}


def test_each_rule_has_a_label_that_fits_a_form() -> None:
    for name in RULES:
        label = Phrases().say(FALLBACK, label_key(name))
        assert 0 < len(label) <= LABEL


@pytest.mark.parametrize("mark", [component("job1:x", of_job=True), form("x", right="manager")])
def test_marks_keep_the_function(mark: Any) -> None:
    async def act() -> None: ...

    assert mark(act) is act
