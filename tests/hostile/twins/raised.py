# trick: an exception class of its own, under another base than the reference's
# task: raised
class Empty(LookupError):
    pass
