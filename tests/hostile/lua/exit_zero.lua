-- trick: ends the process well before there is anything to test
-- verdict: runtime-error
-- because: the program ended its process with exit code 0

os.exit(0)
