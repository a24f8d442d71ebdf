-- trick: ends well before anything is written
-- verdict: failed
-- because: line 1
-- under: stdio

os.exit(0)
