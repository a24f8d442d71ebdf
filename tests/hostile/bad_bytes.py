# trick: bytes that are no text around the answer
# verdict: failed
# because: line 1
# under: stdio
import sys

for line in sys.stdin:
    a, b = map(int, line.split())
    sys.stdout.buffer.write(b"\xff%d\xfe\n" % (a + b))
