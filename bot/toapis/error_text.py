"""Patterns that tell the kind of an error from ToAPIs' text or code, in English or Chinese. No I/O.

ToAPIs has few codes and many upstreams: the same error comes as a code, as a sentence, or as both.
"""

from __future__ import annotations

import re
from typing import Final

from bot.errors import ModelUnavailable, OutOfCredit, PolicyRefused, ToAPIsError

_CREDIT: Final = re.compile(
    r"(?i)insufficient[_ ](user[_ ])?(quota|balance|credit|fund)"
    r"|quota[_ ](is[_ ])?(not[_ ]enough|insufficient|exhausted)"
    r"|(balance|credits?)[_ ](is[_ ]|are[_ ])?(not[_ ]enough|insufficient|exhausted|too low)"
    r"|not enough (quota|credit|balance)"
    r"|(额度|余额|配额|积分)(已)?(不足|用尽|耗尽|不够)|欠费"
)
_NO_CHANNEL: Final = re.compile(
    r"(?i)no[_ ]available[_ ](channel|distributor)|model[_ ]not[_ ](found|available)"
    r"|model .{0,80}(does not exist|not found)"
    r"|(无|没有)可用(的)?(渠道|通道)|可用渠道(不存在|为空)|模型.{0,40}(不存在|不可用|已下线)"
)
_POLICY: Final = re.compile(
    r"(?i)content[_ ]?(policy|policies|filter|moderation|violation)|policy[_ ]violation"
    r"|violat\w+ .{0,60}(polic|guideline|terms)"
    r"|moderation[_ ](blocked|failed|refused|reject)|(blocked|rejected|flagged) by .{0,40}(moderation|safety)"
    r"|(?<!case[- ])\bsensitive[_ ](word|content|information)"
    r"|safety[_ ](system|filter|polic|check)|prohibited[_ ]content|\bnsfw\b"
    r"|敏感|违规|违反.{0,20}(政策|规定|规范|法规|内容|准则)|(内容|安全)(审核|审查)|审核(未|不)(能)?通过|不合规|涉黄"
)
_OURS: Final = re.compile(r"(?i)unsupported|too large|invalid|exceed|must be|required|不支持|过大|无效|必须|超过")
_PARAMETER: Final = re.compile(
    r"(?i)invalid[_ ]?(parameter|argument|request)|not support|exceeds? .{0,20}\d ?mb\b|不支持|参数(错误|无效)"
)
_ABSENT: Final = re.compile(
    r"(?i)task_?not_?(found|exist)|not_found|\bnot found|(does not|doesn't) exist|不存在|未找到"
)
_BAD_ADDRESS: Final = re.compile(r"(?i)invalid url|no route|page not found")
_CALLBACK: Final = re.compile(r"(?i)webhook[_ ]not[_ ]configured|\bcallback[_ ]?url\b")
_TWICE: Final = re.compile(r"(?i)\bHTTP 409\b|duplicate|already (exists|used)|重复|已存在")


def kind_of(words: str) -> type[ToAPIsError] | None:
    """Return OutOfCredit, ModelUnavailable or PolicyRefused; None if the words tell nothing that we know."""
    if _CREDIT.search(words):
        return OutOfCredit
    if _NO_CHANNEL.search(words):
        return ModelUnavailable
    return PolicyRefused if _POLICY.search(words) else None


def blames_order(words: str) -> bool:
    """Return whether the words refuse something in our request: a type, a size, a missing field."""
    return _OURS.search(words) is not None


def blames_parameter(words: str) -> bool:
    """Return whether a task failed because of its parameters: the same order would fail again."""
    return _PARAMETER.search(words) is not None


def says_no_task(words: str) -> bool:
    """Return whether ToAPIs itself knows no such task. "No such page" does not count."""
    return _ABSENT.search(words) is not None and _BAD_ADDRESS.search(words) is None


def blames_callback(words: str) -> bool:
    """Return whether the words refuse the address for a webhook."""
    return _CALLBACK.search(words) is not None


def says_twice(words: str) -> bool:
    """Return whether ToAPIs says that it has this business id already. A task may exist then: that is undocumented."""
    return _TWICE.search(words) is not None
