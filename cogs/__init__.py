"""What people see and press. Loaded by name; ``bot`` knows nothing of it."""

from typing import Final

EXTENSIONS: Final = (
    "cogs.delivery.courier",
    "cogs.ordering.commands",
    "cogs.ordering.context_menus",
    "cogs.ui.modal_router",
    "cogs.ordering.buttons",
    "cogs.ordering.conversation",
    "cogs.member.history",
    "cogs.server.styles",
    "cogs.server.rules_panel",
    "cogs.moderation.reports",
    "cogs.moderation.blocks",
    "cogs.moderation.audit",
    "cogs.server.api_key",
    "cogs.member.usage",
    "cogs.operator.balance",
    "cogs.operator.commands",
    "cogs.member.my_data",
)
"""In the order in which they are opened: the first sets the courier."""
