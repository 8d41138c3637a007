"""Rules of a server's managers and of the operator, each with an order that it forbids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from playground.failures.bad_inputs import BadInput
from playground.world.interactions import Interaction
from playground.world.members import Member
from playground.world.places import Message
from playground.world.world import World

MANAGER: Final = "Dagny"
"""The owner of the server, who also runs the bot, so that she may set every rule."""


@dataclass(frozen=True, slots=True)
class Rule:
    """``section`` of /server, and its ``fields``: ``#name`` is a channel's id, ``@name`` a role's.

    ``while_running``: the order is made while another one is painted.
    """

    bad_input: BadInput
    section: str
    fields: Mapping[str, Any]
    while_running: bool = False


def _rule(line: str, section: str, fields: Mapping[str, Any], **order: Any) -> Rule:
    running = order.pop("while_running", False)
    return Rule(BadInput(f"an order {line}", order, is_forbidden=True), section, fields, running)


SERVER_RULES: Final = (
    _rule("in a channel that the server has not listed", "Where", {"channels": ["#general"]}),
    _rule("in a channel, where the server wants threads", "Where", {"threads_only": ["yes"]}),
    _rule("in a place that is not age-restricted, as the server wants it", "Where", {"age_restricted_only": ["yes"]}),
    _rule("by a member without a role that the server asks for", "Who", {"roles": ["@Moderators"]}),
    _rule("by an account that is too young for the server", "Who", {"account_days": "30"}),
    _rule("by a member who has just come to the server", "Who", {"member_days": "7"}),
    _rule("with a model that the server has not listed", "What", {"models": ["gpt-4o-image"]}, model="gpt-image-2"),
    _rule("in a size that the server has not listed", "What", {"resolutions": ["1K"]}, resolution="4K"),
    _rule("of more pictures at once than the server allows", "What", {"count": "1"}, count=2, model="gpt-4o-image"),
    _rule("with a word that the server blocks", "Blocked words", {"words": "dragon"}, prompt="as a dragon"),
    _rule("after a member’s last picture of the day in the server", "Quota of each member", {"member_day": "1"}),
    _rule("after a member’s last cent of the day in the server", "Quota of each member", {"member_money_day": "0.05"}),
    _rule("after a member’s last picture of the month in the server", "Quota of each member", {"member_month": "1"}),
    _rule(
        "after the last picture of the hour of whoever has a role",
        "Quota of members with a role",
        {"role_limited": ["@Painters"], "role_hour": "1"},
    ),
    _rule("after the server’s last picture of the day", "Quota of the whole server", {"server_day": "1"}),
    _rule("after the server’s last cent of the month", "Quota of the whole server", {"server_money_month": "0.05"}),
    _rule(
        "of more pictures than a whole day may have",
        "Quota of each member",
        {"member_day": "1"},
        count=2,
        model="gpt-4o-image",
    ),
    _rule(
        "while as many of the server are painted as it allows", "Pace", {"running_in_server": "1"}, while_running=True
    ),
    _rule("too soon after the last one, for the server", "Pace", {"cooldown": "3600"}),
)
"""All orders are Ana's, in #photos."""

MAINTENANCE: Final = {
    "": BadInput("an order while the operator works on the bot", is_forbidden=True),
    "New brushes, back at noon.": BadInput(
        "an order while the operator works on the bot, and says why", is_forbidden=True
    ),
}
"""Orders during maintenance, by the reason that the operator gives."""

OPERATOR_RULES: Final = (
    (
        BadInput("an order after the last cent of the day that the operator allows", who=MANAGER, is_forbidden=True),
        "MONEY_PER_DAY",
        "0.05",
    ),
    (
        BadInput("an order in a server that the operator has not listed", who=MANAGER, is_forbidden=True),
        "ALLOWED_GUILD_IDS",
        "1",
    ),
)
"""Rules that are set by a variable, with its name and value. They need a restart."""


async def set_rule(world: World, rule: Rule, *, lift: bool = False) -> None:
    """Set the rule on the panel, as the manager does, or lift it again."""
    manager = Member(world, MANAGER)
    photos = world.channel("photos")
    panel = await (await manager.command(photos, "server")).said()
    form = await manager.select(panel, rule.section)
    fields = {name: _lifted(value) if lift else _meant(world, value) for name, value in rule.fields.items()}
    await manager.fill(form, **fields)


async def start_maintenance(world: World, why: str) -> Message:
    """Turn maintenance on, as the operator does. Returns the panel to turn it off again."""
    operator = Member(world, MANAGER)
    panel = await (await operator.command(world.channel("photos"), "operator")).said()
    await operator.fill(await operator.press(panel, "Maintenance on"), why=why)
    await world.until(lambda: "Maintenance off" in panel.buttons)
    return panel


async def end_maintenance(world: World, panel: Message) -> Interaction:
    """Accept orders again."""
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
    return [(roles | places).get(name, name) for name in value]
