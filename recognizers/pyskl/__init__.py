"""PYSKL (Duan et al. 2022, "PYSKL: Towards Good Practices for Skeleton Action Recognition") behind
``--recognizer pyskl:NAME``: in this process, or as a job of its own."""
