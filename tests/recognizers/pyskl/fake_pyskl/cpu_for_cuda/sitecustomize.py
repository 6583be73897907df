"""A test double of a GPU: a real PYSKL then trains on the CPU, to its end, through its own
tools/train.py. Put in by PYTHONPATH; only what that program asks of CUDA is answered."""

import torch
import torch.distributed
from torch.nn.parallel import DistributedDataParallel

_start, _wrap = torch.distributed.init_process_group, DistributedDataParallel.__init__


def _without_nccl(backend=None, **settings):
    _start(backend="gloo", **settings)


def _without_devices(self, module, device_ids=None, **settings):
    _wrap(self, module, **settings)


torch.cuda.device_count = lambda: 1
torch.cuda.set_device = lambda device: None
torch.cuda.current_device = lambda: 0
torch.nn.Module.cuda = lambda self, device=None: self
torch.distributed.init_process_group = _without_nccl
DistributedDataParallel.__init__ = _without_devices
