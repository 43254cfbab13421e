"""The provider: each worker has a total of its own."""

TOTAL = 0


class ExampleProviderApi:
    def add(self, value):
        global TOTAL
        TOTAL += value

    def get(self):
        return TOTAL
