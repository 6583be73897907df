"""What mmcv 1 lacks to test a network with today's torch, put in while it runs.

This file stands alone: a job's config names it in ``custom_imports``. mmcv's DDP asks for
``_use_replicated_tensor_module`` (mmcv 1.7.2, ``mmcv/parallel/distributed.py``,
``_run_ddp_forward``), which torch no longer has, so that testing after training fails. Where torch
has it, or mmcv does not ask for it, nothing changes.
"""

import inspect

from mmcv.parallel import MMDistributedDataParallel
from torch.nn.parallel import DistributedDataParallel

if "_use_replicated_tensor_module" not in inspect.getsource(DistributedDataParallel):
    MMDistributedDataParallel._use_replicated_tensor_module = False
