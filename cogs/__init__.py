"""Everything that people see and press. Loaded by name, since ``bot`` imports nothing of it."""

from __future__ import annotations

from bot.client import Retouch
from cogs.delivery.collages import Collages
from cogs.delivery.courier import DiscordCourier
from cogs.member.history import History
from cogs.member.my_data import MyData
from cogs.member.usage import Usage
from cogs.moderation.audit import AuditTrail
from cogs.moderation.blocks import BlockCommands
from cogs.moderation.erasing import Erasing
from cogs.moderation.report_inbox import ReportInbox
from cogs.moderation.reports import PictureReporting
from cogs.operator.balance import BalanceCommand
from cogs.operator.commands import OperatorCommands
from cogs.ordering.buttons.compare import CompareButtons
from cogs.ordering.buttons.reorder import ReorderButtons
from cogs.ordering.buttons.withdraw import WithdrawButtons
from cogs.ordering.commands import OrderCommands
from cogs.ordering.context_menus import ContextMenus
from cogs.ordering.conversation import Conversation
from cogs.server.api_key import ServerApiKey
from cogs.server.rules_panel import RulesPanel
from cogs.server.styles import ServerStyles
from cogs.ui.router import Router, add_cog


async def open_on(bot: Retouch) -> None:
    """Build each cog once, from what it needs, and add it. Set the courier."""
    courier = DiscordCourier(bot)
    bot.courier = courier
    collages = Collages(bot)
    inbox = ReportInbox(bot)
    erasing = Erasing(bot, courier, collages, inbox)
    reports = PictureReporting(bot, erasing, inbox)
    rules_panel = RulesPanel(bot)
    for cog in (
        Router(bot),
        OrderCommands(bot),
        ContextMenus(bot),
        ReorderButtons(bot),
        CompareButtons(bot, collages),
        WithdrawButtons(bot, erasing, reports),
        Conversation(bot),
        History(bot),
        ServerStyles(bot),
        rules_panel,
        reports,
        BlockCommands(bot),
        AuditTrail(bot),
        ServerApiKey(bot, rules_panel),
        Usage(bot),
        BalanceCommand(bot),
        OperatorCommands(bot),
        MyData(bot),
    ):
        await add_cog(bot, cog)
