"""A GPU that is none: tensors in the processor's memory that say that they lie on ``cuda``.

What they are asked for is what the processor would answer, and noted is whoever would have made the
processor wait for a real GPU: values that are read (``item``, ``bool``, ``cpu``, ``nonzero``, an
index of booleans) and copies to it from memory that is not pinned. Tensors of both places in one
operation are an error, as with a GPU. Not seen is what torch's own functions do inside.
"""

from __future__ import annotations

import types
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import torch
from torch import Tensor
from torch.nn.utils import clip_grad
from torch.overrides import TorchFunctionMode
from torch.utils._foreach_utils import _group_tensors_by_device_and_dtype
from torch.utils._pytree import tree_flatten, tree_map_only

CUDA, CPU = torch.device("cuda", 0), torch.device("cpu")

READS = {
    getattr(Tensor, name)
    for name in (
        "item", "tolist", "numpy", "__bool__", "__float__", "__int__", "__index__", "__array__",
        "nonzero", "unique", "masked_select", "equal", "allclose", "__contains__",
    )
}  # fmt: skip
READS |= {torch.nonzero, torch.unique, torch.masked_select, torch.equal, torch.allclose}
COPIES = {Tensor.copy_, Tensor.to, Tensor.cpu, Tensor.__getitem__, Tensor.__setitem__}


class OnGPU(Tensor):
    """A tensor that says that it lies on the GPU."""

    @property
    def device(self) -> torch.device:  # type: ignore[override]
        """``cuda:0``, but for torch's own functions."""
        return CUDA if PretendGPU.active else CPU


class PretendGPU(TorchFunctionMode):
    """Makes ``cuda`` work while it is entered.

    Attributes:
        waits: what the processor would have waited for, in order.
    """

    active = False

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[str] = []
        self._pinned: set[int] = set()

    def __enter__(self) -> PretendGPU:
        PretendGPU.active = True
        super().__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        super().__exit__(*error)
        PretendGPU.active = False

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        PretendGPU.active = False
        try:
            return self._answer(func, args, dict(kwargs or {}))
        finally:
            PretendGPU.active = True

    def _answer(self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        name = getattr(func, "__name__", str(func))
        if func is torch._has_compatible_shallow_copy_type:
            return False
        if func is Tensor.pin_memory:
            pinned = args[0].clone()
            pinned.is_in_pinned_memory = True
            return pinned
        if func is Tensor.__deepcopy__ and isinstance(args[0], OnGPU):
            return _copied(args[0])
        there = [one for one in tree_flatten((args, kwargs))[0] if isinstance(one, OnGPU)]
        if there and func in READS:
            self.waits.append(name)
        if func is Tensor.cpu:
            self.waits += ["cpu"] if there else []
            return args[0].as_subclass(Tensor)
        if func is Tensor.to:
            return self._moved(args, kwargs)
        if func in (Tensor.__getitem__, Tensor.__setitem__) and there:
            self._index(name, args[1])
        if func is Tensor.copy_ and isinstance(args[0], OnGPU) != isinstance(args[1], OnGPU):
            self.waits.append(name)
        if there and func not in COPIES:
            self._check_one_place(name, args, kwargs)
        wanted = kwargs.get("device")
        made_there = wanted is not None and torch.device(wanted).type == "cuda"
        if made_there:
            kwargs["device"] = CPU
            if func is torch.tensor or name in ("as_tensor", "new_tensor"):
                self.waits.append(name)
        out = func(*args, **kwargs)
        if made_there or (there and name == "__get__"):
            out = tree_map_only(Tensor, lambda one: one.as_subclass(OnGPU), out)
        elif wanted is not None:
            out = tree_map_only(Tensor, lambda one: one.as_subclass(Tensor), out)
        return out

    def _moved(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Tensor:
        source, *told = args
        other = next((one for one in told if isinstance(one, Tensor)), None)
        device, dtype = kwargs.get("device"), kwargs.get("dtype")
        for one in told:
            if isinstance(one, torch.dtype):
                dtype = one
            elif isinstance(one, str | torch.device):
                device = one
        if other is not None:
            device, dtype = (CUDA if isinstance(other, OnGPU) else CPU), other.dtype
        was_there = isinstance(source, OnGPU)
        goes_there = was_there if device is None else torch.device(device).type == "cuda"
        waits = not kwargs.get("non_blocking", any(one is True for one in told[1:2]))
        if goes_there and not was_there and (waits or not hasattr(source, "is_in_pinned_memory")):
            self.waits.append("to cuda")
        if was_there and not goes_there:
            self.waits.append("to cpu")
        plain = source.as_subclass(Tensor)
        moved = plain.to(dtype) if dtype is not None else plain
        return moved.as_subclass(OnGPU) if goes_there else moved

    def _index(self, name: str, index: Any) -> None:
        for one in index if isinstance(index, tuple) else (index,):
            if isinstance(one, Tensor) and (one.dtype == torch.bool or not isinstance(one, OnGPU)):
                self.waits.append(f"{name} by {one.dtype}")

    def _check_one_place(self, name: str, args: Any, kwargs: Any) -> None:
        for one in tree_flatten((args, kwargs))[0]:
            if isinstance(one, Tensor) and not isinstance(one, OnGPU) and one.ndim:
                raise RuntimeError(f"{name}: tensors on cpu and cuda, {tuple(one.shape)} on cpu")


def _copied(tensor: OnGPU) -> Tensor:
    copied = tensor.detach().clone().as_subclass(OnGPU).requires_grad_(tensor.requires_grad)
    if getattr(tensor, "_is_param", False):
        copied._is_param = True
    return copied


def _by_place(lists: Any, *args: Any, **named: Any) -> Any:
    """torch's own groups of tensors, which look at where memory is."""
    groups = _group_tensors_by_device_and_dtype(lists, *args, **named)
    there = any(isinstance(one, OnGPU) for one in tree_flatten(lists)[0])
    return {(CUDA if there else device, kind): of for (device, kind), of in groups.items()}


@contextmanager
def pretend_gpu() -> Iterator[PretendGPU]:
    """``cuda`` works inside; the numbers are the processor's."""
    before = torch.__future__.get_overwrite_module_params_on_conversion()
    torch.__future__.set_overwrite_module_params_on_conversion(True)
    states = types.SimpleNamespace(get=lambda device: None, set=lambda state, device: None)
    try:
        with (
            mock.patch.object(torch.cuda, "get_rng_state", states.get),
            mock.patch.object(torch.cuda, "set_rng_state", states.set),
            mock.patch.object(torch.cuda, "device_count", lambda: 1),
            mock.patch.object(torch.cuda, "is_available", lambda: True),
            mock.patch.object(clip_grad, "_group_tensors_by_device_and_dtype", _by_place),
            PretendGPU() as gpu,
        ):
            yield gpu
    finally:
        torch.__future__.set_overwrite_module_params_on_conversion(before)
