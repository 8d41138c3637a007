"""The keys of the stand-in ToAPIs and its money: charges and refunds, in integer micro-dollars. No I/O."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

CREDIT: Final = 5_000
"""Micro-dollars in a credit: 1 USD = 200 credits."""


@dataclass(slots=True)
class Charge:
    """One accepted create. ``at`` in Unix seconds; ``refunded`` when its task failed."""

    task_id: str
    business_id: str | None
    model: str
    micros: int
    at: float
    user: str
    key: str
    refunded: bool = False


@dataclass(slots=True)
class Account:
    """A user of ToAPIs. ``budget``: micro-dollars paid in; None: unlimited. Rate limits go by ``tier``."""

    user: str
    budget: int | None = 1_000_000_000
    tier: str = "default"


@dataclass(slots=True)
class WebhookSetting:
    """The webhook of a key. ``secrets``: the current, and the previous for a day after it was changed."""

    url: str
    secrets: list[str] = field(default_factory=lambda: [secrets.token_hex(32)])
    enabled: bool = True

    def covers(self, url: str) -> bool:
        """Return whether a create may name this address: it may differ from the default in path and query only."""
        mine = urlsplit(self.url)
        theirs = urlsplit(url)
        return self.enabled and (mine.scheme, mine.netloc) == (theirs.scheme, theirs.netloc) and not theirs.fragment

    def rotate(self) -> str:
        """Make a new secret, and return it."""
        self.secrets = [secrets.token_hex(32), self.secrets[0]]
        return self.secrets[0]


@dataclass(slots=True)
class Key:
    """A key of an account. It may be capped (micro-dollars) or limited to some models, though the account is not."""

    text: str
    account: Account
    cap: int | None = None
    models: frozenset[str] | None = None
    webhook: WebhookSetting | None = None


@dataclass(slots=True)
class ChargeLedger:
    """All charges so far, and the balances that follow from them."""

    charges: list[Charge] = field(default_factory=list)

    def spent(self, *, user: str | None = None, key: str | None = None) -> int:
        """Sum the micro-dollars charged and not given back, of a user or of one key."""
        return sum(
            charge.micros
            for charge in self.charges
            if not charge.refunded and (user is None or charge.user == user) and (key is None or charge.key == key)
        )

    def affords(self, key: Key, cost: int) -> bool:
        account = key.account
        return (account.budget is None or self.spent(user=account.user) + cost <= account.budget) and (
            key.cap is None or self.spent(key=key.text) + cost <= key.cap
        )

    def key_balance(self, key: Key) -> dict[str, Any]:
        """Handle ``GET /v1/balance``: what this key may still spend."""
        if key.cap is None:
            return self.account_balance(key.account)
        return _balance(key.cap, self.spent(key=key.text))

    def account_balance(self, account: Account) -> dict[str, Any]:
        """Handle ``GET /v1/user/balance``: what the account has left."""
        return _balance(account.budget, self.spent(user=account.user))


def _balance(budget: int | None, used: int) -> dict[str, Any]:
    # Unlimited shows remain_balance -1 while remain_credits still carries a number:
    # docs.toapis.com/docs/en/api-reference/account/token-balance
    left = None if budget is None else max(0, budget - used)
    return {
        "success": True,
        "remain_balance": -1 if left is None else left / 1_000_000,
        "used_balance": used / 1_000_000,
        "remain_credits": _credits(0 if left is None else left),
        "used_credits": _credits(used),
        "credits_per_usd": 200,
        "unlimited_quota": budget is None,
    }


def _credits(micros: int) -> int | float:
    whole, rest = divmod(micros, CREDIT)
    return whole if not rest else micros / CREDIT
