"""An operator's own catalogue: what it may do, and each of its mistakes in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.money import micros
from bot.orders import Order
from bot.toapis.catalogue.catalogue import Catalogue, CatalogueMistake
from tests.support.own_catalogue import SOURCE, own_file


def test_an_operators_file_changes_one_field_adds_a_model_and_hides_another(tmp_path: Path) -> None:
    text = """
default = "my-model"
[models."gpt-image-2".prices]
"1K" = "0.5"
"2K" = "0.6"
"4K" = "0.7"
[models."grok-4-2-image"]
hidden = true
[models.my-model]
name = "Mine"
ratios = ["1:1"]
references = 2
assumed_price = "0.01"
seconds = [1, 2]
"""
    catalogue = Catalogue.load(own_file(tmp_path, text))
    assert catalogue.default == "my-model"
    assert catalogue.price(Order("x", "gpt-image-2", resolution="2K")) == micros("0.6")
    assert catalogue.model("gpt-image-2").max_references == 6
    assert catalogue.get("grok-4-2-image") is None
    assert catalogue.check(Order("x", "my-model", sources=(SOURCE,))).resolution is None


def test_all_mistakes_are_told_at_once_with_their_entries_names(tmp_path: Path) -> None:
    text = """
default = "nobody"
colour = "red"
[models.first]
name = "First"
references = 0
seconds = [1, 2]
[models.second]
name = "Second"
references = 1
aliases = ["gpt-image-2"]
resolutions = ["1K"]
default_resolution = "2K"
prices = { "8K" = "0.1" }
seconds = [5, 2]
[models."gpt-4o-image"]
counts = ["many"]
price = "free"
[models]
third = 3
"""
    text = text.replace("[models]\nthird = 3\n", "") + '[models.third]\naliases = ["nano-banana"]\n'
    with pytest.raises(CatalogueMistake) as caught:
        Catalogue.load(own_file(tmp_path, text))
    message = str(caught.value)
    for words in (
        "'colour' is not known",
        "first: references",
        "second: default_resolution '2K' is not among",
        "second: prices: '8K' is not a resolution",
        "second: no price for 1K",
        "second: seconds must be",
        "second: resolution_field must",
        "gpt-4o-image: counts.0",
        "gpt-4o-image: price:",
        "third: name",
    ):
        assert words in message, message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("default = [", "is not TOML"),
        ("default = 3", "default: must be the id"),
        ('default = "nobody"', "'nobody' is not one of the models"),
        ("models = 3", "models must be tables"),
        ("[models]\nthird = 3", "third: must be a table"),
        ('[models."gpt-image-2"]\naliases = ["nano-banana"]', "gpt-image-2: the alias 'nano-banana' already means"),
        ('[models."gpt-image-2"]\naliases = ["flux-2-pro"]', "gpt-image-2: the alias 'flux-2-pro' already means"),
        ('[models."gpt-image-2"]\nratios = ["16x9"]', "gpt-image-2: ratios.0"),
        ('[models."gpt-image-2"]\ndefault_ratio = "auto"', "default_ratio 'auto' is not among"),
        ('[models."gpt-image-2"]\ncounts = [2]', "counts must allow 1"),
        ('[models."gpt-image-2"]\nassumed_price = "-1"', "gpt-image-2: assumed_price"),
    ],
)
def test_each_mistake_in_an_operators_file_is_told_in_words(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(CatalogueMistake) as caught:
        Catalogue.load(own_file(tmp_path, text))
    assert words in str(caught.value)


def test_a_missing_file_is_a_mistake_in_words(tmp_path: Path) -> None:
    with pytest.raises(CatalogueMistake, match=r"absent\.toml: can't be read"):
        Catalogue.load(tmp_path / "absent.toml")
