-- trick: prints what a test runner would
-- verdict: failed
-- because: got 0

print("Ran 3 tests in 0.000 seconds, 3 successes, 0 failures")
print("OK")
io.stderr:write("OK\n")

function add(a, b)
    print("ok 1 - add")
    return 0
end
