-- trick: an error whose text, when it is asked for, ends the process
-- verdict: runtime-error
-- because: the program ended its process with exit code 0

function add(a, b)
    error(setmetatable({}, { __tostring = function() os.exit(0) end }))
end
