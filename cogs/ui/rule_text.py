"""The rules of a server in words: a rule with its value, and a change of a rule."""

from __future__ import annotations

from collections.abc import Mapping

from bot.client import Retouch
from bot.guilds.rule_values import Rule, Value
from bot.guilds.rules import RULES, Change
from bot.money import Micros, dollars
from bot.text import escape


def label_key(name: str) -> str:
    """Return the key of a rule's label in ``locales/``."""
    return f"rule-{name.replace('_', '-')}"


class RuleText:
    """Texts about rules, in the language of a locale."""

    def __init__(self, bot: Retouch) -> None:
        self._bot = bot

    def line(self, locale: str, rule: Rule, value: Value) -> str:
        """Return a rule and its value as a line."""
        return f"{self._say(locale, label_key(rule.name))}: **{self.value(locale, rule, value)}**"

    def change(self, locale: str, change: Change) -> str:
        """Return a change of a rule as a line."""
        rule = RULES[change.name]
        old, new = (self.value(locale, rule, value) for value in (change.old, change.new))
        facts = {"member": f"<@{change.by}>", "rule": self._say(locale, label_key(rule.name)), "old": old, "new": new}
        return f"{self._say(locale, 'rules-changed', facts)} <t:{int(change.at)}:R>"

    def value(self, locale: str, rule: Rule, value: Value) -> str:
        """Return a value in words."""
        if isinstance(value, bool):
            return self._say(locale, "rule-yes" if value else "rule-no")
        if not value:
            return self._say(locale, "rule-any" if isinstance(value, frozenset) else "rule-off")
        if rule.kind == "money":
            return f"${dollars(Micros(int(str(value))))}"
        if rule.kind == "choice":
            return self.choice(locale, rule, str(value))
        if isinstance(value, tuple):
            return self._say(locale, "rule-words-kept", {"count": len(value)})
        if not isinstance(value, frozenset):
            return escape(str(value))
        mark = {"channels": "<#{}>", "roles": "<@&{}>"}.get(rule.kind, "{}")
        names = [mark.format(self._named(rule, name)) for name in sorted(map(str, value))]
        return ", ".join(names[:3]) + (f" +{len(names) - 3}" if names[3:] else "")

    def choice(self, locale: str, rule: Rule, choice: str) -> str:
        """Return the label of a choice. A language is named in that language."""
        if choice in self._bot.services.phrases.locales:
            return self._bot.services.phrases.say(choice, "language")
        return self._say(locale, f"{label_key(rule.name)}-{choice.replace('_', '-')}")

    def _named(self, rule: Rule, name: str) -> str:
        model = self._bot.services.catalogue().get(name) if rule.kind == "models" else None
        return model.name if model else name

    def _say(self, locale: str, key: str, facts: Mapping[str, str | int] | None = None) -> str:
        return self._bot.services.phrases.say(locale, key, facts or {})
