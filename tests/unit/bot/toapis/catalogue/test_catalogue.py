"""The catalogue: what our own table holds, what an operator's file may do, and which orders are taken."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Refused
from bot.money import micros
from bot.orders import Order
from bot.toapis.catalogue.catalogue import Catalogue, Model
from tests.support.own_catalogue import SOURCE, own_file

CATALOGUE = Catalogue.load()
EDIT = Order("make it snow", "gemini-3-pro-image-preview", sources=(SOURCE,))
ALL = [pytest.param(model, id=model.id) for model in CATALOGUE.models]


def refusal(order: Order, *, editing: bool = True) -> Refused:
    with pytest.raises(Refused) as caught:
        CATALOGUE.check(order, editing=editing)
    return caught.value


@pytest.mark.parametrize("model", ALL)
def test_every_model_accepts_a_plain_edit_and_states_its_resolution(model: Model) -> None:
    order = CATALOGUE.check(replace(EDIT, model=model.id))
    assert order.model == model.id
    assert (order.resolution in model.resolutions) if model.resolutions else order.resolution is None
    assert CATALOGUE.price(order) > 0
    assert CATALOGUE.check(order) == order


@pytest.mark.parametrize("model", ALL)
def test_every_model_reads_jpeg_and_png_and_takes_a_picture(model: Model) -> None:
    assert {"image/jpeg", "image/png"} <= set(model.reference_types)
    assert model.max_references >= 1
    assert 0 < model.seconds[0] <= model.seconds[1]


def test_the_default_is_the_model_that_the_project_named() -> None:
    assert CATALOGUE.default == "gemini-3-pro-image-preview"
    assert CATALOGUE.check(replace(EDIT, model="")).model == CATALOGUE.default


def test_seedream_is_told_to_leave_its_watermark_out() -> None:
    for model in CATALOGUE.models:
        assert (model.watermark is False) == ("seedream" in model.id)


def test_gemini_takes_no_more_pictures_than_the_newer_page_says() -> None:
    error = refusal(replace(EDIT, sources=(SOURCE,) * 7))
    assert (error.reason, error.facts["limit"], error.facts["count"]) == ("too-many-sources", 6, 7)


def test_an_alias_becomes_the_id_that_is_sent() -> None:
    assert CATALOGUE.check(replace(EDIT, model="nano-banana-pro")).model == "gemini-3-pro-image-preview"


def test_a_model_that_can_follow_the_source_does_so_by_itself() -> None:
    assert CATALOGUE.check(replace(EDIT, model="flux-kontext-pro")).ratio == "match_input_image"
    assert CATALOGUE.check(replace(EDIT, model="gpt-image-2-official")).ratio == "auto"
    assert CATALOGUE.check(EDIT).ratio is None


def test_without_a_source_nothing_can_be_followed() -> None:
    order = Order("a cat", "flux-kontext-pro")
    assert CATALOGUE.check(order, editing=False).ratio is None
    assert refusal(replace(order, ratio="match_input_image"), editing=False).reason == "no-source"


def test_spellings_that_people_use_are_put_right() -> None:
    order = CATALOGUE.check(replace(EDIT, ratio=" 16：9", resolution="4k"))
    assert (order.ratio, order.resolution) == ("16:9", "4K")


def test_gpt_image_2_chooses_a_resolution_that_surely_takes_the_ratio() -> None:
    order = replace(EDIT, model="gpt-image-2")
    assert CATALOGUE.check(replace(order, ratio="1:1")).resolution == "1K"
    assert CATALOGUE.check(replace(order, ratio="16:9")).resolution == "2K"
    assert CATALOGUE.check(replace(order, ratio="16:9", resolution="1K")).resolution == "1K"


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        (replace(EDIT, model="dall-e-9"), "model-unknown"),
        (replace(EDIT, model="Gemini-3-pro-image-preview"), "model-unknown"),
        (replace(EDIT, prompt=" \n\t"), "prompt-empty"),
        (replace(EDIT, prompt="\u200b\u2060\ufeff"), "prompt-empty"),
        (replace(EDIT, prompt="x" * 1001, model="gpt-4o-image"), "prompt-too-long"),
        (replace(EDIT, ratio="7:5"), "ratio-unknown"),
        (replace(EDIT, resolution="8K"), "resolution-unknown"),
        (replace(EDIT, resolution="2K", model="grok-4-2-image"), "resolution-none"),
        (replace(EDIT, count=3, model="gpt-4o-image"), "count-unknown"),
        (replace(EDIT, count=0), "count-unknown"),
        (replace(EDIT, sources=(SOURCE,) * 2, model="flux-kontext-pro"), "too-many-sources"),
        (replace(EDIT, sources=()), "no-source"),
    ],
)
def test_what_can_not_be_painted_is_refused_with_its_own_reason(order: Order, reason: str) -> None:
    error = refusal(order)
    assert (error.reason, error.key) == (reason, f"refused-{reason}")


def test_a_prompt_at_the_limit_passes_and_the_refusal_names_both_numbers() -> None:
    order = replace(EDIT, model="gpt-4o-image")
    assert CATALOGUE.check(replace(order, prompt="é" * 1000)).prompt == "é" * 1000
    assert refusal(replace(order, prompt="é" * 1001)).facts == {"model": "GPT-4o Image", "limit": 1000, "length": 1001}


def test_what_a_member_typed_is_repeated_shortened_and_without_control_characters() -> None:
    shown = str(refusal(replace(EDIT, ratio="\x1b[31m" + "9" * 500)).facts["ratio"])
    assert len(shown) <= 60
    assert shown.isprintable()


def test_sources_and_pictures_together_have_a_limit_where_the_model_has_one(tmp_path: Path) -> None:
    extra = own_file(tmp_path, '[models."doubao-seedream-4-5"]\nreferences_and_outputs = 5\n')
    catalogue = Catalogue.load(extra)
    order = replace(EDIT, model="doubao-seedream-4-5", count=3, sources=(SOURCE,) * 2)
    assert catalogue.check(order).count == 3
    with pytest.raises(Refused) as caught:
        catalogue.check(replace(order, sources=(SOURCE,) * 3))
    assert caught.value.reason == "too-many-sources"


@pytest.mark.parametrize(
    ("order", "usd"),
    [
        (EDIT, "0.04"),
        (replace(EDIT, resolution="4K"), "0.06"),
        (replace(EDIT, model="qwen-image-3.0", sources=(SOURCE,) * 3), "0.039"),
        (replace(EDIT, model="gpt-4o-image", count=4), "0.20"),
        (replace(EDIT, model="gemini-3.1-flash-image-preview", resolution="0.5K"), "0.025"),
    ],
)
def test_the_price_is_for_all_pictures_and_sources(order: Order, usd: str) -> None:
    assert CATALOGUE.price(CATALOGUE.check(order)) == micros(usd)


def test_an_assumed_price_is_known_to_be_assumed() -> None:
    assert CATALOGUE.model("gpt-4o-image").is_price_assumed(None)
    assert not CATALOGUE.model("gpt-image-2").is_price_assumed("4K")


def test_models_that_toapis_does_not_list_are_hidden() -> None:
    offered = CATALOGUE.offered(frozenset({"gpt-image-2", "nano-banana", "some-video"}))
    assert [model.id for model in offered.models] == ["gemini-2.5-flash-image-preview", "gpt-image-2"]
    assert offered.default == "gemini-2.5-flash-image-preview"
    assert CATALOGUE.offered(frozenset({CATALOGUE.default, "gpt-image-2"})).default == CATALOGUE.default


def test_a_list_that_failed_or_knows_none_of_ours_hides_nothing() -> None:
    assert CATALOGUE.offered(None) == CATALOGUE
    assert CATALOGUE.offered(frozenset()) == CATALOGUE
    assert CATALOGUE.offered(frozenset({"dall-e-3"})) == CATALOGUE


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("", "gemini-3-pro-image-preview"),
        ("gpt-image-2", "gpt-image-2"),
        ("FLUX kon", "flux-kontext-pro"),
        ("seedream 5", "doubao-seedream-5-0"),
        ("nano-banana", "gemini-2.5-flash-image-preview"),
        ("wen", "qwen-image-3.0"),
    ],
)
def test_the_best_match_comes_first(text: str, first: str) -> None:
    assert CATALOGUE.search(text)[0].id == first


def test_a_search_keeps_to_its_limit_and_finds_nothing_for_nonsense() -> None:
    assert len(CATALOGUE.search("", limit=3)) == 3
    assert CATALOGUE.search("zzz") == []


def test_a_model_that_paints_squares_is_told_the_shape_of_the_source() -> None:
    model = CATALOGUE.model("gpt-image-2")
    assert model.ratio_of_source(4032, 3024, "2K") == "4:3"
    assert model.ratio_of_source(4032, 3024, "1K") == "3:2"  # the nearest that 1K surely takes
    assert model.ratio_of_source(1080, 1920, "4K") == "9:16"
    assert model.ratio_of_source(5000, 1000, "2K") == "21:9"
    assert model.ratio_of_source(0, 10, "1K") is None


def test_a_model_that_keeps_the_shape_of_the_source_is_told_none() -> None:
    assert CATALOGUE.model("gemini-3-pro-image-preview").ratio_of_source(4032, 3024, "1K") is None


ORDERS = st.builds(
    Order,
    prompt=st.text(max_size=50),
    model=st.sampled_from([*(model.id for model in CATALOGUE.models), "nano-banana", "x"]),
    ratio=st.none() | st.sampled_from(["1:1", "16:9", "auto", "match_input_image", "1:8"]) | st.text(max_size=8),
    resolution=st.none() | st.sampled_from(["1k", "2K", "4K", "0.5K"]) | st.text(max_size=8),
    count=st.integers(-1, 16),
    sources=st.lists(st.just(SOURCE), max_size=17).map(tuple),
)


@given(order=ORDERS, editing=st.booleans())
def test_an_order_is_completed_or_refused_and_a_second_check_changes_nothing(order: Order, editing: bool) -> None:
    try:
        checked = CATALOGUE.check(order, editing=editing)
    except Refused as refused:
        assert refused.reason
        return
    model = CATALOGUE.model(checked.model)
    assert checked.ratio is None or checked.ratio in model.ratios
    assert checked.resolution is None or checked.resolution in model.resolutions
    assert CATALOGUE.check(checked, editing=editing) == checked
    assert CATALOGUE.price(checked) >= model.price_of(checked.resolution)
