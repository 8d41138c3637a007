"""Forms: what they offer, and that nothing sent back is trusted."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadPicture, Refused
from bot.toapis.catalogue.catalogue import Catalogue
from cogs.ui.modals import AS_IT_IS, FilledForm, FormId, order_form, read

CATALOGUE = Catalogue.load()
ANA = 101
PRO = "gemini-3-pro-image-preview"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)


def fields(**order: Any) -> dict[str, dict[str, Any]]:
    """Return a form's fields as Discord receives them, by id."""
    form = order_form(FormId("change", ("1" * 16,)), str, CATALOGUE, **order)
    return {part["component"]["custom_id"]: part["component"] for part in form.to_components()}


def chosen(field: dict[str, Any]) -> list[str]:
    return [option["value"] for option in field["options"] if option.get("default")]


def sent(**values: Any) -> dict[str, Any]:
    """Return what Discord sends back: a text for the prompt, lists for the rest."""
    parts = [{"custom_id": "prompt", "value": values.pop("prompt")}]
    parts += [{"custom_id": name, "values": value} for name, value in values.items()]
    return {"components": [{"type": 18, "component": part} for part in parts]}


def test_an_id_is_read_as_it_was_written() -> None:
    form_id = FormId("menu", ("12", "34"))
    assert FormId.read(str(form_id)) == form_id


@pytest.mark.parametrize("text", ["form2:go:1", "form1", "form1:", "form1:go:a b", "form1:go:"])
def test_malformed_id_is_refused_politely(text: str) -> None:
    with pytest.raises(Refused, match="form-old"):
        FormId.read(text)


@pytest.mark.parametrize("text", ["", "job1:go:1", "form", "formular"])
def test_an_id_that_is_not_ours_is_left_alone(text: str) -> None:
    assert FormId.read(text) is None


def test_field_for_files_takes_pictures_only() -> None:
    assert fields()["uploads"]["file_types"] == ["image"]


@pytest.mark.parametrize(("name", "size", "reason"), [("a.pdf", 9, "pdf"), ("a.png", 0, "empty")])
def test_upload_declared_to_be_no_picture_is_refused(name: str, size: int, reason: str) -> None:
    upload = {"id": "7", "filename": name, "size": size, "url": "https://cdn.discordapp.com/a"}
    with pytest.raises(BadPicture) as refused:
        read(sent(prompt="x", uploads=["7"]) | {"resolved": {"attachments": {"7": upload}}}, ANA)
    assert refused.value.reason == reason


def test_model_not_on_offer_is_replaced_by_the_default() -> None:
    for gone in ("painted-in-2024", ""):
        assert chosen(fields(model=gone)["model"]) == [CATALOGUE.default]


def test_form_is_prefilled_with_the_previous_order() -> None:
    form = fields(prompt="at night", model=PRO, ratio="16:9", resolution="4K")
    assert form["prompt"]["value"] == "at night"
    assert (chosen(form["model"]), chosen(form["ratio"]), chosen(form["resolution"])) == ([PRO], ["16:9"], ["4K"])


def test_default_size_is_left_to_the_finally_chosen_model() -> None:
    form = fields(model=PRO, resolution="1K")
    assert chosen(form["resolution"]) == [AS_IT_IS]
    back = read(sent(prompt="x", model=["gpt-4o-image"], ratio=[AS_IT_IS], resolution=[AS_IT_IS]), ANA)
    assert back == FilledForm("x", "gpt-4o-image")


def test_several_pictures_are_to_pick_from() -> None:
    form = fields(pictures=["1", "2"])
    assert [option["value"] for option in form["picked"]["options"]] == ["0", "1"]
    assert len(form) == 5  # the most that a form holds
    assert read(sent(prompt="x", picked=["1"]), ANA).picked == (1,)


@given(JSON)
def test_whatever_comes_back_is_read_or_refused(data: Any) -> None:
    try:
        read(data if isinstance(data, dict) else {"components": data}, ANA)
    except Refused as refused:
        assert refused.reason == "form-old"
