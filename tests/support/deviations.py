"""Where Discord's specification and Discord (or discord.py) are known to differ: the only deviations that pass.

Each is a pattern of the lines that ``openapi.py`` writes, with the reason. What discord.py sends has been sent by
every bot for years, so Discord accepts it; what ANSWERS lists is how Discord's own documentation shows it.
"""

from __future__ import annotations

import re
from typing import Final

REQUESTS: Final[dict[str, str]] = {
    # discord.py 2.7.1
    r"query\.(with_response|wait|with_components): [01] is not": "it writes 1 and 0 for yes and no",
    r"body.*attachments\[\d\]\.id: \d+ is not of type 'string'": "ids as numbers; files[n]'s n is one in the pages too",
    r"body.*attachments\[\d\]: .*'proxy_url'": "an attachment to keep is sent as it was received",
    r"\.allowed_mentions\.users\[\d+\]: \d+ is not": "ids as numbers",
    r"body\.recipient_id: \d+ is not": "an id as a number",
    r"body\.message_reference\.(message|channel|guild)_id: \d+ is not": "ids as numbers",
    r"embeds\[\d\]: .*\('flags' was unexpected\)": "Embed.flags, of which none can be set by a bot",
    r"(PATCH|callback|threads) .*body[\w.]*: .*\('tts' was unexpected\)": "tts: false, also where nothing is sent anew",
    r"commands body\[\d+\]: .*\('nsfw' was unexpected\)": "documented for commands, missing in the specification",
    r"threads (query\.use_nested_fields: unknown|body: .*\('message' was)": "a forum's post, with the type of a thread",
    r"callback body\.data\.components: \[\] should be non-empty": "how a view is taken off a message",
    r"(body|answer).*\('file_types' was unexpected\)": "docs/reference#file-type-filtering, newer than it",
    # test_rest.py sends these two on purpose, to show that Discord ignores what it does not know
    r"messages body.*\('(colour|mood)' was unexpected\)": "the specification does not close it; openapi.py does",
}

ANSWERS: Final[dict[str, str]] = {
    r"answer 4\d\d\.errors": "its codes are words, not numbers: docs/reference#error-messages",
    r"answer 413: '<html>": "the edge before the API answers with a page of its own",
    r"answer 429: 'code' is a required property": "a code comes with some limits only: docs/topics/rate-limits",
    r"callback answer 200\.resource: type 5 can't": "a deferred answer is a message as well, and comes as one",
    r"message_reference\.type: 0 was expected": "a forward's is 1: resources/message#message-reference-types",
    r"threads answer 201: .*\('message' was unexpected\)": "a forum's post brings its first message",
}

_PATTERNS: Final = [re.compile(pattern) for pattern in (*REQUESTS, *ANSWERS)]


def is_known(line: str) -> bool:
    """Return whether the line reports a known difference."""
    return any(pattern.search(line) for pattern in _PATTERNS)
