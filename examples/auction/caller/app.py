"""The caller: it sees two imported interfaces and nothing of where the workers live."""

from componentize_py_types import Err
from wit_world import exports
from wit_world.exports.auctioneer import Report, Sale
from wit_world.imports import appraiser_client, house_client, poll
from wit_world.imports.house_types import Bid

CATALOGUE = [
    ("A grandfather clock", 100, ["oak", "1780"]),
    ("A box of buttons", None, []),
    ("A portrait of a cat", 40, ["oil"]),
]
BIDDERS = ["Ada", "Grace", "Edsger"]


def gather(futures):
    """Wait for all of them, however they come in."""
    waiting = list(futures)
    while waiting:
        ready = set(poll.poll([future.subscribe() for future in waiting]))
        waiting = [future for index, future in enumerate(waiting) if index not in ready]
    return [future.get() for future in futures]


class Auctioneer(exports.Auctioneer):
    def evening(self, house, rounds):
        hall = house_client.Api(house)
        hall.note("doors open")  # fire and forget, yet in order with all that follows
        appraisers = [appraiser_client.Api() for _ in CATALOGUE]
        appraisals = gather(
            [  # asynchronous: the appraisers work side by side
                appraiser.appraise(title, tags)
                for appraiser, (title, _, tags) in zip(appraisers, CATALOGUE)
            ]
        )
        sales, refused = [], 0
        for (title, reserve, tags), appraisal in zip(CATALOGUE, appraisals):
            lot = hall.blocking_open_lot(title, reserve, tags)
            bids = 0
            for number in range(rounds):
                bid = Bid(BIDDERS[number % len(BIDDERS)], appraisal.estimate // 2 + 5 * number)
                try:
                    bids = hall.blocking_place_bid(lot, bid)
                except Err:
                    refused += 1
            best = hall.blocking_best_bid(lot)
            winner = (best.bidder, best.amount) if best else None
            sales.append(Sale(lot, title, appraisal.estimate, bids, winner))
            hall.note(f"sold {title}" if winner else f"kept {title}")
        hall.note("doors close")
        return Report(sales, refused, hall.blocking_guest_book())
