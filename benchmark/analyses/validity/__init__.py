"""How far the metrics themselves can be believed: real clips that go wrong on purpose."""
