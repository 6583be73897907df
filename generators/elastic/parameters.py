"""Parameters of ``elastic``, typed and checked. Imports no torch."""

from __future__ import annotations

from pydantic import Field

from generators.profiles import Parameters, Profiles


class ElasticParameters(Parameters):
    """How far a clip goes towards others of its class, in its poses and in its timing."""

    blend: float = Field(
        0.5, ge=0, le=1, description="largest weight of the other clip's poses; 0 is off"
    )
    timing: float = Field(
        1.0, ge=0, le=1, description="largest weight of another clip's timing; 0 is off"
    )
    detail: float = Field(
        1.5,
        ge=0,
        description="standard deviation, in frames, of the smoothing that tells movement from the "
        "sensor's noise, which is neither blended nor stretched; 0: all is movement",
    )
    candidates: int = Field(
        3, ge=1, description="clips of the class that are drawn; the one most alike is taken"
    )
    mirrored: bool = Field(
        True, description="whether a candidate may come with left and right swapped"
    )
    moments: int = Field(32, ge=4, description="moments of each clip that are aligned")
    band: float = Field(
        0.25, gt=0, le=1, description="part of a clip by which aligned moments may lie apart"
    )
    smoothing: float = Field(
        1.5, ge=0, description="standard deviation of an alignment's smoothing, in moments"
    )


ELASTIC_PROFILES = Profiles(ElasticParameters)
