"""/server: the rules of a server on a panel. A menu opens a section as a form. The table of rules defines both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Protocol

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Retouch
from bot.errors import Refused
from bot.guilds.rule_values import Rule, Value, parsed, shown
from bot.guilds.rules import RULES, SECTIONS, agree
from bot.text import shorten
from bot.toapis.catalogue.catalogue import Catalogue
from cogs.ui.log_channel import LogChannel
from cogs.ui.modals import OPEN_FOR, FormId, answers
from cogs.ui.rights import require_manager
from cogs.ui.router import PersistentItem, Use, component, form
from cogs.ui.rule_text import RuleText, label_key

WORDS_FIELD: Final = 4000
"""Characters that a text field of a form takes."""


class Addition(Protocol):
    """Another cog that adds text and buttons to the panel."""

    async def show(self, interaction: discord.Interaction, embed: discord.Embed, view: discord.ui.View) -> None:
        """Add text and buttons to the panel."""


class RulesPanel(commands.Cog):
    """The /server command. For members who may manage the server, which is checked at each step."""

    def __init__(self, bot: Retouch) -> None:
        self._bot = bot
        self.additions: list[Addition] = []
        """Other cogs that add to the panel."""
        self._log_channel = LogChannel(bot)
        self._text = RuleText(bot)

    @app_commands.command(description="This server's rules: where, who, how much, and what it may cost")
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
    async def server(self, interaction: discord.Interaction) -> None:
        """Show the panel. Raises Refused."""
        require_manager(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        embed, view = await self.panel(interaction)
        await interaction.followup.send(embed=embed, view=view, ephemeral=True)

    @component("rules1", right="manager")
    async def open_section(self, interaction: discord.Interaction, use: Use) -> None:
        """Open the form of the chosen section. Raises Refused."""
        section = use.chosen
        if section not in SECTIONS:
            raise Refused("button-old")
        rules = await self._bot.services.rules.get(interaction.guild_id)
        modal = discord.ui.Modal(
            title=self._say(interaction, f"rules-{section}"),
            custom_id=str(FormId("rules", (section,))),
            timeout=OPEN_FOR,
        )
        for name in SECTIONS[section]:
            component = self._field(interaction, RULES[name], getattr(rules, name))
            hint = self._say(interaction, "rule-words-hint") if RULES[name].kind == "words" else None
            label = self._say(interaction, label_key(name))
            modal.add_item(discord.ui.Label(text=label, description=hint, component=component))
        await interaction.response.send_modal(modal)

    @form("rules", right="manager")
    async def keep_section(self, interaction: discord.Interaction, use: Use) -> None:
        """Keep all values of a section's form, or none of them. Raises Refused."""
        guild_id = interaction.guild_id
        assert guild_id is not None  # the router lets only managers of a server through
        fields = answers(use.data)
        names = SECTIONS.get(use.words[0], ())
        if not names or not set(names) <= set(fields):
            raise Refused("form-old")
        wanted = {name: parsed(RULES[name], fields[name]) for name in names}
        agree(wanted)
        changes = await self._bot.services.rules.change(guild_id, interaction.user.id, wanted)
        embed, view = await self.panel(interaction)
        if interaction.message is None:
            await interaction.response.send_message(embed=embed, view=view, ephemeral=True)
        else:
            await interaction.response.edit_message(embed=embed, view=view)
        if changes:
            await self._log_channel.post(
                interaction, "\n".join(self._text.change(interaction.locale.value, change) for change in changes)
            )

    async def panel(self, interaction: discord.Interaction) -> tuple[discord.Embed, discord.ui.View]:
        """Build the panel: the rules that are set, and the last changes. Unset rules would be too much for a phone."""
        guild_id = interaction.guild_id
        assert guild_id is not None  # the panel is shown in servers only
        rules = await self._bot.services.rules.get(guild_id)
        intro = self._say(interaction, "rules-intro")
        embed = discord.Embed(title=self._say(interaction, "rules-title"), description=intro)
        for section, names in SECTIONS.items():
            changed = [name for name in names if getattr(rules, name) != RULES[name].default]
            lines = [self._text.line(interaction.locale.value, RULES[name], getattr(rules, name)) for name in changed]
            if lines:
                embed.add_field(name=self._say(interaction, f"rules-{section}"), value="\n".join(lines), inline=False)
        if not embed.fields:
            embed.description = f"{intro}\n\n{self._say(interaction, 'rules-none')}"
        changes = await self._bot.services.rules.changes(guild_id, 5)
        if changes:
            said = "\n".join(self._text.change(interaction.locale.value, change) for change in changes)
            embed.add_field(name=self._say(interaction, "rules-changes"), value=shorten(said, 1000), inline=False)
        options = [
            discord.SelectOption(
                label=self._say(interaction, f"rules-{section}"),
                value=section,
                description=shorten(" · ".join(self._say(interaction, label_key(name)) for name in names), 100),
            )
            for section, names in SECTIONS.items()
        ]
        view = discord.ui.View(timeout=None)
        menu = discord.ui.Select[Any](
            custom_id="rules1", placeholder=self._say(interaction, "rules-menu") or None, options=options
        )
        view.add_item(PersistentItem(menu))
        for addition in self.additions:
            await addition.show(interaction, embed, view)
        return embed, view

    def _field(self, interaction: discord.Interaction, rule: Rule, value: Value) -> discord.ui.Item[Any]:
        """Build the field of a form for a rule."""
        catalogue = self._bot.services.catalogue()
        chosen = value if isinstance(value, frozenset) else frozenset()
        match rule.kind:
            case "switch":
                options = {answer: self._say(interaction, f"rule-{answer}") for answer in ("yes", "no")}
                return _select(rule, options, {"yes" if value else "no"}, most=1)
            case "choice":
                labels = {choice: self._text.choice(interaction.locale.value, rule, choice) for choice in rule.choices}
                return _select(rule, labels, {str(value)}, most=1)
            case "models":
                return _select(rule, {model.id: model.name for model in catalogue.models}, chosen)
            case "resolutions":
                return _select(rule, {resolution: resolution for resolution in _resolutions(catalogue)}, chosen)
            case "channels":
                channels = interaction.guild.channels if interaction.guild else []
                return discord.ui.ChannelSelect(
                    custom_id=rule.name,
                    channel_types=[discord.ChannelType.text, discord.ChannelType.forum, discord.ChannelType.news],
                    default_values=[_default(channel.id, "channel") for channel in channels if channel.id in chosen],
                    min_values=0,
                    max_values=rule.most,
                    required=False,
                )
            case "roles":
                roles = interaction.guild.roles if interaction.guild else []
                return discord.ui.RoleSelect(
                    custom_id=rule.name,
                    default_values=[_default(role.id, "role") for role in roles if role.id in chosen],
                    min_values=0,
                    max_values=rule.most,
                    required=False,
                )
            case "number" | "money" | "ratio" | "words":
                long = rule.kind == "words"
                return discord.ui.TextInput(
                    custom_id=rule.name,
                    style=discord.TextStyle.paragraph if long else discord.TextStyle.short,
                    default=shown(rule, value) if value else None,
                    placeholder=self._say(interaction, f"rule-{rule.kind}-none"),
                    max_length=WORDS_FIELD if long else 20,
                    required=False,
                )

    def _say(self, interaction: discord.Interaction, key: str, facts: Mapping[str, str | int] | None = None) -> str:
        return self._bot.services.phrases.say(interaction.locale.value, key, facts or {})


def _select(
    rule: Rule, options: Mapping[str, str], chosen: frozenset[Any] | set[str], *, most: int | None = None
) -> discord.ui.Select[Any]:
    shown_options = [
        discord.SelectOption(label=label[:100], value=value, default=value in chosen)
        for value, label in list(options.items())[:25]
    ]
    return discord.ui.Select(
        custom_id=rule.name,
        options=shown_options,
        min_values=0,
        max_values=min(most or rule.most, len(shown_options)),
        required=False,
    )


def _default(object_id: int, kind: str) -> discord.SelectDefaultValue:
    return discord.SelectDefaultValue(id=object_id, type=discord.SelectDefaultValueType(kind))


def _resolutions(catalogue: Catalogue) -> list[str]:
    return list(dict.fromkeys(resolution for model in catalogue.models for resolution in model.resolutions))
