"""A folder of runs as a leaderboard finds one: generators, data sets, splits, seeds, judges."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.benchmark.reports.html.pages import HOSTILE
from tests.benchmark.run_folders import make_run

JUDGES = ("st_trans", "gru")
MORE = {
    "kid": (0.021, 0.004, 0.002),
    "coverage": (0.71, 0.05, 0.93),
    "memory_ratio": (1.04, 0.05, 1.02),
}
ARMS = ("real", "real+synthetic", "classical", "oracle")
COST = {"fit_seconds": 312.0, "sampling_ms_per_clip": 8.4, "peak_memory_mb": 911.0, "device": "cpu"}
GENERATORS = {"st_guided_ddpm": 21.0, "mdm": 28.9, "ddpm": 33.0}
"""And their FID."""
SPLITS = {"5shot": (60, 0.41, 0.12), "full": (1460, 0.86, 0.01)}
"""Real training clips, accuracy and gain."""


def make_results(folder: Path) -> Path:
    """Two data sets, two splits, two trainings of three generators; what is hostile or odd."""
    for place, (generator, fid) in enumerate(GENERATORS.items()):
        for split, (real, accuracy, gain) in SPLITS.items():
            for seed in (0, 1):
                few = split == "5shot"
                _run(
                    folder,
                    generator=generator,
                    split=split,
                    generator_seed=seed,
                    fid=fid + seed + 0.01 * real,
                    gain=gain - 0.02 * place,
                    n_real=real,
                    accuracy=accuracy,
                    arms=ARMS if few and place == 0 else ARMS[:2],
                    recognizers=("stgcn++", "gru") if place == 0 else ("stgcn++",),
                    of_generator=("Sees the <i>labels</i> of test clips.",) * (place == 2),
                )
    _run(folder, generator=HOSTILE, split="full", settings={"<b>steps</b>": "a|b"}, fid=44.0)
    _run(folder, generator="copy", dataset="nw_ucla", caveats=("A fifth is also in train.",))
    _run(folder, generator="mean", dataset="nw_ucla", no_multimodality=True, status="timeout")
    (folder / "runs" / "broken").mkdir()
    (folder / "runs" / "broken" / "run.json").write_text("[]", encoding="utf-8")
    return folder


def _run(folder: Path, generator: str, split: str = "10pct", **options: Any) -> None:
    """A run under a name with what a name may have; that of seed 0 has a page."""
    seed = options.get("generator_seed", 0)
    plain = generator if generator.isidentifier() else "odd name & 100%"
    name = f"{options.get('dataset', 'kinematic12')}-{split}-{plain}-{seed}"
    options = {"judges": JUDGES, "people": 8, "more": MORE, "cost": COST, "clips": 48, **options}
    made = make_run(folder / "runs" / name, generator=generator, split=split, **options)
    if seed == 0:
        (made / "report.html").write_text("<p>a page</p>", encoding="utf-8")
