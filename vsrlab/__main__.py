"""`python -m vsrlab` and `torchrun -m vsrlab` are the command `vsrlab`."""
import os
import sys

from vsrlab.cli import main

if __name__ == "__main__":
    code = main()
    if "TORCHELASTIC_RUN_ID" in os.environ:
        # One of several processes.  Everything is written; taking the process group apart is skipped, because gloo's
        # threads abort now and then while that is done, and torchrun would call a finished training failed.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)
