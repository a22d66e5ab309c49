"""``python -m tests.chaos FIRST COUNT``: what ``make chaos`` runs."""

import sys

from tests.chaos.many import main

if __name__ == "__main__":
    sys.exit(1 if main(int(sys.argv[1]), int(sys.argv[2])) else 0)
