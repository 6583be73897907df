"""How much memory a call takes, counted exactly: what numpy and torch allocate, not what the
process holds, which depends on the allocator and on what ran before."""

from __future__ import annotations

import sys
import tracemalloc
import weakref
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Usage:
    """What a call took.

    Attributes:
        bytes: highest sum of live arrays and tensors that were made since it began. The peaks of
            the two libraries are added, whether or not they came at the same time.
        largest_layer: elements of the largest tensor that a ``torch.nn`` layer took in or gave out.
    """

    bytes: int = 0
    largest_layer: int = 0
    _torch_live: int = field(default=0, repr=False)
    _torch_peak: int = field(default=0, repr=False)

    def took(self, size: int) -> None:
        """Torch has allocated ``size`` bytes, or freed them where it is negative."""
        self._torch_live += size
        self._torch_peak = max(self._torch_peak, self._torch_live)


def usage_of(call: Callable[[], Any]) -> Usage:
    """Carry a call out and count.

    Torch is looked at only where something has imported it before. What other libraries allocate
    by themselves is not seen.
    """
    usage = Usage()
    already_tracing = tracemalloc.is_tracing()
    if not already_tracing:
        tracemalloc.start()
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    watching_torch: AbstractContextManager[None] = (
        _watching_torch(usage) if "torch" in sys.modules else nullcontext()
    )
    try:
        with watching_torch:
            result = call()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        if not already_tracing:
            tracemalloc.stop()
    del result
    usage.bytes = peak - before + usage._torch_peak
    return usage


@contextmanager
def _watching_torch(usage: Usage) -> Iterator[None]:
    import torch
    from torch.nn.modules.module import register_module_forward_hook
    from torch.utils._python_dispatch import TorchDispatchMode
    from torch.utils._pytree import tree_leaves

    seen: weakref.WeakSet[Any] = weakref.WeakSet()

    class Allocations(TorchDispatchMode):  # type: ignore[no-untyped-call]
        """Sees every operation; a storage that comes out for the first time is an allocation."""

        @classmethod
        def _should_skip_dynamo(cls) -> bool:
            return False  # or the first operation imports the compiler: seconds for nothing

        def __torch_dispatch__(
            self, func: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            taken_in = {
                leaf.untyped_storage().data_ptr()
                for leaf in tree_leaves((args, kwargs))
                if isinstance(leaf, torch.Tensor)
            }
            result = func(*args, **(kwargs or {}))
            for leaf in tree_leaves(result):
                if not isinstance(leaf, torch.Tensor):
                    continue
                storage = leaf.untyped_storage()
                if storage in seen or storage.data_ptr() in taken_in:
                    continue
                seen.add(storage)
                size = storage.nbytes()
                usage.took(size)
                weakref.finalize(storage, usage.took, -size)
            return result

    def layer_ran(layer: Any, given: Any, returned: Any) -> None:
        for leaf in tree_leaves((given, returned)):
            if isinstance(leaf, torch.Tensor):
                usage.largest_layer = max(usage.largest_layer, leaf.numel())

    hook = register_module_forward_hook(layer_ran)
    try:
        with Allocations():  # type: ignore[no-untyped-call]
            yield
    finally:
        hook.remove()
