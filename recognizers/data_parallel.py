"""One training by several processes, each with a device of its own: they share every batch's rows.

Each process does all that the training does, on the same batch and with the same random numbers.
Only the network's pass is shared out: each takes a stretch of the rows, and what comes out is put
together again, so that every process has the loss of the whole batch, whatever that is: a mean, a
sum or a weighted one. Batch norms take their statistics over all rows. So the loss curve is that of
one process, but for rounding; random numbers that a network draws inside its pass, as dropout does,
are others for each stretch.

A network is called as it is, not through a wrapper: losses that look into it, call a part of it or
ask for its class work as ever, and such a part every process passes the whole batch through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import torch
import torch.distributed
from torch import Tensor, nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves, tree_map_only

from skeletons.errors import InputError
from skeletons.seeds import derive_seed


@dataclass(frozen=True)
class Group:
    """The processes of one training, as one of them sees them.

    Attributes:
        rank: number of this process; 0 is the one that began it, and keeps what comes out.
        size: number of processes.
    """

    rank: int
    size: int

    def rows(self, count: int) -> slice:
        """This process's stretch of a batch of ``count`` rows.

        Raises:
            InputError: there is not a row for each.
        """
        if count < self.size:
            raise InputError(
                f"a batch of {count} clips cannot be shared by {self.size} devices: take fewer"
            )
        return slice(count * self.rank // self.size, count * (self.rank + 1) // self.size)


def mean_gradients(weights: Iterable[Tensor], group: Group) -> None:
    """Replace the gradients of weights by their means over all processes."""
    gradients = [weight.grad for weight in weights if weight.grad is not None]
    together = torch.cat([gradient.reshape(-1) for gradient in gradients])
    torch.distributed.all_reduce(together)
    together /= group.size
    parts = torch.split_with_sizes(together, [gradient.numel() for gradient in gradients])
    shaped = [part.view_as(gradient) for part, gradient in zip(parts, gradients, strict=True)]
    torch._foreach_copy_(gradients, shaped)


@contextmanager
def shared_passes(model: nn.Module, group: Group | None) -> Iterator[None]:
    """Have the passes of ``model`` in training mode shared out, as the module's docstring says.

    Its forward takes and gives tensors whose rows are clips, alone, in tuples or in named tuples.
    The gradients that a loss then leaves are right once :func:`mean_gradients` was called.
    """
    if group is None:
        yield
        return
    shared = _shared(model, model.forward, group)
    model.forward = shared
    try:
        yield
    finally:
        del model.forward


def _shared(model: nn.Module, forward: Callable[..., Any], group: Group) -> Callable[..., Any]:
    passes = _Passes()

    def shared(*args: Any, **named: Any) -> Any:
        if not model.training:
            return forward(*args, **named)
        first = next(one for one in tree_leaves((args, named)) if isinstance(one, Tensor))
        count = len(first)
        rows = group.rows(count)

        def mine(whole: Tensor) -> Tensor:
            return whole[rows] if whole.ndim and len(whole) == count else whole

        def whole(mine: Tensor) -> Tensor:
            together = _Gathered.apply(mine, rows, count, group.size)  # type: ignore[no-untyped-call]
            return cast(Tensor, together)

        args, named = tree_map_only(Tensor, mine, (args, named))
        devices = [first.device] if first.device.type == "cuda" else []
        with torch.random.fork_rng(devices=devices), _NormsOverAllRows():
            torch.manual_seed(derive_seed("pass", passes.seed(), group.rank))
            outputs = forward(*args, **named)
        return tree_map_only(Tensor, whole, outputs)

    return shared


class _Passes:
    """Numbers the passes between two seeds of torch's generator."""

    def __init__(self) -> None:
        self._last, self._number = -1, 0

    def seed(self) -> int:
        """A seed for the next pass, the same in every process."""
        seed = torch.initial_seed()
        self._number = self._number + 1 if seed == self._last else 0
        self._last = seed
        return derive_seed(seed, self._number)


class _Gathered(torch.autograd.Function):
    """The rows of all processes. Every process has the whole loss: the gradient of its own rows is
    known to it, and counts as often as there are processes, since a mean is taken over them."""

    @staticmethod
    def forward(ctx: Any, mine: Tensor, rows: slice, count: int, size: int) -> Tensor:
        ctx.rows, ctx.size = rows, size
        whole = mine.new_zeros(count, *mine.shape[1:])
        whole[rows] = mine
        torch.distributed.all_reduce(whole)
        return whole

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> tuple[Tensor, None, None, None]:
        return gradients[0][ctx.rows] * ctx.size, None, None, None


class _Summed(torch.autograd.Function):
    """The sum over all processes, and of its gradients likewise."""

    @staticmethod
    def forward(ctx: Any, mine: Tensor) -> Tensor:
        summed = mine.clone()
        torch.distributed.all_reduce(summed)
        return summed

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Tensor:
        summed: Tensor = gradients[0].contiguous().clone()
        torch.distributed.all_reduce(summed)
        return summed


def _summed(mine: Tensor) -> Tensor:
    return cast(Tensor, _Summed.apply(mine))  # type: ignore[no-untyped-call]


class _NormsOverAllRows(TorchFunctionMode):
    """Batch norms in training take mean and variance over the rows of all processes.

    torch's ``SyncBatchNorm`` is a module of its own and works on GPUs alone.
    """

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is F.batch_norm:
            return _batch_norm(*args, **(kwargs or {}))
        return func(*args, **(kwargs or {}))


def _batch_norm(
    values: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """As :func:`torch.nn.functional.batch_norm` of ``values [B, C, ...]``."""
    if not training:
        return F.batch_norm(
            values, running_mean, running_var, weight, bias, training, momentum, eps
        )
    axes = [axis for axis in range(values.ndim) if axis != 1]
    shape = [-1 if axis == 1 else 1 for axis in range(values.ndim)]
    single = values if values.dtype == torch.float64 else values.float()
    sums = single.sum(axes)
    seen = sums.new_full((1,), values.numel() / values.shape[1])
    total, count = torch.split_with_sizes(_summed(torch.cat([sums, seen])), [len(sums), 1])
    mean = total / count
    away = single - mean.view(shape)
    variance = _summed(away.square().sum(axes)) / count
    with torch.no_grad():
        if running_mean is not None and running_var is not None:
            running_mean.lerp_(mean.to(running_mean), momentum)
            unbiased = variance * count / (count - 1)
            running_var.lerp_(unbiased.to(running_var), momentum)
    normed = away * torch.rsqrt(variance + eps).view(shape)
    if weight is not None:
        normed = normed * weight.view(shape)
    if bias is not None:
        normed = normed + bias.view(shape)
    return normed.to(values.dtype)
