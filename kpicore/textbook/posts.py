"""Goalposts as plain values: what every normaliser writes when it is fitted, and reads when it is applied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpicore.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kpicore.model.offer import Direction, Goalposts

Posts = dict[str, "float | tuple[float, ...]"]


def sign_of(direction: Direction) -> float:
    """Return -1 where lower is better, else 1."""
    return -1.0 if direction == "lower" else 1.0


def flagged(posts: Mapping[str, float | tuple[float, ...]] | Mapping[str, float], *, is_constant: bool) -> Goalposts:
    """Return goalposts that say whether the peers do not differ."""
    return {**posts, "constant": 1.0} if is_constant else {**posts}


def number(posts: Goalposts, key: str) -> float:
    """Return a goalpost that is one number.

    Raises:
        ConfigError: it is missing, or several numbers.
    """
    post = posts.get(key)
    if post is None or isinstance(post, tuple):
        raise ConfigError(f"goalpost {key!r} must be one number here (got {post!r}); it was made by another normaliser")
    return post


def numbers(posts: Goalposts, key: str) -> tuple[float, ...]:
    """Return a goalpost that is several numbers.

    Raises:
        ConfigError: it is missing, or one number.
    """
    post = posts.get(key)
    if not isinstance(post, tuple):
        raise ConfigError(f"goalpost {key!r} must be a list of numbers here (got {post!r}); it was made by another normaliser")
    return post
