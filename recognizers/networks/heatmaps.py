"""Heat map volumes of moving bodies: a picture for each joint, or each bone, and frame.

Duan et al. 2022, "Revisiting Skeleton-based Action Recognition", section 3.2: a joint is a Gaussian
peak (equation 1), a limb the same about its whole length (equation 2), where several persons meet
the larger value counts, and all frames share one box around all that moves in them. The crop is
that of PYSKL's ``RandomResizedCrop``. Two departures from PYSKL's ``GeneratePoseTarget``, both of
which follow the equations: no peak is cut off at three sigma, and limbs shorter than a pixel are
drawn as limbs, not as their first end.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from skeletons.errors import InputError
from skeletons.skeleton import Skeleton

CROP_ASPECTS = (3 / 4, 4 / 3)
"""Width over height of random crops, drawn evenly on a logarithmic scale."""

CROP_ATTEMPTS = 10

FAR = 1e4
"""Pixels from the map to where nothing is to be seen; its peak is zero in single precision."""


def frontal_axes(skeleton: Skeleton) -> tuple[int, int]:
    """Axes (left-right, up) of the plane on which upright clips are seen best.

    A clip from :func:`skeletons.placement.upright` has its right at the larger values of the first
    axis that is not up, so this plane sees the body from behind. It keeps the arms and legs of the
    two sides apart, as the frontal pictures do that PoseC3D is published with; from the side they
    would lie on one another. What is lost is how far ahead a limb reaches.
    """
    across = next(axis for axis in range(3) if axis != skeleton.up[0])
    return across, skeleton.up[0]


def project(
    joints: Tensor,
    size: int,
    *,
    axes: tuple[int, int] = (0, 1),
    sigma: float = 0.6,
    padding: float = 0.25,
    limbs: Sequence[tuple[int, int]] | None = None,
    crops: Tensor | None = None,
) -> Tensor:
    """Heat maps of 3D clips, seen along the axis that ``axes`` leave out, without perspective.

    Args:
        joints: ``[N, M, T, V, C]`` in any unit, without NaN. A person whose joints are all exactly
            zero in a frame is not there.
        size: rows and columns of a map.
        axes: (horizontal, vertical); columns go along the one, rows down against the other.
        sigma: width of a peak, in pixels.
        padding: part of the body's box that is added around it.
        limbs: pairs of joints to draw; None draws the joints.
        crops: ``[N, 4]``, the window (left, top, width, height) that each map shows, in parts of
            the box; None shows all of it. See :func:`random_crops`.

    Returns:
        ``[N, V, T, H, W]``, or ``[N, limbs, T, H, W]``, in [0, 1], the channels last in memory.

    Raises:
        InputError: clips of another shape, or without one of the axes.
    """
    if joints.ndim != 5 or max(axes) >= joints.shape[-1]:
        raise InputError(
            f"clips have shape {tuple(joints.shape)}, heat maps along axes {axes} "
            f"need [N, M, T, V, {max(axes) + 1} or more]"
        )
    points = place(joints, axes, padding)
    if crops is not None:
        windows = crops[:, None, None, None]
        points = (points - windows[..., :2]) / windows[..., 2:]
    # The other way round, a gradient would meet zero times infinity.
    pixels = torch.where(_present(joints), points * size, -FAR)
    if limbs is None:
        return joint_maps(pixels, size, sigma)
    return limb_maps(pixels, limbs, size, sigma)


def place(joints: Tensor, axes: tuple[int, int], padding: float) -> Tensor:
    """Where joints ``[N, M, T, V, C]`` lie in the clip's box: (column, row) ``[N, M, T, V, 2]``.

    The box is a square about all persons and frames, with (0, 0) its upper left and (1, 1) its
    lower right corner; ``padding`` is the part by which it is larger than it would have to be.
    """
    points = torch.stack([joints[..., axes[0]], -joints[..., axes[1]]], dim=-1)
    present = _present(joints)
    everything = (1, 2, 3)
    low = torch.where(present, points, math.inf).amin(dim=everything, keepdim=True)
    high = torch.where(present, points, -math.inf).amax(dim=everything, keepdim=True)
    # Joints that all lie on one spot still need a box, and so do clips without anybody.
    extent = (high - low).amax(dim=-1, keepdim=True).clamp_min(torch.finfo(points.dtype).tiny)
    centre = torch.nan_to_num((low + high) / 2, nan=0.0)
    return (points - centre) / (extent * (1.0 + padding)) + 0.5


def joint_maps(pixels: Tensor, size: int, sigma: float) -> Tensor:
    """Peaks ``[N, V, T, size, size]`` at (column, row) ``pixels [N, M, T, V, 2]``.

    A peak is the product of a row and a column, so that far fewer exponentials are taken than there
    are pixels.
    """
    grid = torch.arange(size, device=pixels.device, dtype=pixels.dtype)
    # [N, M, T, size, V]: the channels of a map stand side by side, the fastest order for what
    # follows on a CPU.
    columns, rows = (
        torch.exp((grid[:, None] - pixels[..., None, :, axis]).square() * (-0.5 / sigma**2))
        for axis in (0, 1)
    )
    peaks = rows[..., :, None, :] * columns[..., None, :, :]
    return _largest(peaks)


def limb_maps(pixels: Tensor, limbs: Sequence[tuple[int, int]], size: int, sigma: float) -> Tensor:
    """Ridges ``[N, limbs, T, size, size]`` between (column, row) ``pixels [N, M, T, V, 2]``.

    The squared distance of a pixel from a limb is that across its line plus that beyond its ends.
    Along and across the line a pixel's place is the sum of a part of its row and one of its column.
    """
    # Lengths in units of sqrt(2) sigma: the exponent of a peak is minus the squared distance.
    unit = math.sqrt(2.0) * sigma
    pixels = pixels / unit
    grid = torch.arange(size, device=pixels.device, dtype=pixels.dtype) / unit
    first, second = ([limb[end] for limb in limbs] for end in (0, 1))
    start, end = pixels[..., first, :], pixels[..., second, :]
    middle, way = (start + end) / 2, end - start
    length = way.norm(dim=-1, keepdim=True)
    # Of a limb without length every direction is its direction.
    ahead = torch.where(length > 0, way / length.clamp_min(1e-12), way.new_tensor([1.0, 0.0]))
    column = (grid[:, None] - middle[..., None, :, 0])[..., None, :, :]
    row = (grid[:, None] - middle[..., None, :, 1])[..., :, None, :]
    east, south = (ahead[..., None, None, :, axis] for axis in (0, 1))
    along = column * east + row * south
    across = column * south - row * east
    # In place: maps this large cost what their memory does.
    beyond = along.abs_().sub_(length[..., 0][..., None, None, :] / 2).clamp_min_(0.0)
    return _largest(across.square_().add_(beyond.square_()).neg_().exp_())


def limbs_of(adjacency: Tensor) -> list[tuple[int, int]]:
    """The bones, (smaller, larger) joint, of an adjacency ``[K, V, V]`` of any partitions."""
    joined = (adjacency != 0).any(dim=0)
    pairs = (joined | joined.T).triu(1).nonzero()
    return [(int(first), int(second)) for first, second in pairs]


def random_crops(count: int, least_area: float, device: torch.device) -> Tensor:
    """Windows (left, top, width, height) ``[count, 4]`` in parts of a box, from torch's generator.

    Area from ``least_area`` to 1, width over height from 3/4 to 4/3, anywhere in the box; of ten
    draws the first that fits, and else the whole box.
    """
    draws = torch.rand(CROP_ATTEMPTS, count, 4, device=device)
    area = least_area + (1.0 - least_area) * draws[..., 0]
    lowest, highest = (math.log(aspect) for aspect in CROP_ASPECTS)
    aspect = torch.exp(lowest + (highest - lowest) * draws[..., 1])
    extent = torch.stack([area * aspect, area / aspect], dim=-1).sqrt()
    corner = (1.0 - extent) * draws[..., 2:]
    whole = draws.new_tensor([0.0, 0.0, 1.0, 1.0]).expand(1, count, 4)
    windows = torch.cat([torch.cat([corner, extent], dim=-1), whole])
    fits = (windows[..., 2:] <= 1.0).all(dim=-1)
    first = fits.int().argmax(dim=0)
    return windows[first, torch.arange(count, device=device)]


def _present(joints: Tensor) -> Tensor:
    """Which persons are there, ``[N, M, T, 1, 1]``."""
    return (joints != 0).flatten(3).any(dim=-1)[..., None, None]


def _largest(maps: Tensor) -> Tensor:
    """``[N, M, T, H, W, V]`` -> the maximum over persons ``[N, V, T, H, W]``."""
    single = maps.shape[1] == 1
    joined = maps.squeeze(1) if single else maps.amax(dim=1)
    return joined.permute(0, 4, 1, 2, 3)
