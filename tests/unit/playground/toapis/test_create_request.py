"""The limits of each model, as real 400s; and requests that no careful client sends, as offences."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.toapis.create_request import CreateReader, InvalidRequest, Reference
from playground.toapis.price_list import BY_NAME, MODELS, PaintModel, price
from tests.support.cases import failures
from tests.support.toapis_caller import MODEL, Visitor, photograph, visiting

HOME = "http://127.0.0.1:1"
MINE = f"{HOME}/files/uploads/1001/1_a.png"
GIF = f"{HOME}/files/uploads/1001/1_b.gif"
LONG = f"{HOME}/files/uploads/1001/1_c.png"
STORED = {
    MINE: Reference("image/png", 96, 64),
    GIF: Reference("image/gif", 96, 64),
    LONG: Reference("image/png", 400, 100),
}
ELSEWHERE = "https://example.com/cat.png"
GOOD: dict[str, Any] = {
    "model": MODEL,
    "prompt": "a lithograph",
    "metadata": {"resolution": "1K"},
    "client_business_id": "job-1",
}


def read(**changes: Any) -> Any:
    reader = CreateReader(HOME, STORED.get)
    body = {name: value for name, value in (GOOD | changes).items() if value is not None}
    return reader.read(body), reader.remarks


def gpt2(**changes: Any) -> Any:
    return read(**({"model": "gpt-image-2", "metadata": None, "resolution": "1k"} | changes))


REFUSED: dict[str, dict[str, Any]] = {
    "an unknown model": {"model": "gemini-9"},
    "a series name": {"model": "gpt-image-2.5"},
    "a prompt that is too long": {"model": "gemini-2.5-flash-image-preview", "prompt": "x" * 1001},
    "a ratio that the model lacks": {"size": "7:3"},
    "pixels where a ratio is meant": {"size": "1024x1024"},
    "an unknown resolution": {"metadata": {"resolution": "8K"}},
    "a count that the model lacks": {"n": 2},
    "a count between": {"model": "gpt-4o-image", "metadata": None, "n": 3},
    "too many references": {"image_urls": [MINE] * 7},
    "an upload that does not exist": {"image_urls": [f"{HOME}/files/uploads/1001/no.png"]},
    "a format that the model does not take": {"model": "gpt-4o-image", "metadata": None, "image_urls": [GIF]},
    "a reference that is too long for Seedream": {
        "model": "doubao-seedream-4-5",
        "metadata": {"resolution": "2K", "watermark": False},
        "image_urls": [LONG],
    },
    "references and outputs over fifteen": {
        "model": "doubao-seedream-4-5",
        "metadata": {"resolution": "2K", "watermark": False},
        "image_urls": [MINE] * 6,
        "n": 10,
    },
    "a callback that is not configured": {"callback_url": "https://example.com/hook"},
    "an odd business id": {"client_business_id": "job 1"},
    "auto without references": {"model": "doubao-seedream-4-0", "metadata": {"resolution": "2K"}, "size": "auto"},
    "more than 3:1": {"model": "gpt-image-2-vip", "metadata": None, "resolution": "1k", "size": "7:2"},
}

OFFENCES: dict[str, dict[str, Any]] = {
    "base64": {"image_urls": ["iVBORw0KGgo="]},
    "a data URI": {"image_urls": ["data:image/png;base64,iVBORw0KGgo="]},
    "a local path": {"image_urls": ["/home/ana/cat.png"]},
    "a file address": {"image_urls": ["file:///home/ana/cat.png"]},
    "objects where strings are meant": {"image_urls": [{"url": MINE}]},
    "one string where a list is meant": {"image_urls": MINE},
    "both fields of references": {"image_urls": [MINE], "reference_images": [MINE]},
    "a field of references that the model lacks": {"reference_images": [MINE]},
    "a quoted n": {"n": "1"},
    "n as a boolean": {"n": True},
    "a resolution at the wrong place": {"metadata": None, "resolution": "1K"},
    "a resolution at both places": {"resolution": "1K"},
    "a resolution in lower case": {"metadata": {"resolution": "1k"}},
    "a resolution in upper case": {"model": "gpt-image-2", "metadata": None, "resolution": "1K"},
    "a resolution where there is none": {"model": "gpt-4o-image"},
    "a typographic times sign": {"model": "qwen-image-3.0", "metadata": None, "resolution": "1K", "size": "1024×1024"},
    "a mask where there is none": {"mask_url": MINE},
    "base64 answers": {"response_format": "b64_json"},
    "no prompt": {"prompt": None},
    "an empty prompt": {"prompt": "  "},
    "metadata that is no object": {"metadata": "1K"},
}


@pytest.mark.parametrize("changes", REFUSED.values(), ids=list(REFUSED))
@pytest.mark.proves("limit-broken-costs-nothing")
def test_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read(**changes)
    assert not refused.value.offence


@pytest.mark.parametrize("changes", OFFENCES.values(), ids=list(OFFENCES))
@pytest.mark.proves("base64-refused")
def test_refused_as_an_offence(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read(**changes)
    assert refused.value.offence


def test_a_good_order_leaves_no_remark() -> None:
    request, remarks = read(image_urls=[MINE, ELSEWHERE], n=1, size="16:9", response_format="url")
    assert remarks == []
    assert (request.cost, request.references, request.size) == (40_000, (MINE, ELSEWHERE), "16:9")


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"metadata": {}}, "resolution"),
        ({"client_business_id": None}, "client_business_id"),
        ({"model": "doubao-seedream-4-5", "metadata": {"resolution": "2K"}}, "watermark"),
    ],
)
@pytest.mark.proves("watermark-default")
def test_a_careless_habit_is_let_pass_and_remarked(changes: dict[str, Any], word: str) -> None:
    _, remarks = read(**changes)
    assert [word in remark for remark in remarks] == [True]


@pytest.mark.proves("business-id")
def test_the_business_id_is_also_read_from_the_metadata() -> None:
    request, _ = read(client_business_id=None, metadata={"resolution": "1K", "client_business_id": "job-2"})
    assert request.business_id == "job-2"


@pytest.mark.proves("reference-forms")
def test_only_the_vip_gemini_takes_objects() -> None:
    request, _ = read(model="gemini-3-pro-image-preview-vip", image_urls=[{"url": MINE}, MINE])
    assert request.references == (MINE, MINE)


def test_the_narrow_guide_knows_three_ratios_at_1k_and_six_at_4k() -> None:
    reader = CreateReader(HOME, STORED.get, narrow_tiers=True)
    body = GOOD | {"model": "gpt-image-2", "metadata": {}}
    for size, resolution, fine in (
        ("16:9", "1k", False),
        ("3:2", "1k", True),
        ("4:3", "2k", True),
        ("4:3", "4k", False),
    ):
        order = body | {"size": size, "resolution": resolution}
        if fine:
            assert reader.read(order).size == size
        else:
            with pytest.raises(InvalidRequest):
                reader.read(order)
    assert gpt2(size="16:9")[0].size == "16:9"


@pytest.mark.parametrize(
    ("size", "fine"), [("1024x1024", True), ("1024*768", True), ("64x64", False), ("9000x9000", False)]
)
def test_pixels_are_taken_where_a_model_is_sized_in_pixels(size: str, fine: bool) -> None:
    order: dict[str, Any] = {"model": "gpt-image-2.5-flare-vip", "metadata": None, "size": size}
    if fine:
        assert read(**order)[0].size == size
    else:
        with pytest.raises(InvalidRequest):
            read(**order)


@pytest.mark.proves("pixel-and-mask-limits")
def test_a_mask_is_a_png_of_the_size_of_the_first_reference() -> None:
    order: dict[str, Any] = {"model": "gpt-4o-image", "metadata": None, "image_urls": [MINE]}
    assert read(**order, mask_url=MINE)[0].references == (MINE,)
    for wrong in (GIF, LONG, ELSEWHERE):
        with pytest.raises(InvalidRequest):
            read(**order, mask_url=wrong)


@pytest.mark.proves("price-charged")
def test_references_and_outputs_are_added_up_in_the_price() -> None:
    assert price(MODELS["doubao-seedream-5-0-pro"], "2K", 2, 3) == 2 * 85_714 + 2 * 5_000
    assert price(MODELS["qwen-image-3.0"], "1K", 1, 2) == 36_000
    assert BY_NAME["nano-banana-pro"] is MODELS[MODEL]


@pytest.mark.proves("price-charged")
def test_each_model_takes_its_own_defaults() -> None:
    def check(model: PaintModel) -> None:
        reader = CreateReader(HOME, STORED.get)
        word = model.default
        spelt = {"lower": {"resolution": word.lower()}, "upper": {"resolution": word}, "either": {"resolution": word}}
        place: dict[str, Any] = spelt.get(model.spelling) or ({"metadata": {"resolution": word}} if word else {})
        request = reader.read({"model": model.id, "prompt": "x", "client_business_id": "j", **place})
        assert request.resolution == word
        assert request.cost == model.prices[word] > 0

    assert not failures(check, MODELS)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_nothing_that_json_can_hold_breaks_the_desk(value: Any) -> None:
    for name in (*GOOD, "n", "size", "image_urls", "resolution", "mask_url", "callback_url", "response_format"):
        for body in (value, GOOD | {name: value}):
            try:
                CreateReader(HOME, STORED.get).read(body)
            except InvalidRequest:
                continue


@pytest.fixture
async def visitor() -> AsyncIterator[Visitor]:
    async with visiting() as visitor:
        yield visitor


@pytest.mark.proves("limit-broken-costs-nothing")
async def test_a_refused_order_is_400_costs_nothing_and_its_offence_is_noted(visitor: Visitor) -> None:
    reply = await visitor.create(image_urls=["data:image/png;base64,AAAA"])
    assert reply.status == 400
    assert reply.json["error"]["code"] == "invalid_reference_images"
    assert reply.json["error"]["param"] == "image_urls"
    assert (visitor.painter.ledger, len(visitor.painter.offences)) == ([], 1)


@pytest.mark.proves("reference-forms")
async def test_an_upload_that_exists_is_a_good_reference_and_another_is_not(visitor: Visitor) -> None:
    url = (await visitor.upload(photograph("JPEG"), "image/jpeg")).json["data"]["url"]
    assert (await visitor.create(image_urls=[url])).status == 200
    assert (await visitor.create(image_urls=[url + "x"])).status == 400


@pytest.mark.proves("callback-configured")
async def test_a_configured_callback_may_differ_in_path_and_query_only(visitor: Visitor) -> None:
    setting = visitor.painter.set_up_webhook("https://bot.example/default")
    assert (await visitor.create(callback_url="https://bot.example/hook?job=1")).status == 200
    setting.enabled = False
    assert (await visitor.create(callback_url="https://bot.example/hook?job=1")).status == 400
    setting.enabled = True
    reply = await visitor.create(callback_url="https://bot.example:8443/hook")
    assert (reply.status, reply.json["error"]["code"]) == (400, "webhook_not_configured")


@pytest.mark.proves("viduq2-fast-2k")
async def test_viduq2_fast_accepts_2k_and_fails_at_it(visitor: Visitor) -> None:
    body = await visitor.painted(model="viduq2-fast", metadata={"resolution": "2K"})
    assert (body["status"], body["error"]["code"]) == ("failed", "InvalidParameter")
    assert visitor.painter.ledger[0].refunded
