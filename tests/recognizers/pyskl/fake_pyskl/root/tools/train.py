"""A test double of PYSKL's tools/train.py: the same command line, the same files, no training.

FAKE_PYSKL: nothing (all goes well), fail, hang, hang_stubborn, nan, no_scores, truncated, hostile,
short.
"""

import argparse
import importlib.util
import json
import os
import pickle
import signal
import time
from pathlib import Path

import numpy as np

parser = argparse.ArgumentParser()
parser.add_argument("config", type=Path)
parser.add_argument("--launcher", choices=["pytorch"], required=True)
parser.add_argument("--seed", type=int, required=True)
for flag in ("--deterministic", "--test-last"):
    parser.add_argument(flag, action="store_true", required=True)
parser.add_argument("--local-rank", type=int)


class Hostile:
    def __reduce__(self):
        return os.mkdir, ("hostile-code-ran",)


def scores_of(annotation: dict, classes: int) -> np.ndarray:
    """Probabilities that hang on the clip's label and its joints."""
    logits = np.zeros(classes, np.float32)
    logits[annotation["label"]] = 1.0
    logits[0] += annotation["keypoint"].sum()
    odds = np.exp(logits - logits.max())
    return odds / odds.sum()


def train(config: dict, clips: list, log: Path, mode: str) -> None:
    order = np.load(config["data"]["train"]["order"])
    assert order.max() < len(clips)
    batch = config["data"]["videos_per_gpu"] * int(os.environ["WORLD_SIZE"])
    steps, interval = len(order) // batch, config["log_config"]["interval"]
    with log.open("w") as stream:
        print(json.dumps({"env_info": "a double", "seed": 1}), file=stream, flush=True)
        for step in range(interval, steps + 1, interval):
            loss = float("nan") if mode == "nan" else 1.0 / step
            entry = {"mode": "train", "epoch": 1, "iter": step, "lr": 0.1, "loss": loss}
            print(json.dumps(entry), file=stream, flush=True)
            if mode.startswith("hang") or mode == "nan":
                time.sleep(600)
    if mode == "fail":
        raise RuntimeError("CUDA error: the double fails")


def main() -> None:
    arguments = parser.parse_args()
    mode = os.environ.get("FAKE_PYSKL", "")
    config: dict = {}
    folder = str(arguments.config.parent)
    text = arguments.config.read_text().replace("{{ fileDirname }}", folder)
    exec(compile(text, str(arguments.config), "exec"), config)
    for module in config["custom_imports"]["imports"]:
        assert importlib.util.find_spec(module), module
    assert os.environ["PYTHONPATH"].split(os.pathsep) == [folder, str(Path.cwd())]
    assert Path("tools/train.py").is_file(), "not started in PYSKL's folder"
    work = Path(config["work_dir"])
    work.mkdir(exist_ok=True)
    if mode == "hang_stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    rank = int(os.environ["RANK"])
    (work / f"process-{rank}").write_text(str(os.getpid()))
    content = pickle.loads(Path(config["data"]["train"]["ann_file"]).read_bytes())
    clips = {
        split: [entry for entry in content["annotations"] if entry["frame_dir"] in set(ids)]
        for split, ids in content["split"].items()
    }
    if rank:
        return
    train(config, clips["train"], work / "20260101_000000.log.json", mode)
    (work / "epoch_1.pth").write_bytes(b"")
    classes = config["model"]["cls_head"]["num_classes"]
    scores = [scores_of(entry, classes) for entry in clips["test"]]
    out = pickle.dumps(
        [Hostile()] if mode == "hostile" else scores[: -1 if mode == "short" else None]
    )
    if mode != "no_scores":
        (work / "last_pred.pkl").write_bytes(out[:-20] if mode == "truncated" else out)
    # What the process was given, for tests to look at.
    (work / "double.json").write_text(json.dumps({"seed": arguments.seed, "batch": config["data"]}))


if __name__ == "__main__":
    main()
