"""Covers: whether a picture in a message is hidden as a spoiler until somebody clicks it.

What its owner covered stays covered in all that is made from it (``bot.orders.Source.covered``).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, Final

from bot.orders import COVER

_SPOILER: Final = re.compile(r"\|\|(.+?)\|\|", re.DOTALL)

_FLAG: Final = 1 << 3
"""IS_SPOILER: https://discord.com/developers/docs/resources/message#attachment-object-attachment-flags"""


def is_upload_covered(upload: Mapping[str, Any]) -> bool:
    """Return whether an attachment, as the JSON of a form holds it, is covered: by its flag, or by its name."""
    return str(upload["filename"]).startswith(COVER) or bool(int(upload.get("flags") or 0) & _FLAG)


def is_link_covered(link: str | None, texts: Collection[str]) -> bool:
    """Return whether the embed of a link in these texts is covered, which it is where the link is a spoiler.

    An embed has no cover of its own. Discord may write the link of an embed in another way than the author of the text
    did: then it is covered where any link is. https://github.com/discord/discord-api-docs/issues/1235
    """
    hidden = "\n".join(words for text in texts for words in _SPOILER.findall(text))
    if link and link in hidden:
        return True
    open_text = "\n".join(_SPOILER.sub("", text) for text in texts)
    return "://" in hidden and not (link and link in open_text)
