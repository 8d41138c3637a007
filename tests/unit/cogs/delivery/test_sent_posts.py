"""Which posts may have been sent before: bounded memory that errs on the safe side."""

from __future__ import annotations

from cogs.delivery.sent_posts import SentPosts


def test_only_posts_tried_in_this_or_an_earlier_process_may_be_sent() -> None:
    tried = SentPosts(born=100.0)
    assert not tried.may_be_sent("a", 101.0)
    assert tried.may_be_sent("a", 99.0)
    tried.add("a", 101.0)
    assert tried.may_be_sent("a", 101.0)


def test_evicted_posts_still_count_as_tried() -> None:
    tried = SentPosts(born=100.0, most=3)
    for number in range(10):
        tried.add(f"post {number}", 101.0 + number)
    assert len(tried._posts) == 3
    assert all(tried.may_be_sent(f"post {number}", 101.0 + number) for number in range(10))
    assert not tried.may_be_sent("new", 111.0)
