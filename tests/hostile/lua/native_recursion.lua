-- trick: recursion through functions of the library, where the interpreter itself recurses
-- verdict: runtime-error
-- because: stack overflow

function add(a, b)
    return (string.gsub("a", "a", function() return add(a, b) end))
end
