"""The MRR ledger and the cash ledger: pure functions from typed frames to typed frames. No I/O, no clock."""
