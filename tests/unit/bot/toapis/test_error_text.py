"""The kinds of an error that ToAPIs' words tell, in English and in Chinese."""

from __future__ import annotations

import pytest

from bot.errors import ModelUnavailable, OutOfCredit, PolicyRefused, ToAPIsError
from bot.toapis.error_text import blames_order, blames_parameter, kind_of, says_no_task, says_twice


@pytest.mark.parametrize(
    ("kind", "texts"),
    [
        (OutOfCredit, ("insufficient_user_quota", "Your credit is too low", "quota_not_enough", "用户额度不足")),
        (ModelUnavailable, ("no available channel for x", "model_not_found", "model x does not exist", "无可用渠道")),
        (PolicyRefused, ("content_policy_violation", "flagged by our safety filter", "NSFW", "包含敏感内容")),
        (None, ("internal error", "case-sensitive information", "", "服务器错误")),
    ],
    ids=["credit", "model", "policy", "nothing"],
)
def test_words_tell_the_kind_or_nothing(kind: type[ToAPIsError] | None, texts: tuple[str, ...]) -> None:
    assert [text for text in texts if kind_of(text) is not kind] == []


def test_words_that_blame_the_order_or_its_parameters() -> None:
    assert blames_order("Unsupported file type") and blames_order("图片过大")
    assert not blames_order("try again later")
    assert blames_parameter("InvalidParameter") and blames_parameter("exceeds the 10MB limit")
    assert not blames_parameter("generation failed")


def test_missing_page_is_not_taken_for_a_missing_task() -> None:
    assert says_no_task("task_not_found") and says_no_task("任务不存在")
    assert not says_no_task("page not found") and not says_no_task("Invalid URL: no such thing, not found")


def test_business_id_that_exists_already_is_noticed() -> None:
    assert says_twice("HTTP 409") and says_twice("duplicate client_business_id") and says_twice("任务已存在")
    assert not says_twice("HTTP 400")
