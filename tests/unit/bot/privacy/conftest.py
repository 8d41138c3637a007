"""What the tests of privacy share: a desk over each kind of database."""

from __future__ import annotations

import pytest

from bot.database import Database
from tests.support.privacy_desk import Desk


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)
