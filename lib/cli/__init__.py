"""The command line. Each command reads its options, calls one room below and prints; heavy imports wait inside it.

Exit codes: 0 done; 1 an expected failure, told in one line on stderr; 2 bad usage.
"""
