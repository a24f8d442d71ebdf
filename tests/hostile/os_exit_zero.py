# trick: os._exit(0) at the top level
# verdict: runtime-error
# because: exit code 0
import os

os._exit(0)
