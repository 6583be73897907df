"""Fixtures that several test files of recognizers use."""

from tests.recognizers.pyskl.pyskl_jobs import pyskl, run

__all__ = ["pyskl", "run"]
