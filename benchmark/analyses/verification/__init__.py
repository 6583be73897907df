"""Does every number still follow from what is stored?

Artefacts are compared with their own hashes and keys; light stages are carried out again on what
the store holds; tables and pages are built again; every difference is a finding.
"""
