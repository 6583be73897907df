"""File formats: one file a format, bytes to clips. Nothing else in the project knows one.

A reader gives a :class:`~skeletons.formats.reading.Reading`: the clips as they are in the file, and
what it found and did. What the bodies tell about the numbers, and how clips become parts, is none
of its business, see :mod:`skeletons.datasets`.
"""
