"""The card that shows moderators a report of a picture. The ids of its buttons hold all that they need."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import discord

from bot.database import NOBODY
from bot.errors import Fact
from bot.guilds.picture_reports import PictureReport, Reporter
from bot.i18n import Phrases
from bot.jobs.job import Job
from bot.text import clean, escape, quote, shorten
from bot.toapis.catalogue.catalogue import Catalogue
from cogs.ui.cards import DONE, TROUBLE, WAITING
from cogs.ui.router import button

VERSION: Final = 1

ACTIONS: Final = {
    "delete": discord.ButtonStyle.danger,
    "block": discord.ButtonStyle.secondary,
    "dismiss": discord.ButtonStyle.secondary,
}

REPORTERS_SHOWN: Final = 8


class ReportCard:
    """The card in the language of the server, since many moderators read it."""

    def __init__(self, phrases: Phrases, whole_catalogue: Callable[[], Catalogue], locale: str) -> None:
        self._phrases = phrases
        self._whole_catalogue = whole_catalogue
        self._locale = locale

    def say(self, key: str, **facts: Fact) -> str:
        """Return a sentence for the moderators."""
        return self._phrases.say(self._locale, key, facts)

    def embed(self, picture_report: PictureReport, job: Job) -> discord.Embed:
        """Return all that is known about a report."""
        colours = {None: TROUBLE, "dismissed": WAITING}
        colour = colours.get(picture_report.decision, DONE)
        lines = [self.say("report-prompt"), quote(job.order.prompt, 600)]
        if job.forgotten_at is not None:
            lines = [self.say("report-prompt-forgotten")]
        embed = discord.Embed(
            title=self.say("report-heading"), colour=colour, description="\n".join([*self._end(picture_report), *lines])
        )
        model = self._whole_catalogue().get(job.order.model)
        model_name = escape(model.name if model else job.order.model)
        painted = self.say("report-when", model=model_name, at=int(job.created_at))
        by = self._named(picture_report.requester_id)
        embed.add_field(name=self.say("report-by"), value=f"{by}\n{painted}", inline=False)
        places = "\n".join(self._places(picture_report, job)) or self.say("report-place-none")
        embed.add_field(name=self.say("report-places"), value=places, inline=False)
        reporters = [self._reporter(reporter) for reporter in picture_report.reporters[:REPORTERS_SHOWN]]
        if more := len(picture_report.reporters) - REPORTERS_SHOWN:
            reporters += [self.say("report-more", count=more)] if more > 0 else []
        return embed.add_field(name=self.say("report-voices"), value=shorten("\n".join(reporters), 1024), inline=False)

    def buttons(self, picture_report: PictureReport) -> discord.ui.View | None:
        """Return buttons for the decisions that are open, or None after the decision."""
        if picture_report.decision is not None:
            return None
        view = discord.ui.View(timeout=None)
        for action in ACTIONS:
            if action != "delete" or picture_report.gone_by is None:
                view.add_item(
                    button(
                        f"report1:{action}:{picture_report.job_id}",
                        self.say(f"button-report-{action}"),
                        ACTIONS[action],
                    )
                )
        return view

    def _end(self, picture_report: PictureReport) -> list[str]:
        lines = []
        if picture_report.gone_by is not None and picture_report.decision != "deleted":
            lines.append(self.say("report-gone", member=self._named(picture_report.gone_by)))
        if picture_report.decision is not None:
            lines.append(
                self.say(f"report-{picture_report.decision}", member=self._named(picture_report.decided_by or NOBODY))
            )
        return [*lines, ""] if lines else []

    def _places(self, picture_report: PictureReport, job: Job) -> list[str]:
        """Return links to the picture and to its source, as far as they are known."""
        links = []
        if picture_report.gone_by is None:
            link = link_to(picture_report.guild_id, picture_report.place_id, picture_report.result_id)
            links.append(self.say("report-place-result", link=link))
        for source in job.sources:
            if source.channel_id is not None and source.message_id is not None:
                link = link_to(picture_report.guild_id, source.channel_id, source.message_id)
                links.append(self.say("report-place-source", link=link))
                break
        return links

    def _reporter(self, reporter: Reporter) -> str:
        reason = escape(shorten(clean(reporter.reason), 90))
        facts: dict[str, Fact] = {"member": self._named(reporter.member_id), "at": int(reporter.at)}
        return self.say("report-voice-reason", reason=reason, **facts) if reason else self.say("report-voice", **facts)

    def _named(self, member_id: int) -> str:
        return self.say("report-nobody") if member_id == NOBODY else f"<@{member_id}>"


def link_to(guild_id: int, channel_id: int, message_id: int) -> str:
    """Return the link to a message."""
    return f"https://discord.com/channels/{guild_id}/{channel_id}/{message_id}"
