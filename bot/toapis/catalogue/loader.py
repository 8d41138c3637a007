"""The loading of ``catalogue.toml`` and of an operator's own file over it. All mistakes are reported at once."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from bot.money import Micros, micros
from bot.text import shorten
from bot.toapis.catalogue.model import ANY, Model, ReferenceField, ReferenceShape, ResolutionField

BUILT_IN = Path(__file__).with_name("catalogue.toml")

_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
_RATIO = r"^([1-9]\d?:[1-9]\d?|auto|match_input_image|[1-9]\d{2,3}x[1-9]\d{2,3})$"
_Name = Annotated[_Text, AfterValidator(lambda text: shorten(text, NAME_LIMIT))]
_Ratio = Annotated[str, StringConstraints(pattern=_RATIO)]
_Resolution = Annotated[str, StringConstraints(pattern=r"^\d(\.\d)?K$")]
_Price = Annotated[Decimal, Field(ge=0, le=100)]


NAME_LIMIT: Final = 80
"""The most characters of a model's name: Discord limits the menus, footers and choices in which it stands."""


class CatalogueMistake(ValueError):
    """An unusable catalogue. ``mistakes`` holds a sentence for each mistake, with the entry's name in front."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = tuple(mistakes)


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: _Name
    aliases: tuple[_Text, ...] = ()
    ratios: tuple[_Ratio, ...] = ()
    default_ratio: str | None = None
    square: bool = False
    source_ratios: tuple[str, ...] = ()
    resolutions: tuple[_Resolution, ...] = ()
    default_resolution: str | None = None
    resolution_field: ResolutionField = "none"
    sure_ratios: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    references: int = Field(ge=1, le=32)
    reference_types: tuple[_Text, ...] = ("image/jpeg", "image/png", "image/webp")
    reference_field: ReferenceField = "image_urls"
    reference_shape: ReferenceShape = "strings"
    prompt_limit: int = Field(default=6000, ge=1)
    counts: tuple[Annotated[int, Field(ge=1, le=15)], ...] = (1,)
    references_and_outputs: int | None = Field(default=None, ge=2)
    watermark: bool | None = None
    prices: dict[str, _Price] = Field(default_factory=dict)
    assumed_price: _Price | None = None
    reference_price: _Price = Decimal(0)
    seconds: tuple[Annotated[float, Field(gt=0)], Annotated[float, Field(gt=0)]]
    needs_source: bool = False
    hidden: bool = False

    def mistakes(self) -> list[str]:
        """Return the mistakes that no single field can show: fields that contradict each other."""
        wrong = [
            *(f"default_ratio {self.default_ratio!r} is not among its ratios" for _ in [0] if self._strange_ratio),
            *(f"source_ratios: {r!r} is not among its ratios" for r in self.source_ratios if r not in self.ratios),
            *(f"sure_ratios: {r!r} is not a resolution" for r in self.sure_ratios if r not in self.resolutions),
            *(f"prices: {r!r} is not a resolution" for r in self.prices if r not in (self.resolutions or (ANY,))),
        ]
        if (self.default_resolution is not None) != bool(self.resolutions):
            wrong.append("resolutions and default_resolution belong together")
        elif self.default_resolution is not None and self.default_resolution not in self.resolutions:
            wrong.append(f"default_resolution {self.default_resolution!r} is not among its resolutions")
        if (self.resolution_field == "none") == bool(self.resolutions):
            wrong.append('resolution_field must be "none" without resolutions, and say where to write them otherwise')
        if self.assumed_price is None:
            missing = [r for r in self.resolutions or (ANY,) if r not in self.prices]
            wrong += [f"no price for {r}; add it to prices, or add assumed_price" for r in missing]
        if 1 not in self.counts:
            wrong.append("counts must allow 1")
        if self.seconds[0] > self.seconds[1]:
            wrong.append("seconds must be [fastest, slowest]")
        return wrong

    @property
    def _strange_ratio(self) -> bool:
        return self.default_ratio is not None and self.default_ratio not in self.ratios

    def model(self, model_id: str) -> Model:
        return Model(
            id=model_id,
            name=self.name,
            aliases=self.aliases,
            ratios=self.ratios,
            default_ratio=self.default_ratio,
            square=self.square,
            source_ratios=self.source_ratios,
            resolutions=self.resolutions,
            default_resolution=self.default_resolution,
            resolution_field=self.resolution_field,
            sure_ratios=MappingProxyType(dict(self.sure_ratios)),
            max_references=self.references,
            reference_types=self.reference_types,
            reference_field=self.reference_field,
            reference_shape=self.reference_shape,
            prompt_limit=self.prompt_limit,
            counts=self.counts,
            references_and_outputs=self.references_and_outputs,
            watermark=self.watermark,
            prices=MappingProxyType({key: micros(usd) for key, usd in self.prices.items()}),
            assumed_price=None if self.assumed_price is None else micros(self.assumed_price),
            reference_price=Micros(micros(self.reference_price)),
            seconds=self.seconds,
            needs_source=self.needs_source,
        )


def read_catalogue(extra: Path | None) -> tuple[str, tuple[Model, ...]]:
    """Return the default model's id and all models, with the operator's file merged over ours field by field.

    Raise CatalogueMistake with all mistakes, not only the first.
    """
    mistakes: list[str] = []
    default, tables = _tables(BUILT_IN, mistakes)
    if extra is not None:
        own_default, own_tables = _tables(extra, mistakes)
        default = own_default or default
        for model_id, table in own_tables.items():
            tables[model_id] = {**tables.get(model_id, {}), **table}
    models = tuple(model for model_id, table in tables.items() if (model := _read_entry(model_id, table, mistakes)))
    mistakes += _clashes(models)
    if not mistakes and not any(model.id == default for model in models):
        mistakes.append(f"default: {default!r} is not one of the models on offer")
    if mistakes:
        raise CatalogueMistake(mistakes)
    return default, models


def _tables(path: Path, mistakes: list[str]) -> tuple[str, dict[str, dict[str, Any]]]:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        mistakes.append(f"{path.name}: can't be read ({error.strerror or error})")
        return "", {}
    except ValueError as error:  # TOMLDecodeError and UnicodeDecodeError are both ValueErrors
        mistakes.append(f"{path.name}: is not TOML ({error})")
        return "", {}
    mistakes += [f"{path.name}: {key!r} is not known here" for key in document if key not in ("default", "models")]
    default = document.get("default", "")
    if not isinstance(default, str):
        mistakes.append("default: must be the id of a model, in quotes")
        default = ""
    models = document.get("models", {})
    if not isinstance(models, dict):
        mistakes.append(f'{path.name}: models must be tables like [models."gpt-image-2"]')
        models = {}
    for model_id in [key for key, table in models.items() if not isinstance(table, dict)]:
        mistakes.append(f'{model_id}: must be a table like [models."{model_id}"]')
        del models[model_id]
    return default, models


def _read_entry(model_id: str, table: dict[str, Any], mistakes: list[str]) -> Model | None:
    try:
        entry = _Entry.model_validate(table)
    except ValidationError as error:
        for problem in error.errors(include_url=False):
            place = ".".join(str(part) for part in problem["loc"])
            mistakes.append(f"{model_id}: {place}: {problem['msg']}")
        return None
    if wrong := entry.mistakes():
        mistakes += [f"{model_id}: {sentence}" for sentence in wrong]
        return None
    return None if entry.hidden else entry.model(model_id)


def _clashes(models: tuple[Model, ...]) -> list[str]:
    """Return the names that two models share: a member could pay for the wrong model."""
    owners: dict[str, str] = {model.id: model.id for model in models}
    mistakes: list[str] = []
    for model in models:
        for alias in model.aliases:
            if owners.setdefault(alias, model.id) != model.id:
                mistakes.append(f"{model.id}: the alias {alias!r} already means {owners[alias]}")
    return mistakes
