# trick: a script that ends with sys.exit
# under: stdio
import sys

for line in sys.stdin:
    a, b = map(int, line.split())
    print(a + b)
sys.exit()
