-- trick: ends the process well inside the first call
-- verdict: runtime-error
-- because: the program ended its process with exit code 0

function add(a, b)
    os.exit(true)
end
