"""What a create sends to ToAPIs, for each model."""

from __future__ import annotations

from typing import Any

import pytest

from bot.errors import OrderRejected
from bot.orders import Order, Source
from bot.toapis import wire
from bot.toapis.catalogue.catalogue import Catalogue, Model

CATALOGUE = Catalogue.load()
URLS = ["https://files.toapis.com/uploads/1/a.png"]
SOURCE = Source("https://cdn.example.com/a.png", "a.png", None, 1)
ALL = [pytest.param(model, id=model.id) for model in CATALOGUE.models]


def body_of(model: Model, **changes: Any) -> dict[str, Any]:
    order = Order(**{"prompt": "snow", "model": model.id, "sources": (SOURCE,), **changes})
    return wire.create_body(CATALOGUE.check(order), model, URLS, "job-1")


# What is written


@pytest.mark.parametrize("model", ALL)
def test_every_create_asks_for_an_address_and_carries_the_business_id(model: Model) -> None:
    body = body_of(model)
    assert body["response_format"] == "url"
    assert body["client_business_id"] == "job-1"
    assert body["model"] == model.id
    assert "n" not in body


@pytest.mark.parametrize("model", ALL)
@pytest.mark.proves("references-are-strings")
def test_references_are_plain_strings_in_the_one_field_that_the_model_reads(model: Model) -> None:
    body = body_of(model)
    assert body[model.reference_field] == URLS
    assert len({"image_urls", "reference_images"} & body.keys()) == 1


@pytest.mark.parametrize(
    ("model_id", "where"),
    [
        ("gpt-image-2", {"resolution": "2k"}),
        ("gpt-image-2-official", {"resolution": "2k"}),
        ("qwen-image-3.0", {"resolution": "2K"}),
        ("gemini-3-pro-image-preview", {"metadata": {"resolution": "2K"}}),
        ("flux-2-pro", {"metadata": {"resolution": "2K"}}),
        ("viduq2-pro", {"metadata": {"resolution": "2K"}}),
        ("doubao-seedream-4-5", {"metadata": {"resolution": "2K", "watermark": False}}),
    ],
)
@pytest.mark.proves("resolution-spelling")
def test_the_resolution_is_spelled_where_and_how_each_model_reads_it(model_id: str, where: dict[str, Any]) -> None:
    body = body_of(CATALOGUE.model(model_id), resolution="2K")
    assert {key: body[key] for key in ("resolution", "metadata") if key in body} == where


def test_a_model_without_resolutions_is_sent_none() -> None:
    assert not {"resolution", "metadata"} & body_of(CATALOGUE.model("gpt-4o-image")).keys()


@pytest.mark.parametrize("model_id", ["doubao-seedream-4-5", "doubao-seedream-5-0"])
@pytest.mark.proves("no-watermark-asked")
def test_seedream_is_always_told_to_paint_no_watermark(model_id: str) -> None:
    assert body_of(CATALOGUE.model(model_id))["metadata"]["watermark"] is False


def test_several_pictures_are_asked_for_with_a_number_not_a_text() -> None:
    assert body_of(CATALOGUE.model("gpt-4o-image"), count=4)["n"] == 4


def test_the_size_is_left_out_unless_chosen_and_has_ascii_signs() -> None:
    model = CATALOGUE.model("gemini-3-pro-image-preview")
    assert "size" not in body_of(model)
    order = Order("snow", model.id, ratio="1024×768")
    assert wire.create_body(order, model, [], "job-1")["size"] == "1024x768"


@pytest.mark.parametrize(
    "reference",
    [
        "data:image/png;base64,iVBORw0KGgo=",
        "iVBORw0KGgoAAAANSUhEUg==",
        "file:///etc/passwd",
        "/home/me/cat.png",
        "C:\\cat.png",
        "ftp://example.com/cat.png",
        "https://",
        "https://a b/",
        "",
    ],
)
@pytest.mark.proves("references-by-address")
def test_anything_but_an_http_address_is_refused_before_it_is_sent(reference: str) -> None:
    model = CATALOGUE.model("gpt-image-2")
    with pytest.raises(OrderRejected):
        wire.create_body(Order("snow", model.id), model, [*URLS, reference], "job-1")


@pytest.mark.parametrize("business_id", ["", "a b", "ä", "x" * 201, "a/b"])
def test_a_business_id_that_could_not_be_looked_up_is_refused(business_id: str) -> None:
    with pytest.raises(OrderRejected):
        wire.create_body(Order("snow", "gpt-image-2"), CATALOGUE.model("gpt-image-2"), URLS, business_id)
