# trick: input() until the end
# under: stdio
try:
    while True:
        a, b = map(int, input().split())
        print(a + b)
except EOFError:
    pass
