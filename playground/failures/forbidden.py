"""Laws: what a server's managers and the operator have set, each with an order that it forbids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from playground.failures.bad_inputs import Misfit
from playground.world.interactions import Interaction
from playground.world.members import Member
from playground.world.places import Message
from playground.world.world import World

MANAGER: Final = "Dagny"
"""Owns the server, and runs the bot: so she may set all of it."""


@dataclass(frozen=True, slots=True)
class Law:
    """``section`` of /server, and its ``fields``: ``#name`` is a channel's id, ``@name`` a role's.

    ``while_running``: the order is made while another one is painted.
    """

    misfit: Misfit
    section: str
    fields: Mapping[str, Any]
    while_running: bool = False


def _law(line: str, section: str, fields: Mapping[str, Any], **order: Any) -> Law:
    running = order.pop("while_running", False)
    return Law(Misfit(f"an order {line}", order, is_law=True), section, fields, running)


SERVERS: Final = (
    _law("in a channel that the server has not listed", "Where", {"channels": ["#general"]}),
    _law("in a channel, where the server wants threads", "Where", {"threads_only": ["yes"]}),
    _law("in a place that is not age-restricted, as the server wants it", "Where", {"age_restricted_only": ["yes"]}),
    _law("by a member without a role that the server asks for", "Who", {"roles": ["@Moderators"]}),
    _law("by an account that is too young for the server", "Who", {"account_days": "30"}),
    _law("by a member who has just come to the server", "Who", {"member_days": "7"}),
    _law("with a model that the server has not listed", "What", {"models": ["gpt-4o-image"]}, model="gpt-image-2"),
    _law("in a size that the server has not listed", "What", {"resolutions": ["1K"]}, resolution="4K"),
    _law("of more pictures at once than the server allows", "What", {"count": "1"}, count=2, model="gpt-4o-image"),
    _law("with a word that the server blocks", "Blocked words", {"words": "dragon"}, prompt="as a dragon"),
    _law("after a member’s last picture of the day in the server", "Quota of each member", {"member_day": "1"}),
    _law("after a member’s last cent of the day in the server", "Quota of each member", {"member_money_day": "0.05"}),
    _law("after a member’s last picture of the month in the server", "Quota of each member", {"member_month": "1"}),
    _law(
        "after the last picture of the hour of whoever has a role",
        "Quota of members with a role",
        {"role_limited": ["@Painters"], "role_hour": "1"},
    ),
    _law("after the server’s last picture of the day", "Quota of the whole server", {"server_day": "1"}),
    _law("after the server’s last cent of the month", "Quota of the whole server", {"server_money_month": "0.05"}),
    _law(
        "of more pictures than a whole day may have",
        "Quota of each member",
        {"member_day": "1"},
        count=2,
        model="gpt-4o-image",
    ),
    _law(
        "while as many of the server are painted as it allows", "Pace", {"running_in_server": "1"}, while_running=True
    ),
    _law("too soon after the last one, for the server", "Pace", {"cooldown": "3600"}),
)
"""All of Ana, in #photos."""

MAINTENANCE: Final = {
    "": Misfit("an order while the operator works on the bot", is_law=True),
    "New brushes, back at noon.": Misfit("an order while the operator works on the bot, and says why", is_law=True),
}
"""By what the operator says."""

OPERATORS: Final = (
    (
        Misfit("an order after the last cent of the day that the operator allows", who=MANAGER, is_law=True),
        "MONEY_PER_DAY",
        "0.05",
    ),
    (
        Misfit("an order in a server that the operator has not listed", who=MANAGER, is_law=True),
        "ALLOWED_GUILD_IDS",
        "1",
    ),
)
"""What is set by a variable, and so needs a restart."""


async def decree(world: World, law: Law, *, lift: bool = False) -> None:
    """The manager sets the rules on the panel, or lifts them again."""
    manager = Member(world, MANAGER)
    photos = world.channel("photos")
    panel = await (await manager.command(photos, "server")).said()
    form = await manager.select(panel, law.section)
    fields = {name: _lifted(value) if lift else _meant(world, value) for name, value in law.fields.items()}
    await manager.fill(form, **fields)


async def maintain(world: World, why: str) -> Message:
    """The operator turns maintenance on; the panel to turn it off again."""
    operator = Member(world, MANAGER)
    panel = await (await operator.command(world.channel("photos"), "operator")).said()
    await operator.fill(await operator.press(panel, "Maintenance on"), why=why)
    await world.until(lambda: "Maintenance off" in panel.buttons)
    return panel


async def reopen(world: World, panel: Message) -> Interaction:
    """Orders are taken again."""
    pressed = await Member(world, MANAGER).press(panel, "Maintenance off")
    await world.until(lambda: "Maintenance on" in panel.buttons)
    return pressed


def _lifted(value: Any) -> Any:
    return "" if isinstance(value, str) else []


def _meant(world: World, value: Any) -> Any:
    if isinstance(value, str):
        return value
    guild = world.channel("photos").guild
    assert guild is not None  # #photos is a server's channel
    roles = {f"@{role.name}": str(role.id) for role in guild.roles.values()}
    places = {f"#{place.name}": str(place.id) for place in guild.channels.values()}
    return [(roles | places).get(one, one) for one in value]
