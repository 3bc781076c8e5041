"""Entities: which customer records are one customer. Start reading at `resolution`."""

from __future__ import annotations
