# trick: the right answer, then a crash
# verdict: runtime-error
# because: ZeroDivisionError
# under: stdio
while True:
    try:
        a, b = map(int, input().split())
    except EOFError:
        break
    print(a + b)
1 / 0
