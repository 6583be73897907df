"""Which judges are asked, and what only one of them sees."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmark.analyses.validity.judge_holes import Hole, holes
from benchmark.analyses.validity.judges import judges_named, short_names
from benchmark.analyses.validity.reactions import Reaction, Verdict
from benchmark.records.tables import NO_JUDGE
from metrics.value import Undefined
from recognizers.extractors.kinds import KINDS, bundled_extractor, extractor_id
from skeletons.errors import InputError

JUDGES = {"old": "st_trans", "new": "st_trans", "graph": "stgcn++", "recurrent": "gru"}


def _seen(
    judge: str, first: float | None, corruption: str = "sliding", metric: str = "fid"
) -> Reaction:
    """A reaction that begins at one of the doses 0.1 and 0.2, or never."""
    verdicts: tuple[Verdict, ...] = tuple(
        "worse" if first is not None and dose >= first else "floor" for dose in (0.1, 0.2)
    )
    means = 1.0, 1.0
    return Reaction(
        metric, judge, corruption, "test", (0.1, 0.2), means, verdicts, 1.0, means, means, 0.0
    )


def test_what_one_architecture_alone_sees_is_a_hole_of_the_others() -> None:
    found = [_seen("old", None), _seen("new", 0.2), _seen("graph", None), _seen("recurrent", None)]
    (hole,) = holes(found, JUDGES)
    assert hole == Hole("sliding", "st_trans", {"fid": 0.2})
    assert hole.sentence == "sliding is seen by st_trans alone in FID (from 0.2 on)"


def test_two_judges_of_one_architecture_are_one_and_two_architectures_are_no_hole() -> None:
    both = [_seen("old", 0.2), _seen("new", 0.1), _seen("graph", None)]
    assert holes(both, JUDGES) == [Hole("sliding", "st_trans", {"fid": 0.1})]
    assert holes([*both, _seen("recurrent", 0.2)], JUDGES) == []
    assert holes(both[:2], {name: JUDGES[name] for name in ("old", "new")}) == []


def test_holes_are_told_by_corruption_with_all_their_metrics() -> None:
    found = [
        _seen(judge, 0.1 if judge == seeing else None, corruption, metric)
        for metric in ("fid", "kid")
        for seeing, corruption in (("graph", "sliding"), ("recurrent", "joint_noise"))
        for judge in JUDGES
    ]
    assert holes(found, JUDGES) == [
        Hole("sliding", "stgcn++", {"fid": 0.1, "kid": 0.1}),
        Hole("joint_noise", "gru", {"fid": 0.1, "kid": 0.1}),
    ]


def test_metrics_of_the_body_and_undefined_ones_are_no_hole() -> None:
    found = [_seen(NO_JUDGE, 0.1, metric="jerk"), _seen("graph", 0.1)]
    none = Undefined("too few clips")
    blind = Reaction(
        "fid", "new", "sliding", "test", (0.1, 0.2), (none, none), ("undefined",) * 2, none,
        (none, none), (None, None), none,
    )  # fmt: skip
    assert holes([*found, blind], JUDGES) == []


def test_all_bundled_judges_are_asked_each_once_and_folders_beside_them(tmp_path: Path) -> None:
    known = bundled_extractor("kinematic12", "gru")
    assert known is not None
    (tmp_path / "weights.safetensors").write_bytes(b"older")
    (tmp_path / "config.json").write_text(json.dumps({"kind": "gru"}))
    judges = judges_named(["all", "gru", str(known), str(tmp_path)], "kinematic12")
    assert [judge.kind for judge in judges] == [*KINDS, "gru"]
    assert judges[-2].name == extractor_id(known) and judges[-1].folder == tmp_path
    names = short_names(judges)
    assert names[judges[0].name] == "st_trans" and names[NO_JUDGE] == ""
    assert [names[judge.name] for judge in judges[2:]] == [judge.name for judge in judges[2:]]
    assert [judge.kind for judge in judges_named(["stgcn++"], "kinematic12")] == ["stgcn++"]


@pytest.mark.parametrize("text", ["all", "gru"])
def test_a_data_set_without_judges_says_how_to_make_them(text: str) -> None:
    with pytest.raises(InputError, match=r"nw_ucla has no bundled extractor.*give its folder"):
        judges_named([text], "nw_ucla")
