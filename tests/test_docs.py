"""The pages that users copy from must run."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from generators.protocol import FitContext
from generators.registry import load_generator, make_generator
from tests.conftest import moving_clips

DOCS = Path(__file__).parent.parent / "docs"


def test_the_generator_of_the_docs_is_short_and_works(tmp_path, monkeypatch):
    (code,) = re.findall(r"```python\n(.*?)```", (DOCS / "adding-a-generator.md").read_text(), re.S)
    assert len(code.splitlines()) < 60
    (tmp_path / "mixing.py").write_text(code)
    monkeypatch.syspath_prepend(str(tmp_path))
    generator = make_generator("mixing:Mixing", "quick", {})
    clips = moving_clips(9)
    generator.fit(clips, FitContext(seed=0))
    generator.save(tmp_path)
    labels = np.asarray([2, 0, 0, 1])
    samples = load_generator("mixing:Mixing", tmp_path).sample(labels, 5)
    assert samples.labels.tolist() == [2, 0, 0, 1]
    assert np.array_equal(samples.frames, generator.sample(labels, 5).frames)
    assert np.isfinite(samples.frames).all()
    assert len(generator.sample(labels[:0], 0)) == 0
