"""What every generator must do, as checks that run on any of them.

``candidate`` is the generator under test with its clips and fits, ``checks`` the promises one by
one, ``allocation``, ``random_state``, ``resume`` and ``follows_data`` what needs machinery,
``overfit`` the test whether a model can learn at all, ``display`` what comes of both on the
terminal.
"""
