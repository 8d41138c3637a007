"""/usage: numbers and costs of pictures of a member, of a server, or of all, as text, chart and file."""

from __future__ import annotations

import asyncio
import io
from functools import partial
from typing import Final, cast

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Retouch
from bot.errors import Fact, Refused
from bot.money import dollars
from bot.reports.usage import MOST_ROWS, Bar, Days, Report, Row, Step, Sum, UsageScope
from bot.text import escape, shorten
from cogs.ui.csv_export import to_csv
from cogs.ui.rights import in_server
from cogs.ui.split import CONTENT_LIMIT

ALT_LIMIT: Final = 1024
"""Characters of a file's description. https://discord.com/developers/docs/resources/message#attachment-object"""

_MONTH: Final[Days] = 30
_MODEL_NAME: Final = 60
"""Characters: an operator may call a model anything."""
_BEGINS: Final[dict[Step, str]] = {"hour": "%H", "day": "%m-%d", "month": "%Y-%m"}
"""The formats for the beginning of a bar."""


class Usage(commands.Cog):
    """The /usage command. Members see their own usage, managers their server's, and operators everybody's."""

    def __init__(self, bot: Retouch) -> None:
        self._bot = bot

    @app_commands.command(description="How many pictures, and what they cost: yours, or this server's if you manage it")
    @app_commands.describe(what="Whose pictures?", period="How far back?")
    @app_commands.choices(
        what=[
            app_commands.Choice(name="me", value="me"),
            app_commands.Choice(name="this server", value="server"),
            app_commands.Choice(name="everything", value="everything"),
        ]
    )
    @app_commands.choices(
        period=[
            app_commands.Choice(name="24 hours", value=1),
            app_commands.Choice(name="30 days", value=30),
            app_commands.Choice(name="365 days", value=365),
        ]
    )
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
    async def usage(
        self,
        interaction: discord.Interaction,
        what: app_commands.Choice[str] | None = None,
        period: app_commands.Choice[int] | None = None,
    ) -> None:
        """Show the usage as text, chart and file. Raises Refused."""
        scope = what.value if what else "me"
        days = cast("Days", period.value if period else _MONTH)  # Discord sends one of the choices
        usage_scope = self._usage_scope(interaction, scope)
        await interaction.response.defer(ephemeral=True, thinking=True)
        report = await self._bot.services.reports.add_up(usage_scope, days)
        from bot.reports import chart  # only where one is drawn: Pillow takes 10 MiB

        chart_file = await asyncio.to_thread(chart.draw, report)
        csv_file = await asyncio.to_thread(csv_table, report.rows)
        locale = interaction.locale.value
        stem = f"usage-{scope}-{days}"
        await interaction.followup.send(
            self._text(locale, scope, days, report),
            files=[
                discord.File(io.BytesIO(chart_file), f"{stem}.png", description=self._alt(locale, report)),
                discord.File(io.BytesIO(csv_file), f"{stem}.csv"),
            ],
            ephemeral=True,
        )

    def _usage_scope(self, interaction: discord.Interaction, scope: str) -> UsageScope:
        """Return the filter for the report. Raises Refused if the interaction shows that the member may not see it."""
        if scope == "me":
            return UsageScope(member_id=interaction.user.id)
        if scope == "everything":
            if interaction.user.id not in self._bot.services.operator_ids:
                raise Refused("operators-only")
            return UsageScope()
        if interaction.guild_id is None:
            raise Refused("no-server-here")
        if not in_server(interaction).manage_guild:
            raise Refused("managers-only")
        return UsageScope(guild_id=interaction.guild_id)

    def _text(self, locale: str, scope: str, days: Days, report: Report) -> str:
        say = partial(self._bot.services.phrases.say, locale)
        lines = [say(f"usage-{scope}", {"days": days, "sum": self._sum(locale, report.total)})]
        if scope != "me" and report.by_own_keys.pictures:
            lines += [say("usage-own-keys", {"sum": self._sum(locale, report.by_own_keys)})]
        if scope != "me" and report.members:
            lines += [say("usage-members")]
            lines += [f"- <@{member_id}>: {self._sum(locale, total)}" for member_id, total in report.members]
            if more := report.member_count - len(report.members):
                lines += [say("usage-more-members", {"count": more})]
        if report.models:
            lines += [say("usage-models")]
            lines += [f"- {self._model(locale, model)}: {self._sum(locale, total)}" for model, total in report.models]
        lines += [say("usage-note"), say("usage-file", {"most": MOST_ROWS + 1})]
        return shorten("\n".join(lines), CONTENT_LIMIT)

    def _alt(self, locale: str, report: Report) -> str:
        """Return the alt text of the chart, bar by bar."""
        say = self._bot.services.phrases.say
        bars = ", ".join(bar_text(bar, report.step) for bar in report.bars)
        first = f"{report.bars[0].begins:%Y-%m-%d}"
        facts = {"sum": self._sum(locale, report.total), "first": first, "bars": bars}
        return shorten(say(locale, f"usage-alt-{report.step}", facts), ALT_LIMIT)

    def _sum(self, locale: str, total: Sum) -> str:
        facts: dict[str, Fact] = {"pictures": total.pictures, "money": dollars(total.amount)}
        return self._bot.services.phrases.say(locale, "usage-sum", facts)

    def _model(self, locale: str, model_id: str) -> str:
        if not model_id:
            return self._bot.services.phrases.say(locale, "usage-no-model")
        model = self._bot.services.whole_catalogue().get(model_id)
        return escape(shorten(model.name if model else model_id, _MODEL_NAME))


def bar_text(bar: Bar, step: Step) -> str:
    """Return a bar of the chart in words."""
    from bot.reports import chart  # as above

    money = f" (${chart.cents(bar.sum.amount)})" if bar.sum.amount else ""
    return f"{bar.begins:{_BEGINS[step]}}: {bar.sum.pictures}{money}"


def csv_table(rows: tuple[Row, ...]) -> bytes:
    """Return the rows as CSV."""
    return to_csv(
        ("day", "member_id", "model", "pictures", "dollars"),
        [(row.day.isoformat(), row.member_id, row.model, row.sum.pictures, dollars(row.sum.amount)) for row in rows],
    )
