# SPDX-License-Identifier: MIT
"""A small GitHub for tests: REST, per-identity ETags, limits, faults, and a ledger that tells the truth."""
