-- trick: closes the interpreter under the call, then ends the process
-- verdict: runtime-error
-- because: the program ended its process with exit code 0

function add(a, b)
    os.exit(true, true)
end
