"""The auction house: a durable worker, so its state is nothing but attributes."""

from componentize_py_types import Err
from wit_world import exports
from wit_world.exports.api import Bid, Lot, Refusal_NoSuchLot, Refusal_TooLow

LOTS: list[Lot] = []
BIDS: dict[int, list[Bid]] = {}
BOOK: list[str] = []


class Api(exports.Api):
    def open_lot(self, title, reserve, tags):
        number = len(LOTS) + 1
        LOTS.append(Lot(number, title, reserve, tags))
        BIDS[number] = []
        return number

    def place_bid(self, lot, bid):
        if lot not in BIDS:
            raise Err(Refusal_NoSuchLot(lot))
        best = self.best_bid(lot)
        least = best.amount + 1 if best else LOTS[lot - 1].reserve or 1
        if bid.amount < least:
            raise Err(Refusal_TooLow(least))
        BIDS[lot].append(bid)
        return len(BIDS[lot])

    def best_bid(self, lot):
        return max(BIDS.get(lot, []), key=lambda bid: bid.amount, default=None)

    def lots(self):
        return LOTS

    def note(self, text):
        BOOK.append(text)

    def guest_book(self):
        return BOOK
