"""The engine: stages as a graph, their keys, the store of what they made, and who makes it.

It knows no stage and no science. A stage names its function as ``module:function`` and its expected
cost; what the function does with the folders that it is given is its own affair.
"""
