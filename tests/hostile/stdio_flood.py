# trick: every answer there is
# verdict: output-limit
# because: wrote more than
# under: stdio
for n in range(10**9):
    print(n)
