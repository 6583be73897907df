"""Stages: pure functions from a job to an artefact, one file a kind."""
