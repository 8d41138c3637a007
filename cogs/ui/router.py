"""The router: passes each press on a component, and each form that comes back, to the function that acts on it.

A cog writes ``@component("job1:again", of_job=True)`` or ``@form("go")`` beside the function that acts, and is added
with ``add_cog``. The router looks up the function by the custom_id alone, so a message or form from before a restart
works. Then it checks, in this order: that the operator and the server let the member act at all, that the member has
the right that the action demands, and that the job named in the id belongs to this server and place. Every error is
explained by ``Retouch.explain``: discord.py would only log it.
https://discord.com/developers/docs/components/reference#anatomy-of-a-component-custom-id
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, Literal, Self, TypeVar

import discord
from discord.ext import commands

from bot.client import Retouch
from bot.errors import Refused
from cogs.ui.job_of_message import JobFinder
from cogs.ui.modals import PREFIX, FormId
from cogs.ui.rights import require_manager

TEMPLATE: Final = r"(?P<head>[a-z]+[0-9]{1,3})(?::(?P<rest>.*))?"
"""The custom_id of a component: its kind with a version, and whatever follows. Old versions match as well."""

Right = Literal["manager", "operator"]
"""The right that an action demands of a member: to manage the server, or to be listed in OPERATOR_IDS."""

Act = Callable[..., Awaitable[None]]
F = TypeVar("F", bound=Act)


@dataclass(frozen=True, slots=True)
class Use:
    """The use of a component or form: the parts of its id, and the interaction's data, which is not trusted.

    ``words`` follow the action in the id.
    """

    action: str
    words: tuple[str, ...]
    data: Any

    @property
    def first(self) -> str:
        """Return the first word after the action; empty when there is none."""
        return self.words[0] if self.words else ""

    @property
    def chosen(self) -> str:
        """Return the first value chosen in a menu; empty when there is none."""
        values = self.data.get("values") or [""]
        return str(values[0])


@dataclass(frozen=True, slots=True)
class Route:
    """The function behind an id, and the checks before it is called."""

    act: Act
    of_job: bool
    right: Right | None
    for_blocked: bool


def component(
    *heads: str, of_job: bool = False, right: Right | None = None, for_blocked: bool = False
) -> Callable[[F], F]:
    """Mark the method that acts on components whose id begins with one of these heads, such as "job1:again".

    It is called with the interaction and the Use; ``of_job``: the first word after the head names a job, which is
    passed as well. ``for_blocked``: members whom the operator has blocked may use it, too.
    """

    def mark(act: F) -> F:
        routes = dict.fromkeys(heads, (of_job, right, for_blocked))
        act.__dict__.setdefault("routes", {}).update(routes)
        return act

    return mark


def form(
    *actions: str, of_job: bool = False, right: Right | None = None, for_blocked: bool = False
) -> Callable[[F], F]:
    """Mark the method that acts on forms with one of these actions. See ``component``."""
    heads = [f"{PREFIX}:{action}" for action in actions]
    return component(*heads, of_job=of_job, right=right, for_blocked=for_blocked)


async def add_cog(bot: Retouch, cog: commands.Cog) -> None:
    """Add a cog, and register each of its marked methods."""
    for name in dir(type(cog)):
        for head, rules in getattr(getattr(type(cog), name), "routes", {}).items():
            assert head not in bot.routes, head
            bot.routes[head] = Route(getattr(cog, name), *rules)
    await bot.add_cog(cog)


class PersistentItem(discord.ui.DynamicItem[discord.ui.Item[Any]], template=TEMPLATE):
    """A button or menu that needs no memory: discord.py keeps no view whose items are all of this kind."""

    @classmethod
    async def from_custom_id(
        cls, _: discord.Interaction[Any], item: discord.ui.Item[Any], _match: re.Match[str], /
    ) -> Self:
        """Build it again from its message."""
        return cls(item)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Pass the press to the router."""
        await dispatch(interaction)


def button(
    custom_id: str,
    label: str,
    style: discord.ButtonStyle = discord.ButtonStyle.secondary,
    *,
    disabled: bool = False,
) -> PersistentItem:
    """Build a button. Its label may be empty only if nobody sees it."""
    return PersistentItem(discord.ui.Button(label=label or "·", style=style, custom_id=custom_id, disabled=disabled))


class Router(commands.Cog):
    """The listener for forms, which discord.py forgets at a restart. Components come by ``PersistentItem``."""

    def __init__(self, bot: Retouch) -> None:
        bot.add_dynamic_items(PersistentItem)

    @commands.Cog.listener()
    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """Pass a form to the function that acts on it."""
        if interaction.type is discord.InteractionType.modal_submit and interaction.data is not None:
            await dispatch(interaction)


async def dispatch(interaction: discord.Interaction[Any]) -> None:
    """Find what acts on an interaction, check it, and call it. Never raises: errors are explained to the member."""
    bot: Retouch = interaction.client
    if not await bot.services.slot.answers():
        return  # another process received it too, and answers
    try:
        routed = _find(bot, interaction)
        if routed is not None:
            await _act(bot, interaction, *routed)
    except Exception as error:  # noqa: BLE001 - any error is explained to the member, and logged
        await bot.explain(interaction, error)


def _find(bot: Retouch, interaction: discord.Interaction[Any]) -> tuple[Route, Use] | None:
    """Return the route of an id and its remaining words, or None for a form that is not ours.

    Raises Refused for the id of an old version.
    """
    data: Any = interaction.data
    custom_id = str(data.get("custom_id", ""))
    if interaction.type is discord.InteractionType.modal_submit:
        form_id = FormId.read(custom_id)
        if form_id is None:
            return None
        route = bot.routes.get(f"{PREFIX}:{form_id.action}")
        if route is None or not form_id.ids:
            raise Refused("form-old")
        return route, Use(form_id.action, form_id.ids, data)
    words = custom_id.split(":")
    for length in (2, 1):
        route = bot.routes.get(":".join(words[:length]))
        if route is not None:
            return route, Use(":".join(words[1:length]), tuple(words[length:]), data)
    raise Refused("button-old")


async def _act(bot: Retouch, interaction: discord.Interaction[Any], route: Route, use: Use) -> None:
    if not route.for_blocked:
        bot.services.intake.admit(interaction.user.id, interaction.guild_id)
    if route.right == "manager":
        require_manager(interaction)
    if route.right == "operator" and interaction.user.id not in bot.services.operator_ids:
        raise Refused("operators-only")
    if route.of_job:
        job = await JobFinder(bot).require(interaction, use.first)
        await route.act(interaction, use, job)
    else:
        await route.act(interaction, use)
