"""What every generator must do, as checks that run on any of them.

``subject`` is the generator under test with its clips and fits, ``checks`` the promises one by one,
``memory`` and ``resume`` the two that need machinery, ``overfit`` the test whether a model can
learn at all, ``command`` the command ``check-generator``.
"""
