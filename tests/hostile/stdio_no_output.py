# trick: exit code 0 and no answer at all
# verdict: failed
# because: expected
# under: stdio
import os

os._exit(0)
