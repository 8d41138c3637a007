"""What people see and press. Loaded by name; ``bot`` imports nothing of it."""

from __future__ import annotations

from bot.client import Retouch
from cogs.delivery.collages import Collages
from cogs.delivery.courier import Delivery
from cogs.member.history import History
from cogs.member.my_data import MyData
from cogs.member.usage import Usage
from cogs.moderation.audit import AuditTrail
from cogs.moderation.blocks import Blocking
from cogs.moderation.erasing import Erasing
from cogs.moderation.report_inbox import Moderators
from cogs.moderation.reports import Reporting
from cogs.operator.balance import Balance
from cogs.operator.commands import Operator
from cogs.ordering.buttons import Pressing
from cogs.ordering.commands import Edit
from cogs.ordering.context_menus import Menus
from cogs.ordering.conversation import Conversation
from cogs.server.api_key import OwnKey
from cogs.server.rules_panel import Server
from cogs.server.styles import ServerStyles
from cogs.ui.router import Router, add_cog


async def open_on(bot: Retouch) -> None:
    """Build each cog once, from what it needs, and add it. Set the courier."""
    delivery = Delivery(bot)
    bot.courier = delivery
    collages = Collages(bot)
    inbox = Moderators(bot)
    erasing = Erasing(bot, delivery, collages, inbox)
    reports = Reporting(bot, erasing, inbox)
    server = Server(bot)
    for cog in (
        Router(bot),
        Edit(bot),
        Menus(bot),
        Pressing(bot, collages, erasing, reports),
        Conversation(bot),
        History(bot),
        ServerStyles(bot),
        server,
        reports,
        Blocking(bot),
        AuditTrail(bot),
        OwnKey(bot, server),
        Usage(bot),
        Balance(bot),
        Operator(bot),
        MyData(bot),
    ):
        await add_cog(bot, cog)
